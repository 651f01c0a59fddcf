"""Free-text notices: what a letter or an e-mail says, as a draft report."""

import asyncio
from typing import Annotated

from fastapi import Depends
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from services.intake.domain import drafts
from services.intake.domain.desk import FilingDesk
from services.intake.domain.notices import Element, NoticeKind, UrlRole
from shared.contracts.codes import Claim, ItemPart, LegalBasis, MediaType, ReasonCode, Scope
from shared.contracts.ids import EvidenceId
from shared.runtime import idempotency, problems
from shared.runtime.context import CurrentService
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Input, Output
from shared.runtime.routes import router

routes = router(tags=["reports"], transactional=False)
Reporting = Annotated[Caller, requires(Scope.REPORTS_WRITE)]
MOST_TEXT = 200_000
Position = Annotated[int, Field(ge=0, le=MOST_TEXT)]
Words = Annotated[str, Field(max_length=MOST_TEXT)]


def _whole_characters(text: str) -> str:
    """A letter may hold what it likes; half a character is none."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("text_lone_surrogate", "The text holds half a character (a lone surrogate)")
    if "\x00" in text:
        raise PydanticCustomError("text_control_character", "The text holds a control character")
    return text


class NoticeText(Input):
    """A notice as it came."""

    model_config = ConfigDict(
        str_strip_whitespace=False,
        json_schema_extra={
            "examples": [{"text": "I own the photograph at https://brand.example/a. It was copied at ..."}]
        },
    )

    text: Annotated[str, AfterValidator(_whole_characters), Field(min_length=1, max_length=MOST_TEXT)]


class UrlView(Output):
    """One URL of the text."""

    url: Annotated[str, Field(max_length=MOST_TEXT)]
    role: UrlRole
    start: Position
    end: Position


class ElementView(Output):
    """Whether the notice has what the law asks for, and the words that show it."""

    present: bool
    text: Words = ""
    start: Position | None = None
    end: Position | None = None


class DraftItem(Output):
    """A listing that the notice complains of."""

    url: Annotated[str, Field(max_length=MOST_TEXT)]
    listing_id: Annotated[str, Field(max_length=2048)] | None = Field(
        None, description="Null where the address is not one of a listing here"
    )
    media_type: MediaType = MediaType.LISTING
    part: ItemPart = ItemPart.WHOLE


class DraftStatements(Output):
    """What the notice declares."""

    good_faith: bool
    accuracy: bool
    perjury: bool


class DraftContact(Output):
    """Who the notice says can be asked."""

    name: Words | None = None
    email: Words | None = None


class DraftView(Output):
    """A report, as far as the notice fills it. All of it is a guess, for a person to confirm."""

    right_id: None = Field(None, description="The right is yours to choose")
    claim: Claim
    reference: None = None
    language: Annotated[str, Field(max_length=16)]
    markets: Annotated[list[Annotated[str, Field(max_length=2)]], Field(max_length=250)] = []
    items: Annotated[list[DraftItem], Field(max_length=10_000)]
    explanation: Words | None = None
    evidence_ids: Annotated[list[EvidenceId], Field(max_length=50)] = []
    legal_basis: LegalBasis
    statements: DraftStatements
    signature: Words | None = None
    contact: DraftContact


class ParsedView(Output):
    """What was read out of a notice. Positions are in characters of the text."""

    kind: NoticeKind
    complete: bool = Field(description="A notice from which nothing is missing")
    language: Annotated[str, Field(max_length=16)]
    title: Words | None = Field(None, description="The work or the mark that the notice speaks of")
    urls: Annotated[list[UrlView], Field(max_length=MOST_TEXT)]
    elements: dict[Element, ElementView]
    missing: Annotated[list[ReasonCode], Field(max_length=100)]
    draft: DraftView


@routes.post(
    "/v1/reports/parse",
    summary="Read a notice",
    operation_id="parse_notice",
    dependencies=[Depends(idempotency.checked)],
    responses=problems.responses(idempotency.KeyInvalid),
)
async def parse_notice(body: NoticeText, _caller: Reporting, service: CurrentService) -> ParsedView:
    """Read a letter, an e-mail or a pasted form: what it is, what it complains of, what the law misses in it.

    The elements are those of 17 USC 512(c)(3)(A), or of 512(g)(3) for a counter-notice; a notice that names the DSA is
    held to its Art. 16(2). Nothing is stored.
    """
    desk: FilingDesk = service.extra["desk"]
    read = await asyncio.to_thread(drafts.read_notice, body.text, desk.marketplaces)
    return ParsedView.model_validate(read)
