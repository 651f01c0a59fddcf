"""Errors as partners see them: RFC 9457 problem details, one shape for every refusal of every service."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from shared.runtime.away import AWAY, passing
from shared.runtime.errors import FieldError, Invalid, MarqueError
from shared.runtime.telemetry import current_request_id

MEDIA_TYPE = "application/problem+json"
_TYPE_BASE = "https://marque.dev/problems/"
_log = logging.getLogger(__name__)


class ProblemError(BaseModel):
    """An error in one place of the request."""

    pointer: str = Field(
        description="JSON Pointer (RFC 6901) into the body; empty where a parameter is meant", max_length=2048
    )
    parameter: str | None = Field(None, description="The query, path or header parameter that is meant", max_length=255)
    code: str = Field(max_length=255)
    message: str = Field(max_length=4096)


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A URI that names the kind of problem", max_length=2048)
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
        "type": _TYPE_BASE + code.replace("_", "-"),
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


def _listed(error: FieldError) -> dict[str, str]:
    message = error.message.encode("utf-8", "replace").decode()
    entry = {"pointer": printable(error.pointer), "code": error.code, "message": message}
    if error.parameter is not None:
        entry["parameter"] = printable(error.parameter)
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


def pointer_to(path: Sequence[str | int]) -> str:
    """A JSON Pointer (RFC 6901) from the steps of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def printable(text: str) -> str:
    """Text that can be sent and shown, whatever a request put into it."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in whole)


def _validation(error: RequestValidationError) -> Response:
    listed = []
    for found in error.errors()[:100]:
        place, *steps = found["loc"]
        in_body = place == "body"
        if found["type"] == "json_invalid":
            return problem(400, "malformed_body", "The body is not JSON", "The body cannot be read as JSON.")
        entry = {
            "pointer": pointer_to(steps) if in_body else "",
            "code": found["type"],
            "message": found["msg"],
        }
        if not in_body:
            entry["parameter"] = str(steps[0]) if steps else str(place)
        listed.append({name: printable(text)[:2048] for name, text in entry.items()})
    return problem(Invalid.status, Invalid.code, Invalid.title, "See errors for each field.", errors=listed)


def _http(error: HTTPException) -> Response:
    named = {
        400: ("malformed_body", "The body cannot be read"),
        404: ("not_found", "Not found"),
        405: ("method_not_allowed", "This method is not allowed here"),
    }
    code, title = named.get(error.status_code, ("http_error", "The request was refused"))
    return problem(error.status_code, code, title, title + ".", headers=error.headers)


def install(app: FastAPI) -> None:
    """Answer every error of this app as problem details, and never with the text of an unexpected exception."""

    @app.exception_handler(MarqueError)
    async def _(_request: Request, error: MarqueError) -> Response:
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    async def _(_request: Request, error: RequestValidationError) -> Response:
        return _validation(error)

    @app.exception_handler(HTTPException)
    async def _(_request: Request, error: HTTPException) -> Response:
        return _http(error)

    async def unexpected(request: Request, error: Exception) -> Response:
        if (answer := passing(error)) is not None:
            _log.warning("%s at %s %s: %s", answer.code, request.method, request.url.path, type(error).__name__)
            return problem_of(answer)
        _log.exception("unexpected error at %s %s", request.method, request.url.path, exc_info=error)
        detail = "Something failed here; the request id finds it in our logs."
        return problem(500, "internal_error", "Internal error", detail)

    # The handler of Exception answers and raises again, for the server's log; what is known ends with its answer.
    for kind in (*AWAY, DBAPIError, Exception):
        app.add_exception_handler(kind, unexpected)


__all__ = ["FieldError", "Problem", "install", "pointer_to", "problem", "problem_of", "responses"]
