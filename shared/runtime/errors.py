"""Errors that a partner is told about. They know their status and their code, and nothing of HTTP frameworks.

A noun's own errors live beside its verbs, as subclasses of these: `class LeaseLost(Conflict): code = "lease_lost"`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """An error in one place of a request: a JSON Pointer (RFC 6901), a stable code, a sentence.

    Outside the body the pointer is empty, and `parameter` names the query, path or header parameter. `suggestion` is
    what was probably meant, and `allowed` all that may stand there, where that is a short list.
    """

    pointer: str
    code: str
    message: str
    parameter: str | None = None
    suggestion: str | None = None
    allowed: Sequence[str] = ()


class MarqueError(Exception):
    """A refusal with a documented code. `detail` says what to do, and never carries a secret or a stranger's data."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        extensions: dict[str, object] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.extensions = extensions or {}


class BadRequest(MarqueError):
    """The request cannot be read."""

    status = 400
    code = "bad_request"
    title = "The request cannot be read"


class RequestRefused(MarqueError):
    """The framework below the service refused the request, with the status of the answer."""

    status = 400
    code = "http_error"
    title = "The request was refused"


class Unauthenticated(MarqueError):
    """Nobody known is calling."""

    status = 401
    code = "unauthenticated"
    title = "A valid key or access token is needed"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="marque"'})


class Forbidden(MarqueError):
    """The caller lacks a scope."""

    status = 403
    code = "scope_missing"
    title = "The key lacks a scope that this call needs"


class KindNotAllowed(MarqueError):
    """The caller's account is of a kind that has no part in this call."""

    status = 403
    code = "account_kind_not_allowed"
    title = "Accounts of this kind cannot make this call"


class NotFound(MarqueError):
    """Not found, or another account's: the answer is the same."""

    status = 404
    code = "not_found"
    title = "Not found"


class Conflict(MarqueError):
    """The thing is not in a state that allows this."""

    status = 409
    code = "conflict"
    title = "The thing is not in a state that allows this"


class MethodNotAllowed(MarqueError):
    """The path is there, for other methods; `Allow` names them."""

    status = 405
    code = "method_not_allowed"
    title = "This method is not allowed here"


class PreconditionFailed(MarqueError):
    """`If-Match` names a version that is no longer the current one (RFC 9110, section 13.1.1)."""

    status = 412
    code = "precondition_failed"
    title = "The thing has changed since it was read"


class TooLarge(MarqueError):
    """The body is over the limit."""

    status = 413
    code = "body_too_large"
    title = "The body is over the limit"


class UnsupportedMediaType(MarqueError):
    """The body is of a type, or in an encoding, that this call does not take; `accepted` names what it takes."""

    status = 415
    code = "unsupported_media_type"
    title = "The body is of a type that this call does not take"


class Unprocessable(MarqueError):
    """The request can be read, and what it asks cannot be done."""

    status = 422
    code = "unprocessable"
    title = "The request cannot be carried out as it stands"


class Invalid(Unprocessable):
    """Fields of the request are missing, unknown or out of range."""

    code = "validation_failed"
    title = "Fields of the request are not valid"


class Unavailable(MarqueError):
    """A part that this call needs is away for the moment."""

    status = 503
    code = "unavailable"
    title = "A part of the platform is away for the moment"
    retry_after: ClassVar[int] = 1

    def __init__(self, detail: str | None = None, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": str(self.retry_after), **(headers or {})})


class StorageFull(Unavailable):
    """A disk, or the database, has no room for what this call would store."""

    code = "storage_full"
    title = "There is no room to store this at the moment"
    retry_after = 5


class ReadOnly(Unavailable):
    """The database takes no writes: it is a standby, or was set to read only."""

    code = "read_only"
    title = "The platform takes no changes at the moment"
    retry_after = 5


class OutcomeUnknown(Unavailable):
    """The connection to the database died while the request was being stored, and it cannot be seen yet how it ended.

    Attributes:
        backend: the process of the server that was asked to commit.
    """

    code = "outcome_unknown"
    title = "It is not known whether the request was stored"

    def __init__(self, backend: int | None = None) -> None:
        super().__init__(
            "Send it again under the same Idempotency-Key, and you get its answer or it is done; without one, look "
            "whether it is there before you send it again."
        )
        self.backend = backend
