"""The two pages that mails lead to: one with a button that confirms a notice, one that shows how it stands.

Opening a page changes nothing, because mail scanners open every link; only the button's form does.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Query, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError

from services.intake.api.public_bodies import Confirmation, Language, Token
from services.intake.api.public_notices import confirmed
from services.intake.domain.public_notices import following, letters
from services.intake.domain.public_notices.refusals import NoticeConfirmed, NoticeNotFound
from shared.runtime.context import CurrentService
from shared.runtime.errors import FieldError, Invalid
from shared.runtime.identity import Visitor
from shared.runtime.routes import router

routes = router(tags=["public notices"], transactional=False)
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "pages"), autoescape=True, undefined=StrictUndefined
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "confirm": "Confirm your notice", "button": "Confirm", "done": "Thank you: your notice is confirmed.",
        "again": "Your notice was confirmed already.", "gone": "This link is no longer good.", "status": "Your notice",
    },
    "de": {
        "confirm": "Bestätigen Sie Ihre Meldung", "button": "Bestätigen",
        "done": "Danke: Ihre Meldung ist bestätigt.", "again": "Ihre Meldung wurde schon bestätigt.",
        "gone": "Dieser Link gilt nicht mehr.", "status": "Ihre Meldung",
    },
    "fr": {
        "confirm": "Confirmez votre notification", "button": "Confirmer",
        "done": "Merci : votre notification est confirmée.", "again": "Votre notification a déjà été confirmée.",
        "gone": "Ce lien n'est plus valable.", "status": "Votre notification",
    },
}  # fmt: skip
_HTML: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string", "maxLength": 1_000_000}}}}
_PROBLEM: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_FORM = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "required": ["token"],
                "additionalProperties": False,
                "properties": {
                    "token": {"type": "string", "minLength": 20, "maxLength": 128, "pattern": "^[A-Za-z0-9_-]+$"},
                    "language": {"type": "string", "enum": ["en", "de", "fr"]},
                },
            },
            "example": {"token": "3q2-7wR0bFq1kYd5nC8mZxVtLsJhGpEaUoIyTrWqXcB", "language": "en"},
        }
    },
}
TheToken = Annotated[Token, Query(description="From the link in the mail")]


@routes.get(
    "/v1/public/notices/confirm",
    summary="Show the button that confirms a notice",
    operation_id="show_confirmation",
    response_class=Response,
    responses={200: {"description": "A page", **_HTML}},
)
async def show_confirmation(token: TheToken, language: Language = "en") -> Response:
    """A page with a button. Nothing is looked up and nothing changes, whoever opens the link."""
    return _page(200, language, "confirm", token=token)


@routes.post(
    "/v1/public/notices/confirm",
    summary="Confirm a notice by its page",
    operation_id="confirm_notice_by_page",
    response_class=Response,
    openapi_extra={"requestBody": _FORM},
    responses={
        200: {"description": "A page that says so", **_HTML},
        404: {"description": "`notice_not_found`, as a page", "content": {**_HTML["content"], **_PROBLEM}},
        409: {"description": "`notice_confirmed`, as a page", "content": {**_HTML["content"], **_PROBLEM}},
    },
)
async def confirm_by_page(request: Request, address: Visitor, service: CurrentService) -> Response:
    """What the button does: the notice is filed."""
    token, language = _form(await request.body())
    try:
        await confirmed(service, request, address, token)
    except NoticeNotFound as error:
        return _page(error.status, language, "gone")
    except NoticeConfirmed as error:
        return _page(error.status, language, "again")
    return _page(200, language, "done")


@routes.get(
    "/v1/public/notices/status",
    summary="Show how a notice stands",
    operation_id="show_notice",
    response_class=Response,
    responses={
        200: {"description": "A page", **_HTML},
        404: {"description": "`notice_not_found`, as a page", "content": {**_HTML["content"], **_PROBLEM}},
    },
)
async def show_notice(token: TheToken, service: CurrentService, language: Language = "en") -> Response:
    """The notice that a status token opens, as a page."""
    async with service.database.transaction() as session:
        try:
            notice = await following.opened_by(session, token, key=service.cursor_key)
        except NoticeNotFound as error:
            return _page(error.status, language, "gone")
        items = await following.items_of(session, notice)
    redress = letters.redress(language) if notice.completed_at else None
    return _page(200, language, "status", notice=notice, items=items, redress=redress)


def _page(status: int, language: str, heading: str, **values: Any) -> Response:
    words = _WORDS[language]
    empty: dict[str, Any] = {"token": None, "notice": None, "items": [], "redress": None}
    page = _pages.get_template("notice.html").render(
        {**empty, **values, "language": language, "heading": words[heading], "button": words["button"]}
    )
    return Response(page, status_code=status, media_type="text/html", headers=_HEADERS)


def _form(content: bytes) -> tuple[str, str]:
    """Token and language of a form. Raises `Invalid`."""
    wrong = Invalid(errors=[FieldError("/token", "form_invalid", "Open the link in the mail, and use its button.")])
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=2)
        fields = dict(pairs)
        language = fields.pop("language", "en")
        token = Confirmation.model_validate(fields).token
    except (ValidationError, ValueError) as error:
        raise wrong from error
    if language not in letters.LANGUAGES or len(fields) + 1 < len(pairs):
        raise wrong
    return token, language
