"""The page on which someone without an account writes a notice (DSA Art. 16). It works without a script."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from pydantic import ValidationError

from services.intake.public_notices.endpoints.form_texts import WORDS
from services.intake.public_notices.endpoints.pages import pages, rendered
from services.intake.public_notices.endpoints.schemas import Language
from services.intake.public_notices.endpoints.views import taken
from services.intake.public_notices.errors import NoMailServer, TooManyNotices
from services.intake.public_notices.notice_body import NoticeIn
from services.intake.public_notices.notice_words import LANGUAGES, language_of
from services.intake.reports.filing import ReportBlocked
from services.intake.reports.findings.notice import LEAST_EXPLANATION
from services.intake.resources import CurrentService
from shared.contracts.codes import Claim
from shared.runtime.errors import FieldError, Invalid
from shared.runtime.identity import Visitor
from shared.runtime.routes import router

routes = router(tags=["public notices"], transactional=False)
_TEXTS = ("claim", "title", "owner", "office", "registration_number", "addresses", "explanation", "name", "email")
_STATEMENTS = ("good_faith", "accuracy")
_FIELDS = (*_TEXTS, *_STATEMENTS, "language")
_FIELD_OF = {
    "/claim": "claim", "/right/title": "title", "/right/owner": "owner", "/right/office": "office",
    "/right/registration_number": "registration_number", "/items": "addresses", "/explanation": "explanation",
    "/contact/name": "name", "/contact/email": "email", "/signature": "name",
    "/statements/good_faith": "good_faith", "/statements/accuracy": "accuracy",
}  # fmt: skip
"""The field of the form behind each place of a notice."""
_EXAMPLE = {
    "claim": "copyright", "title": "The Lighthouse", "owner": "Ada Example",
    "addresses": "https://shop.example/item/9001",
    "explanation": "The poster is my photograph, which I never licensed to anyone.", "name": "Ada Example",
    "email": "ada@people.example", "good_faith": "on", "accuracy": "on", "language": "en",
}  # fmt: skip
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {name: {"type": "string", "maxLength": 100_000} for name in _FIELDS},
                },
                "example": _EXAMPLE,
            }
        },
    }
}


@routes.get(
    "/v1/public/notices/form",
    summary="Show the form of a notice",
    operation_id="show_notice_form",
    response_class=Response,
    responses=pages("A page with the form"),
)
async def show_form(language: Language = "en") -> Response:
    """A page on which anyone notifies infringing listings, without an account and without a script."""
    return _page(200, language, {}, [])


@routes.post(
    "/v1/public/notices/form",
    summary="Notify by the form",
    operation_id="take_notice_by_page",
    response_class=Response,
    openapi_extra=_FORM,
    responses=pages(
        "A page that says what comes next", r422="`validation_failed`, `report_blocked`", r429="`too_many_notices`",
        r503="`no_mail_server`",
    ),
)  # fmt: skip
async def take_by_page(request: Request, address: Visitor, service: CurrentService) -> Response:
    """Take a notice, as `take_notice` does. What is wrong is said beside each field, and nothing typed is lost."""
    typed = _typed(await request.body())
    language = language_of(typed.get("language", ""))
    try:
        body = NoticeIn.model_validate(_notice(typed, language))
        await taken(service, request, address, body)
    except ValidationError as error:
        pointers = ["/" + "/".join(map(str, one["loc"])) for one in error.errors()]
        return _page(422, language, typed, _wrong([*pointers, *_lacking(typed)], typed))
    except ReportBlocked as error:
        return _page(422, language, typed, _wrong([one.pointer for one in error.errors], typed))
    except (NoMailServer, TooManyNotices) as error:
        refused = _page(error.status, language, typed, [("form", error.code, None)])
        refused.headers.update(error.headers)
        return refused
    return rendered(200, language, "sent", "notice.html", said=WORDS[language]["look"].format(email=typed["email"]))


def _typed(content: bytes) -> dict[str, str]:
    """Return the fields as they were typed. Raises `Invalid`."""
    try:
        pairs = parse_qsl(
            content.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=len(_FIELDS),
            errors="strict",
        )  # fmt: skip
    except ValueError:
        pairs = []
    fields = {name: value.replace("\r\n", "\n") for name, value in pairs if name in _FIELDS}
    if not fields or len(fields) != len(pairs):
        raise Invalid(errors=[FieldError("", "form_invalid", "Open the page, and send its form.")])
    return fields


def _lines(typed: dict[str, str]) -> list[tuple[int, str]]:
    """Return the addresses, each with its line."""
    lines = enumerate(typed.get("addresses", "").splitlines(), 1)
    return [(number, line.strip()) for number, line in lines if line.strip()]


def _notice(typed: dict[str, str], language: str) -> dict[str, Any]:
    """Return the notice that the fields say, which may lack anything."""
    right = {name: typed.get(name, "").strip() for name in ("title", "owner", "office", "registration_number")}
    return {
        "contact": {"name": typed.get("name", "").strip(), "email": typed.get("email", "").strip()},
        "claim": typed.get("claim", ""),
        "right": {name: value for name, value in right.items() if value or name in {"title", "owner"}},
        "items": [{"url": line} for _, line in _lines(typed)],
        "explanation": typed.get("explanation", "").strip(),
        "statements": {name: name in typed for name in _STATEMENTS},
        "language": language,
    }


def _lacking(typed: dict[str, str]) -> list[str]:
    """Return what the rules ask for beside the fields themselves, so that it is said at once with these."""
    short = len(typed.get("explanation", "").strip()) < LEAST_EXPLANATION
    no_address = [
        f"/items/{place}"
        for place, (_, line) in enumerate(_lines(typed))
        if not line.lower().startswith(("https://", "http://"))
    ]
    unsaid = [f"/statements/{name}" for name in _STATEMENTS if name not in typed]
    return [*no_address, *unsaid, *(["/explanation"] if short else [])]


def _wrong(pointers: Iterable[str], typed: dict[str, str]) -> list[tuple[str, str, int | None]]:
    """Return what is wrong: the field, its words, and the line of an address; each once, in the order of the form."""
    lines = _lines(typed)
    found: set[tuple[str, str, int | None]] = set()
    for pointer in pointers:
        item, _, _ = pointer.removeprefix("/items/").partition("/")
        if pointer.startswith("/items/") and item.isdigit() and int(item) < len(lines):
            found.add(("addresses", "wrong_line", lines[int(item)][0]))
        else:
            field = next((_FIELD_OF[place] for place in _FIELD_OF if pointer.startswith(place)), "form")
            found.add((field, f"wrong_{field}", None))
    order = (*_FIELDS, "form")
    return sorted(found, key=lambda one: (order.index(one[0]), one[2] or 0))


def _page(status: int, language: str, typed: dict[str, str], wrong: list[tuple[str, str, int | None]]) -> Response:
    words = WORDS[language]
    said = [(field, words[word].format(line=line)) for field, word, line in wrong]
    values = dict.fromkeys(_TEXTS, "") | typed
    return rendered(
        status, language, "form", "form.html", typed=values, ticked=typed.keys() & set(_STATEMENTS), wrong=said,
        claims=list(Claim), languages=LANGUAGES,
    )  # fmt: skip
