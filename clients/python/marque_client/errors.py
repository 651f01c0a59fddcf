"""Errors of the client: one class for each kind of refusal (RFC 9457 problem details), all of them `MarqueError`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx


class MarqueError(Exception):
    """Anything that keeps a call from being answered."""


class Unreachable(MarqueError):
    """The platform could not be reached, or did not answer, however often it was tried."""


class NotDecidedYet(MarqueError):
    """A report has no decision after the time that was given."""


class WebhookInvalid(MarqueError):
    """A message does not come from the platform, was changed, or is too old."""


@dataclass(frozen=True)
class FieldError:
    """An error in one place of the request."""

    pointer: str
    """JSON Pointer (RFC 6901) into the body; empty where a parameter is meant."""
    code: str
    message: str
    parameter: str | None = None
    suggestion: str | None = None
    """The name or value that was probably meant."""
    allowed: tuple[str, ...] = ()


class ApiError(MarqueError):
    """The platform refused a call. `code` is stable, for programs; `detail` and `errors` say what to mend."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code") or problem.get("error") or "")
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail") or problem.get("error_description") or self.title)
        self.request_id = str(problem.get("request_id") or headers.get("X-Request-Id", ""))
        self.retry_after = _seconds(headers.get("Retry-After"))
        self.errors = tuple(_field_error(one) for one in problem.get("errors", ()))
        places = "; ".join(f"{one.pointer or one.parameter}: {one.message}" for one in self.errors)
        super().__init__(f"{status} {self.code}: {self.detail}{f' ({places})' if places else ''} [{self.request_id}]")


class Unauthenticated(ApiError):
    """401: the key is none, is mistyped, expired or revoked."""


class Forbidden(ApiError):
    """403: the key lacks a scope, or the account is of another kind."""


class NotFound(ApiError):
    """404: there is no such thing, or it is another account's."""


class Conflict(ApiError):
    """409: the thing is not in a state that allows this."""


class LeaseLost(Conflict):
    """409 `lease_lost`: the task is no longer yours, and what was judged is not counted."""


class PreconditionFailed(ApiError):
    """412: the thing has changed since it was read."""


class Invalid(ApiError):
    """422: fields are not valid; `errors` says which, and often what was meant."""


class ReportBlocked(Invalid):
    """422 `report_blocked`: something speaks against the report; `findings` says what, and how to mend it."""

    @property
    def findings(self) -> list[dict[str, Any]]:
        return list(self.problem.get("findings", ()))


class RateLimited(ApiError):
    """429: too many requests. `retry_after` is in seconds."""


class ServerError(ApiError):
    """500 and above: something failed at the platform. Tell its operator the `request_id`."""


_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    422: Invalid,
    429: RateLimited,
}
_BY_CODE: dict[str, type[ApiError]] = {"lease_lost": LeaseLost, "report_blocked": ReportBlocked}


def error_of(response: httpx.Response) -> ApiError:
    """Return the error that an answer with a status of 400 or more means. Its body has been read."""
    try:
        problem = json.loads(response.content)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):  # by something between us and the platform
        problem = {"title": response.reason_phrase or "The answer is no problem details"}
    kind = ServerError if response.status_code >= 500 else _BY_STATUS.get(response.status_code, ApiError)
    kind = _BY_CODE.get(str(problem.get("code")), kind)
    return kind(response.status_code, problem, response.headers)


def _field_error(entry: Mapping[str, Any]) -> FieldError:
    return FieldError(
        pointer=str(entry.get("pointer", "")),
        code=str(entry.get("code", "")),
        message=str(entry.get("message", "")),
        parameter=entry.get("parameter"),
        suggestion=entry.get("suggestion"),
        allowed=tuple(entry.get("allowed") or ()),
    )


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:  # a date (RFC 9110, section 10.2.3), which the platform does not send
        return None
