"""The head of a request: read once, refused where two readers could understand it differently (RFC 9112, section 11.2).

What is passed on leaves out what belongs to one connection (RFC 9110, section 7.6.1), whatever a caller says about
itself in our own headers, and its key, which no service needs.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import Scope

from shared.runtime.errors import BadRequest

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_NOT_PASSED_ON = HOP_BY_HOP | {
    b"authorization",
    b"expect",
    b"forwarded",
    b"host",
    b"traceparent",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-proto",
    b"x-real-ip",
    b"x-request-id",
}
_READ_HERE = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"authorization",
        b"connection",
        b"content-length",
        b"host",
        b"traceparent",
        b"transfer-encoding",
        b"x-forwarded-for",
        b"x-request-id",
    }
)
_OURS = b"x-marque-"
_LONGEST_NUMBER = 18


class MalformedHead(BadRequest):
    """The head of the request can be understood in more than one way, or in none."""

    code = "malformed_head"
    title = "The head of the request cannot be read"


@dataclass(slots=True)
class RequestHead:
    """The parts of a request that the gateway reads before its body."""

    method: str
    path: str
    target: str
    peer: str
    named: dict[bytes, bytes]
    passed_on: list[tuple[bytes, bytes]]
    content_length: int | None
    chunked: bool

    @property
    def has_body(self) -> bool:
        return self.chunked or bool(self.content_length)

    @property
    def names_encoding(self) -> bool:
        return b"accept-encoding" in self.named

    def value(self, name: bytes) -> bytes:
        """A header that the gateway reads itself; more than one of a name are one with commas between."""
        return self.named.get(name, b"")


def read(scope: Scope) -> RequestHead:
    """The head of an ASGI request. Raises `MalformedHead`."""
    named: dict[bytes, bytes] = {}
    passed_on: list[tuple[bytes, bytes]] = []
    for pair in scope["headers"]:
        name, value = pair
        if name in _READ_HERE:
            named[name] = named[name] + b"," + value if name in named else value
        # An underscore is read as a dash by some servers, and would bring in what is kept out here.
        if name not in _NOT_PASSED_ON and b"_" not in name and not name.startswith(_OURS):
            passed_on.append(pair)
    if b"connection" in named:
        of_this_hop = {part.strip().lower() for part in named[b"connection"].split(b",")} - {b"content-length"}
        passed_on = [pair for pair in passed_on if pair[0] not in of_this_hop]
    client = scope.get("client")
    return RequestHead(
        method=scope["method"],
        path=_path(scope["path"]),
        target=_target(scope),
        peer=client[0] if client else "",
        named=named,
        passed_on=passed_on,
        content_length=_content_length(named),
        chunked=_is_chunked(named),
    )


def _path(path: str) -> str:
    if "//" in path or "/." in path.replace("/.well-known/", "/") or "\\" in path or "\0" in path:
        raise MalformedHead("The path holds an empty or a relative step.")
    return path


def path_of(uri: bytes) -> str:
    """The decoded path of a request target that a proxy passes on as it came. Raises `MalformedHead`."""
    return _path(unquote(uri.partition(b"?")[0].decode("latin-1")))


def _target(scope: Scope) -> str:
    """Path and query as they came: what the service decodes is what was sent."""
    query = scope["query_string"]
    whole = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
    try:
        target: str = whole.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedHead("The address holds characters that must be percent-encoded.") from None
    return target


def _content_length(named: dict[bytes, bytes]) -> int | None:
    value = named.get(b"content-length")
    if value is None:
        return None
    if not value.isdigit() or len(value) > _LONGEST_NUMBER:
        raise MalformedHead("The Content-Length is not one number.")
    return int(value)


def _is_chunked(named: dict[bytes, bytes]) -> bool:
    value = named.get(b"transfer-encoding")
    if value is None:
        return False
    if value.lower() != b"chunked":
        raise MalformedHead("The only transfer coding that is understood is chunked.")
    if b"content-length" in named:
        raise MalformedHead("A Content-Length and a transfer coding contradict each other.")
    return True
