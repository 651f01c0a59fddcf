"""The document as it is published: made from what runs, and made anew now and then."""

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from typing import Any

import orjson
from fastapi import FastAPI

from gateway.openapi.describe import describe
from gateway.openapi.merge import Document, merge
from gateway.passing import Services
from gateway.route_table import UPSTREAMS
from gateway.routing import OWN, ROUTES
from shared.runtime.suggestions import shapes

_log = logging.getLogger(__name__)
_SECONDS_WHILE_INCOMPLETE = 2.0
_SECONDS = 60.0


class Published:
    """Keeps the document ready to be sent."""

    def __init__(self, own: FastAPI, services: Services, public_url: str) -> None:
        self._own = own
        self._services = services
        self._public_url = public_url
        self._found: dict[str, Document] = {}
        self.body = b""
        self.etag = ""
        self._steps: frozenset[str] = _words_of(route.path for route in ROUTES)
        self.paths: dict[str, str] = {}
        """The paths that there are, as `suggestions.shapes` has them."""

    @property
    def complete(self) -> bool:
        """Return whether every service has said what it has."""
        return all(name in self._found for name in UPSTREAMS)

    async def refresh(self) -> bool:
        """Ask the services. What one said before stands while it is away.

        The document is made anew only where one says something else, and in a thread: it takes a quarter of a second.
        """
        answers = await asyncio.gather(*map(self._services.openapi, UPSTREAMS), return_exceptions=True)
        found = dict(self._found)
        for name, answer in zip(UPSTREAMS, answers, strict=True):
            if isinstance(answer, Exception):
                _log.info("%s does not say what it has: %s", name, answer)
            elif not isinstance(answer, BaseException):
                found[name] = answer
        if found == self._found and self.body:
            return False
        document, self.body = await asyncio.to_thread(self._made_of, found)
        self._found = found
        self.paths = shapes(document["paths"])
        self._steps |= _words_of(document["paths"])
        self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'
        return False

    def _made_of(self, found: dict[str, Document]) -> tuple[Document, bytes]:
        in_order = {name: found[name] for name in UPSTREAMS if name in found}
        document = describe(merge({OWN: _copy(self._own.openapi()), **_copy(in_order)}), self._public_url)
        return document, orjson.dumps(document)

    def route_of(self, path: str) -> str:
        """Return a path as its route is written: with `{}` for each step that is none of those which routes have."""
        known = self._steps
        return "/".join([step if step in known else "{}" for step in path.split("/")])

    async def pause(self) -> None:
        await asyncio.sleep(_SECONDS if self.complete else _SECONDS_WHILE_INCOMPLETE)


def _words_of(paths: Iterable[str]) -> frozenset[str]:
    """Return the steps of these paths that are words."""
    return frozenset(step for path in paths for step in path.split("/") if not step.startswith("{"))


def _copy(document: Any) -> Any:
    return orjson.loads(orjson.dumps(document))
