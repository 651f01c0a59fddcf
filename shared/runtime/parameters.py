"""Strictness about what stands outside a body: query, path and header parameters.

An endpoint is given what it declares and nothing else: an unknown query parameter is a typing error that would answer
more than was asked for, a repeated one that is not a list is an answer to half the question. Text is what a body may
hold (`inputs`), in UTF-8, however it was percent-encoded (RFC 3986, section 2.1).
"""

import re
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Form, Header, Query
from fastapi.routing import APIRoute

from shared.runtime.errors import FieldError, Invalid
from shared.runtime.idempotency import HEADER as IDEMPOTENCY_KEY
from shared.runtime.inputs import fault_of
from shared.runtime.json_bodies import read_json
from shared.runtime.suggestions import MOST_IN_AN_ANSWER, nearest

_BAD_ENCODING = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MOST_ERRORS = 100
_LONGEST_NAME = 255
_REPLACED = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Declared:
    """The parameters that an endpoint declares: of the query, whether each takes many values, and the headers."""

    query: dict[str, bool]
    headers: frozenset[bytes]

    @classmethod
    def by(cls, route: APIRoute) -> "Declared":
        """The parameters that a route and its dependencies declare."""
        query, headers = {}, {IDEMPOTENCY_KEY.lower().encode()}
        for field in get_flat_params(route.dependant):
            if isinstance(field.field_info, Query):
                query[field.alias] = _takes_many(field.field_info.annotation)
            elif isinstance(field.field_info, Header):
                headers.add(field.alias.lower().encode())
        return cls(query, frozenset(headers))

    def check(self, request: Request) -> None:
        """Raise `Invalid`, naming each parameter that this endpoint does not take or cannot read."""
        scope = request.scope
        faults = list(self._in_headers(scope["headers"]))
        if scope["query_string"]:
            faults += self._in_query(scope["query_string"])
        if scope["path_params"]:
            faults += _in_path(scope["path_params"])
        if faults:
            raise Invalid("See errors for each parameter.", errors=faults[:_MOST_ERRORS])

    def _in_query(self, query: bytes) -> Iterator[FieldError]:
        met: set[str] = set()
        unknown = 0
        for pair in query.split(b"&"):
            if not pair:
                continue
            raw_name, _, raw_value = pair.partition(b"=")
            name, value = _decoded(raw_name), _decoded(raw_value)
            if name not in self.query:
                unknown += 1
                given = name if name is not None else raw_name.decode("latin-1")
                yield self._unknown(given, suggest=unknown <= MOST_IN_AN_ANSWER)
            elif name in met and not self.query[name]:
                yield _fault(name, "parameter_repeated", "The parameter takes one value; send it once")
            elif value is None:
                yield _fault(name, "parameter_encoding", "The value is not percent-encoded UTF-8")
            elif fault := fault_of(value):
                yield _fault(name, *fault)
            met.add(name or "")

    def _unknown(self, name: str, *, suggest: bool) -> FieldError:
        known = ", ".join(sorted(self.query))
        meant = nearest(name, self.query) if suggest else None
        takes = f"did you mean {meant}? It takes {known}" if meant else f"it takes {known or 'none'}"
        return _fault(name, "parameter_unknown", f"This endpoint has no such query parameter: {takes}", meant)

    def _in_headers(self, headers: list[tuple[bytes, bytes]]) -> Iterator[FieldError]:
        met: set[bytes] = set()
        for name, value in headers:
            if name not in self.headers:
                continue
            if name in met:
                yield _fault(_header(name), "parameter_repeated", "The header takes one value; send it once")
            elif fault := fault_of(value.decode("latin-1")):
                yield _fault(_header(name), *fault)
            met.add(name)


class StrictRoute(APIRoute):
    """A route that refuses what it does not declare or cannot read, before anything is done for the request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        declared = Declared.by(self)
        has_body = self.body_field is not None
        is_form = self.body_field is not None and isinstance(self.body_field.field_info, Form)

        async def checked(request: Request) -> Response:
            declared.check(request)
            if has_body:
                await read_json(request, alone=not is_form)
            return await handle(request)

        return checked


def _decoded(raw: bytes) -> str | None:
    """The text of one half of a pair; None where it is not UTF-8 in percent-encoding."""
    if _BAD_ENCODING.search(raw):
        return None
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return None


def _in_path(values: dict[str, Any]) -> Iterator[FieldError]:
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        if _REPLACED in value:  # the server has put it in the place of what is not UTF-8
            yield _fault(name, "parameter_encoding", "The value is not percent-encoded UTF-8")
        elif fault := fault_of(value):
            yield _fault(name, *fault)


def _fault(name: str, code: str, message: str, meant: str | None = None) -> FieldError:
    return FieldError("", code, message + ".", parameter=name[:_LONGEST_NAME], suggestion=meant)


def _header(name: bytes) -> str:
    """The name of a header as it is usually written."""
    return name.decode("latin-1").title()


def _takes_many(annotation: Any) -> bool:
    """Return whether a parameter of this type is a list, also where it may be left out."""
    return get_origin(annotation) in {list, tuple, set, frozenset} or any(map(_takes_many, get_args(annotation)))
