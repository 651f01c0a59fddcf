"""Errors as partners see them: RFC 9457 problem details, one shape for every refusal of every service."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.away import AWAY, passing
from shared.runtime.errors import FieldError, Invalid, MarqueError, MethodNotAllowed, NotFound, RequestRefused
from shared.runtime.suggestions import nearest_path, shapes
from shared.runtime.telemetry import current_request_id
from shared.runtime.validation import MOST_ERRORS, body_errors, parameter_errors, pointer_to, printable

MEDIA_TYPE = "application/problem+json"
TYPE_BASE: Final = "/problems/"
"""The start of every `type`, before its code: relative (RFC 9457, section 3.1.1) to a gateway with a page for each."""

_log = logging.getLogger(__name__)


class ProblemError(BaseModel):
    """An error in one place of the request."""

    pointer: str = Field(
        description="JSON Pointer (RFC 6901) into the body; empty where a parameter is meant", max_length=2048
    )
    parameter: str | None = Field(None, description="The query, path or header parameter that is meant", max_length=255)
    code: str = Field(max_length=255)
    message: str = Field(max_length=4096)
    suggestion: str | None = Field(None, description="What was probably meant", max_length=255)
    allowed: list[Annotated[str, Field(max_length=255)]] | None = Field(
        None, description="All that may stand there, where that is a short list", max_length=100
    )


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Where the kind of problem is explained: `/problems/<code>`", max_length=2048)
    title: str = Field(max_length=1024)
    status: int = Field(ge=400, le=599)
    detail: str = Field(max_length=4096)
    code: str = Field(description="Stable, for programs", max_length=255)
    request_id: str = Field(max_length=255)
    errors: list[ProblemError] = Field([], max_length=1000)


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    extensions: Mapping[str, object] | None = None,
    request_id: str | None = None,
) -> Response:
    """The answer for one refusal. `request_id` is that of the request being answered unless given."""
    body: dict[str, Any] = {
        "type": TYPE_BASE + code,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id or current_request_id(),
    }
    listed = list(errors)
    if listed:
        body["errors"] = listed
    return Response(
        orjson.dumps({**(extensions or {}), **body}, default=str),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def problem_of(error: MarqueError, *, request_id: str | None = None) -> Response:
    """The answer for one of our own errors."""
    return problem(
        error.status,
        error.code,
        error.title,
        error.detail,
        errors=map(_listed, error.errors),
        headers=error.headers,
        extensions=error.extensions,
        request_id=request_id,
    )


def _listed(error: FieldError) -> dict[str, Any]:
    message = error.message.encode("utf-8", "replace").decode()
    entry: dict[str, Any] = {"pointer": printable(error.pointer), "code": error.code, "message": message}
    if error.parameter is not None:
        entry["parameter"] = printable(error.parameter)
    if error.suggestion is not None:
        entry["suggestion"] = error.suggestion
    if error.allowed:
        entry["allowed"] = list(error.allowed)
    return entry


def responses(*errors: type[MarqueError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an endpoint: every refusal it can answer with, by status."""
    by_status: dict[int, list[type[MarqueError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": "; ".join(f"`{e.code}`: {e.title}" for e in kinds),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, kinds in by_status.items()
    }


ANY_REFUSAL: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "The request was refused; `code` says why"},
}
"""Responses of every endpoint; they also put the problem's schema into the document, to which `responses` refers."""


def _validation(request: Request, error: RequestValidationError) -> Response:
    """Every field that is missing, unknown or wrong, wherever it stands, in one answer."""
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return problem(400, "malformed_body", "The body is not JSON", "The body cannot be read as JSON.")
    in_body = [{**one, "loc": one["loc"][1:]} for one in found if one["loc"][0] == "body"]
    elsewhere = [one for one in found if one["loc"][0] != "body"]
    field = getattr(request.scope.get("route"), "body_field", None)
    shape = None if field is None else field.field_info.annotation
    errors = [*parameter_errors(elsewhere), *body_errors(in_body, shape, error.body)][:MOST_ERRORS]
    return problem_of(Invalid(_summary(errors), errors=errors))


def _summary(errors: Sequence[FieldError]) -> str:
    """Say what is wrong in one sentence, for those who see nothing but it."""
    first = errors[0]
    place = first.parameter or first.pointer or "the body"
    more = f" {len(errors) - 1} more in errors." if len(errors) > 1 else ""
    sentence = first.message[:1000] if first.message.endswith((".", "?")) else f"{first.message[:1000]}."
    return f"{place[:200]}: {sentence}{more}"


def _http(request: Request, error: HTTPException) -> Response:
    if error.status_code == 404:
        return problem_of(NotFound(no_such_path(request.scope["path"], shapes(request.app.openapi()["paths"]))))
    if error.status_code == 405:
        methods = _methods(request)
        detail = f"{request.method} is not allowed here; {', '.join(methods)} is." if methods else None
        return problem_of(MethodNotAllowed(detail, headers={"Allow": ", ".join(methods)}))
    named = {400: ("malformed_body", "The body cannot be read")}
    code, title = named.get(error.status_code, (RequestRefused.code, RequestRefused.title))
    return problem(error.status_code, code, title, title + ".", headers=error.headers)


def no_such_path(path: str, known: Mapping[str, str]) -> str:
    """Say that nothing has this path, and which one was probably meant, of those in `suggestions.shapes`."""
    meant = nearest_path(path, known)
    return f"No endpoint has this path; {f'did you mean {meant}? See' if meant else 'see'} /docs."


def _methods(request: Request) -> list[str]:
    """The methods that the path of a request is there for."""
    found = []
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            found.append(method)
    return found


def answer_to(error: Exception, scope: Scope) -> Response:
    """Return the answer to an error that nobody expected, and log it, once: here."""
    if (answer := passing(error)) is not None:
        _log.warning("%s at %s %s: %s", answer.code, scope["method"], scope["path"], type(error).__name__)
        return problem_of(answer)
    _log.error("unexpected error at %s %s", scope["method"], scope["path"], exc_info=error)
    detail = "Something failed here; the request id finds it in our logs."
    return problem(500, "internal_error", "Internal error", detail)


class Unexpected:
    """ASGI: answers whatever an app raises, before what is around it answers in a shape of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def sent(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception as error:
            if began or scope["type"] != "http":
                raise
            await answer_to(error, scope)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Answer every error of this app as problem details, and never with the text of an unexpected exception."""

    @app.exception_handler(MarqueError)
    async def _(_request: Request, error: MarqueError) -> Response:
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        return _validation(request, error)

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        return _http(request, error)

    async def unexpected(request: Request, error: Exception) -> Response:
        return answer_to(error, request.scope)

    # A handler of Exception would answer outside of all that is around a request, and raise again: the rest is caught
    # by RequestContext, and at the gateway by its application.
    for kind in (*AWAY, DBAPIError):
        app.add_exception_handler(kind, unexpected)


__all__ = ["FieldError", "Problem", "install", "pointer_to", "printable", "problem", "problem_of", "responses"]
