"""JSON bodies read strictly (RFC 8259, and the messages of I-JSON, RFC 7493): UTF-8, each name once, numbers only."""

import json
from typing import Any, NoReturn

from fastapi import Request

from shared.runtime.errors import BadRequest, FieldError, Invalid


class MalformedBody(BadRequest):
    """The body is not JSON in UTF-8, is nested too deeply, or holds what is no JSON number."""

    code = "malformed_body"
    title = "The body is not JSON"


class JsonRequest(Request):
    """A request whose JSON body has been read already."""

    def __init__(self, request: Request, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._value = value
        self._body = request._body  # noqa: SLF001 - read once: those that sign or fingerprint it read it again

    async def json(self) -> Any:
        """Return the value of the body."""
        return self._value


async def read_json(request: Request) -> Request:
    """Return the request with its JSON body read; as it is where the body is empty or of another type.

    Raises `MalformedBody`, and `Invalid` with the place of a name that an object holds twice: readers differ in which
    of the two they believe.
    """
    content_type = request.headers.get("content-type")
    if content_type != "application/json" and not _is_json(content_type):
        return request
    body = await request.body()
    return JsonRequest(request, parse(body)) if body else request


def parse(body: bytes) -> Any:
    """Return the value of a JSON text. Raises `MalformedBody`, `Invalid`."""
    try:
        text = body.decode("utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else "utf-8")
        return _strict.decode(text)
    except _RepeatedNameError:
        places = [f"{place}/{_escaped(name)}" for place, name in _repeated(_marking.decode(text), "")]
        message = "The object holds this name more than once; send it once."
        errors = [FieldError(place, "json_name_repeated", message) for place in places[:100]]
        raise Invalid("See errors for each field.", errors=errors) from None
    except (ValueError, RecursionError) as error:
        raise MalformedBody("The body cannot be read as JSON.") from error


class _RepeatedNameError(Exception):
    """An object holds a name twice."""


class _Repeating(dict[str, Any]):
    """An object that holds names twice."""

    names: tuple[str, ...]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedNameError
    return found


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = _Repeating(pairs)
    names = [name for name, _ in pairs]
    found.names = tuple(name for name in found if names.count(name) > 1) if len(found) != len(names) else ()
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


_strict = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
_marking = json.JSONDecoder(object_pairs_hook=_marked, parse_constant=_no_number)


def _repeated(value: Any, place: str) -> list[tuple[str, str]]:
    """The places of objects with names that they hold twice."""
    if isinstance(value, _Repeating):
        inner = [one for name, held in value.items() for one in _repeated(held, f"{place}/{_escaped(name)}")]
        return [(place, name) for name in value.names] + inner
    if isinstance(value, list):
        return [one for number, held in enumerate(value) for one in _repeated(held, f"{place}/{number}")]
    return []


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _is_json(content_type: str | None) -> bool:
    kind = (content_type or "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
