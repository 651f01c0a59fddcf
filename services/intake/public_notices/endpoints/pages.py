"""The two pages that mails lead to: one shows a notice with a button that confirms it, one how it stands.

Opening a page changes nothing, because mail scanners open every link; only their forms do.
"""

import base64
import hashlib
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Query, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import ValidationError

from services.intake.public_notices import replies
from services.intake.public_notices import status as following
from services.intake.public_notices.endpoints.form_texts import WORDS
from services.intake.public_notices.endpoints.schemas import Language, Token, TokenFormIn
from services.intake.public_notices.endpoints.views import confirmed
from services.intake.public_notices.errors import NoticeConfirmed, NoticeNotFound
from services.intake.public_notices.notice_words import LANGUAGES, outcome_of, redress_in
from services.intake.public_notices.question_words import asked_in_words, day
from services.intake.resources import CurrentService, Service
from shared.contracts.codes import NoticeState
from shared.runtime.errors import FieldError, Invalid
from shared.runtime.identity import Visitor
from shared.runtime.inputs import Input
from shared.runtime.routes import router

routes = router(tags=["public notices"], transactional=False)
_PAGES = Path(__file__).parents[1] / "pages"
_pages = Environment(loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined)
_STYLE = Markup((_PAGES / "notice.css").read_text(encoding="utf-8"))  # noqa: S704 - a file of our own
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HTML: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string", "maxLength": 1_000_000}}}}
_PROBLEM: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_TOKEN = {"type": "string", "minLength": 20, "maxLength": 128, "pattern": "^[A-Za-z0-9_-]+$"}
_EXAMPLE = {"token": "3q2-7wR0bFq1kYd5nC8mZxVtLsJhGpEaUoIyTrWqXcB", "language": "en"}


def form_of(**more: tuple[dict[str, Any], str]) -> dict[str, Any]:
    """Return how the document describes a form: a token and a language, and each field more with an example."""
    properties = {"token": _TOKEN, "language": {"type": "string", "enum": list(LANGUAGES)}}
    schema = {
        "type": "object",
        "required": ["token", *more],
        "additionalProperties": False,
        "properties": {**properties, **{name: field for name, (field, _) in more.items()}},
    }
    example = {**_EXAMPLE, **{name: value for name, (_, value) in more.items()}}
    content = {"application/x-www-form-urlencoded": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def pages(said: str, **refusals: str) -> dict[int | str, dict[str, Any]]:
    """The responses of a page, with the codes of its refusals by their status: `r404="notice_not_found"`."""
    refused = {"content": {**HTML["content"], **_PROBLEM}}
    return {
        200: {"description": said, **HTML},
        **{int(name[1:]): {"description": f"{codes}, as a page", **refused} for name, codes in refusals.items()},
    }


TheToken = Annotated[Token, Query(description="From the link in the mail")]


@routes.get(
    "/v1/public/notices/confirm",
    summary="Show a notice, and the button that confirms it",
    operation_id="show_confirmation",
    response_class=Response,
    responses=pages("A page", r404="`notice_not_found`", r409="`notice_confirmed`"),
)
async def show_confirmation(token: TheToken, service: CurrentService, language: Language = "en") -> Response:
    """A page with the notice as it was typed, and a button. Nothing changes, whoever opens the link."""
    async with service.database.pool.acquire() as connection:
        try:
            waiting = await service.resources.confirmer.waiting(connection, token, now=service.clock.now())
        except NoticeNotFound as error:
            return page(error.status, language, "gone")
        except NoticeConfirmed as error:
            return page(error.status, language, "again")
    return page(200, language, "confirm", token=token, body=waiting.body, expires_at=waiting.expires_at)


@routes.post(
    "/v1/public/notices/confirm",
    summary="Confirm a notice by its page",
    operation_id="confirm_notice_by_page",
    response_class=Response,
    openapi_extra=form_of(),
    responses=pages("A page that says so", r404="`notice_not_found`", r409="`notice_confirmed`"),
)
async def confirm_by_page(request: Request, address: Visitor, service: CurrentService) -> Response:
    """File the notice."""
    form = read_form(await request.body(), TokenFormIn)
    try:
        await confirmed(service, request, address, form.token)
    except NoticeNotFound as error:
        return page(error.status, form.language, "gone")
    except NoticeConfirmed as error:
        return page(error.status, form.language, "again")
    return page(200, form.language, "done")


@routes.get(
    "/v1/public/notices/status",
    summary="Show how a notice stands",
    operation_id="show_notice",
    response_class=Response,
    responses=pages("A page", r404="`notice_not_found`"),
)
async def show_notice(token: TheToken, service: CurrentService, language: Language = "en") -> Response:
    """The notice that a status token opens, as a page; with what its notifier can do about it."""
    return await status_page(service, token, language)


async def status_page(
    service: Service, token: str, language: str, *, status: int = 200, said: str | None = None
) -> Response:
    """Return how a notice stands; on top, where something was done or refused, what is said about that."""
    now = service.clock.now()
    async with service.database.transaction() as session:
        try:
            notice = await following.opened_by(session, token, key=service.cursor_key)
        except NoticeNotFound as error:
            return page(error.status, language, "gone")
        items = await following.items_of(session, notice)
    redress = redress_in(language) if notice.state == NoticeState.COMPLETED else None
    return page(
        status, language, "status", token=token, notice=notice, items=items, redress=redress,
        steps={step.value for step in replies.steps(notice, items, now=now)},
        said=WORDS[language][said] if said else None,
    )  # fmt: skip


def page(status: int, language: str, heading: str, **values: Any) -> Response:
    """A page under a heading."""
    return rendered(status, language, heading, "notice.html", **values)


def rendered(status: int, language: str, heading: str, template: str, **values: Any) -> Response:
    """Return a template as an answer."""
    empty: dict[str, Any] = {
        "token": None, "notice": None, "body": None, "items": [], "redress": None, "steps": set(), "said": None,
    }  # fmt: skip
    words = WORDS[language]
    text = _pages.get_template(template).render(
        {**empty, **values, "language": language, "heading": words[heading], "words": words, "day": day,
         "asked_in_words": asked_in_words, "outcome_of": outcome_of, "style": _STYLE}
    )  # fmt: skip
    return Response(text, status_code=status, media_type="text/html", headers=_HEADERS)


Form = TypeVar("Form", bound=Input)


def read_form(content: bytes, form: type[Form]) -> Form:
    """Return the fields of a form, each once. Raises `Invalid`."""
    place = "/token"
    try:
        pairs = parse_qsl(
            content.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=3, errors="strict"
        )
        fields = {name: value.replace("\r\n", "\n") for name, value in pairs}
        if len(fields) == len(pairs):
            return form.model_validate(fields)
    except ValidationError as error:
        place = f"/{error.errors()[0]['loc'][0]}"
    except ValueError:
        pass  # neither what a browser sends
    raise Invalid(errors=[FieldError(place, "form_invalid", "Open the link in the mail, and use its page.")])
