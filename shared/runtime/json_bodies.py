"""JSON bodies read strictly (RFC 8259, and the messages of I-JSON, RFC 7493): UTF-8, each name once, numbers only."""

import json
from collections import Counter
from typing import Any, Final, NoReturn

import jiter
from fastapi import Request

from shared.runtime.errors import BadRequest, FieldError, Invalid, UnsupportedMediaType

EXPLAINED_BYTES: Final = 65_536
"""A refused body of at most this size is told the place of each fault; a larger one line and column of the first. To
explain takes several times as long as to read, and all others wait meanwhile.
"""
MOST_NAMES: Final = 100_000
"""A report of 500 items has some thousands. What stands in objects takes longest to read, and to look at for names that
stand twice.
"""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_REPEATED: Final = "json_name_repeated"
_TWICE: Final = "The object holds this name more than once; send it once."


class MalformedBody(BadRequest):
    """The body is not JSON in UTF-8, is nested too deeply, or holds what is no JSON number."""

    code = "malformed_body"
    title = "The body is not JSON"


async def read_json(request: Request, *, alone: bool = True) -> None:
    """Read a JSON body, whose value `request.json()` then has; an empty one is left as it is.

    A body of another type is refused where JSON `alone` is taken, and left as it is elsewhere. Raises `MalformedBody`,
    `UnsupportedMediaType`, and `Invalid` with the place of a name that an object holds twice: readers differ in which
    of the two they believe.
    """
    content_type = request.headers.get("content-type")
    if content_type != "application/json" and not _is_json(content_type):
        if alone and await request.body():
            raise _not_taken(f"It came {f'as {content_type[:100]}' if content_type else 'without a Content-Type'}")
        return
    if not (body := await request.body()):
        return
    try:
        request._json = parse(body)  # noqa: SLF001 - where Starlette keeps what it has read itself
    except MalformedBody:
        if (coding := request.headers.get("content-encoding", "identity").lower()) != "identity":
            raise _not_taken(f"It came with Content-Encoding {coding[:100]}, and is taken as it is alone") from None
        raise


def _not_taken(how: str) -> UnsupportedMediaType:
    sent = how.encode("ascii", "replace").decode()
    return UnsupportedMediaType(
        f"{sent}; send JSON with Content-Type: application/json.",
        headers={"Accept": "application/json"},
        extensions={"accepted": ["application/json"]},
    )


def parse(body: bytes) -> Any:
    """Return the value of a JSON text. Raises `MalformedBody`, `Invalid`."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if body.count(b":") > MOST_NAMES:
        raise MalformedBody(f"The body holds more than {MOST_NAMES:,} names, or colons; no request needs as many.")
    try:
        return jiter.from_json(body, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError as error:
        if len(body) <= EXPLAINED_BYTES:
            return _parse_and_explain(body)
        if "duplicate key" in str(error):
            raise Invalid(errors=[FieldError("", _REPEATED, f"{_TWICE} {error}.")]) from None
        raise MalformedBody(f"The body cannot be read as JSON: {error}.") from None


def _parse_and_explain(body: bytes) -> Any:
    """Return the value of what the quick reader refuses, such as half a character or hundreds of levels.

    It takes several times as long, and tells the place of a name that stands twice. Raises `MalformedBody`, `Invalid`.
    """
    try:
        text = body.decode()
        try:
            return _strict.decode(text)
        except _RepeatedNameError:
            places = [f"{place}/{_escaped(name)}" for place, name in _repeated(_marking.decode(text), "")]
        errors = [FieldError(place, _REPEATED, _TWICE) for place in places[:100]]
        raise Invalid("See errors for each field.", errors=errors)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedBody(f"The body cannot be read as JSON: {error.msg} at {place}.") from error
    except UnicodeDecodeError as error:
        raise MalformedBody(f"The body is not text in UTF-8, from byte {error.start} on.") from error
    except RecursionError as error:
        raise MalformedBody("The body cannot be read as JSON: it is nested too deeply.") from error
    except ValueError as error:
        raise MalformedBody("The body cannot be read as JSON: it holds what is no JSON number.") from error


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
    times = Counter(name for name, _ in pairs)
    found.names = tuple(name for name in found if times[name] > 1)
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
