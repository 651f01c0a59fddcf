"""The limits of one HTTP connection, and the refusals of a connection or a head that passes them."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.errors import BadRequest, MarqueError, Unavailable

KIBIBYTE = 1024


class HttpSettings(BaseSettings):
    """Limits that hold for every connection, before a request is complete and after it was answered."""

    model_config = SettingsConfigDict(env_prefix="MARQUE_", extra="ignore", frozen=True)

    connections: int = Field(
        default=4096,
        ge=16,
        description="Connections of one process at once; fewer where it may not open as many files. When all places "
        "are taken, the one that has been idle longest is closed for a new one",
    )
    head_bytes: int = Field(
        default=64 * KIBIBYTE, ge=KIBIBYTE, description="Bytes of a request's head, and of a chunked body's trailers"
    )
    head_fields: int = Field(default=100, ge=10, description="Header fields of a request; trailers count by themselves")
    target_bytes: int = Field(default=8 * KIBIBYTE, ge=256, description="Bytes of a request's target: path and query")
    head_seconds: float = Field(
        default=10, gt=0, description="Seconds for a whole head: from the connection, then from the head's first byte"
    )
    idle_seconds: float = Field(default=75, gt=0, description="Seconds that a connection is kept open between requests")
    pipelined: int = Field(
        default=32, ge=1, description="Requests that wait on a connection behind one that is being answered, at most"
    )
    reading_rate: int = Field(
        default=KIBIBYTE, ge=1, description="Bytes a second at which a caller takes an answer, at least"
    )
    reading_grace_seconds: float = Field(
        default=30, gt=0, description="Seconds over which that rate is measured; then the connection is closed"
    )


class HeadTooLarge(MarqueError):
    """The head of the request, or its trailers, are over the limit (RFC 6585, section 5)."""

    status = 431
    code = "head_too_large"
    title = "The head of the request is over the limit"


class TargetTooLong(MarqueError):
    """The request's target is over the limit (RFC 9110, section 15.5.15)."""

    status = 414
    code = "target_too_long"
    title = "The address of the request is over the limit"


class HeadTooSlow(MarqueError):
    """The head of the request did not come in time (RFC 9110, section 15.5.9)."""

    status = 408
    code = "head_too_slow"
    title = "The head of the request did not come in time"


class MalformedRequest(BadRequest):
    """The bytes are no HTTP/1.1 request, or one that can be read in two ways (RFC 9112, section 11)."""

    code = "malformed_request"
    title = "The request is not valid HTTP"


class HostInvalid(BadRequest):
    """The request names no host, several, or none that is valid (RFC 9112, section 3.2)."""

    code = "host_invalid"
    title = "The request needs exactly one valid Host"


class TooManyConnections(MarqueError):
    """This address has as many connections open as it may."""

    status = 429
    code = "too_many_connections"
    title = "As many connections are open from this address as may be"


class NoPlaceLeft(Unavailable):
    """Every connection that the process may have is in use."""

    code = "no_place_left"
    title = "As many connections are open as may be"


class UpgradeRefused(MarqueError):
    """Another protocol was asked for; none is spoken here."""

    status = 403
    code = "upgrade_refused"
    title = "WebSockets are not served here"
