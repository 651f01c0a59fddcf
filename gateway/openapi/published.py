"""The document as it is published: made from what runs, and made anew now and then."""

import asyncio
import hashlib
import logging
from typing import Any

import orjson
from fastapi import FastAPI

from gateway.openapi.describe import describe
from gateway.openapi.merge import Document, merge
from gateway.passing import Services
from gateway.route_table import UPSTREAMS
from gateway.routing import OWN
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
        self.paths: dict[str, str] = {}
        """The paths that there are, as `suggestions.shapes` has them."""

    @property
    def complete(self) -> bool:
        """Return whether every service has said what it has."""
        return all(name in self._found for name in UPSTREAMS)

    async def refresh(self) -> bool:
        """Ask the services. What one said before stands while it is away."""
        answers = await asyncio.gather(*map(self._services.openapi, UPSTREAMS), return_exceptions=True)
        for name, answer in zip(UPSTREAMS, answers, strict=True):
            if isinstance(answer, Exception):
                _log.info("%s does not say what it has: %s", name, answer)
            elif not isinstance(answer, BaseException):
                self._found[name] = answer
        in_order = {name: self._found[name] for name in UPSTREAMS if name in self._found}
        document = describe(merge({OWN: _copy(self._own.openapi()), **_copy(in_order)}), self._public_url)
        self.body = orjson.dumps(document)
        self.paths = shapes(document["paths"])
        self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'
        return False

    async def pause(self) -> None:
        await asyncio.sleep(_SECONDS if self.complete else _SECONDS_WHILE_INCOMPLETE)


def _copy(document: Any) -> Any:
    return orjson.loads(orjson.dumps(document))
