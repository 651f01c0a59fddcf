"""Free-text notices: what a letter or an e-mail says, as a draft report."""

from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from pydantic import Field

from libraries.documents.model import MOST_TEXT, CannotRead, Unread
from libraries.notices import Element, NoticeKind, UrlRole
from services.intake.parsing import errors
from services.intake.parsing.endpoints.uploads import BODY, JSON, media_type_of, received, text_in
from services.intake.resources import CurrentService
from services.intake.sandboxes import place
from shared.contracts.codes import Claim, ItemPart, LegalBasis, MediaType, ReasonCode, Scope
from shared.contracts.ids import EvidenceId
from shared.runtime import idempotency, problems
from shared.runtime.errors import Invalid, TooLarge, Unavailable
from shared.runtime.findings import FindingOut
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Output
from shared.runtime.json_bodies import MalformedBody
from shared.runtime.routes import router

routes = router(tags=["reports"], transactional=False)
Reporting = Annotated[Caller, requires(Scope.REPORTS_WRITE)]
Position = Annotated[int, Field(ge=0, le=MOST_TEXT)]
Words = Annotated[str, Field(max_length=MOST_TEXT)]


class UrlOut(Output):
    """One URL of the text."""

    url: Annotated[str, Field(max_length=MOST_TEXT)]
    role: UrlRole
    start: Position
    end: Position


class ElementOut(Output):
    """An element that the law requires of a notice, present or not, and the words that show it."""

    present: bool
    text: Words = ""
    start: Position | None = None
    end: Position | None = None


class DraftItemOut(Output):
    """A listing that the notice complains of."""

    url: Annotated[str, Field(max_length=MOST_TEXT)]
    listing_id: Annotated[str, Field(max_length=2048)] | None = Field(
        None, description="Null where the address is not one of a listing here"
    )
    media_type: MediaType = MediaType.LISTING
    part: ItemPart = ItemPart.WHOLE


class DraftStatementsOut(Output):
    """Statements that the notice makes."""

    good_faith: bool
    accuracy: bool
    perjury: bool


class DraftContactOut(Output):
    """Who the notice says can be asked."""

    name: Words | None = None
    email: Words | None = None


class DraftOut(Output):
    """A report, as far as the notice fills it. All of it is a guess, for a person to confirm."""

    right_id: None = Field(None, description="The right is yours to choose")
    claim: Claim | Literal["undetermined"] = Field(
        description="`undetermined` where the letter is in a language that is not read: choose one"
    )
    reference: None = None
    language: Annotated[str, Field(max_length=16)]
    markets: Annotated[list[Annotated[str, Field(max_length=2)]], Field(max_length=250)] = []
    items: Annotated[list[DraftItemOut], Field(max_length=10_000)]
    explanation: Words | None = None
    evidence_ids: Annotated[list[EvidenceId], Field(max_length=50)] = []
    legal_basis: LegalBasis | Literal["undetermined"] = Field(description="As for the claim")
    statements: DraftStatementsOut
    signature: Words | None = None
    contact: DraftContactOut


class PartOut(Output):
    """One part of a file: the body of a mail, what is attached to it, or the whole of a PDF."""

    name: Annotated[str, Field(max_length=255)] | None = Field(None, description="The file's name, where it has one")
    media_type: Annotated[str, Field(max_length=255)]
    read: bool
    reason: Unread | None = Field(None, description="Why it was not read")


class ParsedOut(Output):
    """The result of parsing a notice. Positions are in characters of the text."""

    kind: NoticeKind
    complete: bool = Field(description="A notice from which nothing is missing")
    language: Annotated[str, Field(max_length=16)]
    language_read: bool = Field(
        description="Whether the letter is in a language in which notices are read. Where it is not, nothing is said "
        "of it but its addresses: its kind is `other`, and `missing` is `N_LANGUAGE_NOT_READ`"
    )
    title: Words | None = Field(None, description="The work or the mark that the notice speaks of")
    urls: Annotated[list[UrlOut], Field(max_length=MOST_TEXT)]
    elements: dict[Element, ElementOut]
    missing: Annotated[list[ReasonCode], Field(max_length=100)]
    substantially_complies: bool = Field(
        description="Whether the notice identifies the work, locates the material and gives a contact: its writer is "
        "asked for what is missing, and the notice is not thrown away (17 USC 512(c)(3)(B)(ii))"
    )
    findings: Annotated[list[FindingOut], Field(max_length=100)] = Field(
        description="How to mend what is missing, as in a preflight of the draft; pointers are into the draft"
    )
    draft: DraftOut
    text: Words | None = Field(None, description="What was read of a file, to which positions refer")
    parts: Annotated[list[PartOut], Field(max_length=20_000)] = Field(
        [], description="The parts of a file, and whether the text holds them"
    )


@routes.post(
    "/v1/reports/parse",
    summary="Read a notice",
    operation_id="parse_notice",
    response_model=ParsedOut,
    openapi_extra=BODY,
    dependencies=[Depends(idempotency.checked)],
    responses=problems.responses(
        MalformedBody, errors.LetterTypeUnknown, errors.LetterUnreadable, errors.LetterEncrypted,
        errors.LetterTooLong, errors.LetterTooManyParts, errors.LetterTooManyPages, errors.LetterTooComplex,
        errors.LetterWithoutText, Invalid, TooLarge, Unavailable, idempotency.KeyInvalid,
    ),
)  # fmt: skip
async def parse_notice(request: Request, caller: Reporting, service: CurrentService) -> Response:
    """Read a letter, an e-mail or a pasted form: what it is, what it complains of, what the law misses in it.

    The letter is text in JSON, a mail as mail programs save it (`.eml`: its body, the mails forwarded in it, the text
    and PDF files attached to it), or a PDF with text. Of a file, `text` is what was read, and positions count in it.
    The elements are those of 17 USC 512(c)(3)(A), or of 512(g)(3) for a counter-notice; a notice that names the DSA is
    held to its Art. 16(2). Nothing is stored.
    """
    settings = service.settings
    readers = service.resources.readers
    media_type = media_type_of(request)
    with place(readers, caller.account_id):
        if media_type == JSON:
            content = text_in(await received(request, settings.document_text_bytes)).encode()
        else:
            content = await received(request, settings.document_bytes)
        try:
            read = await readers.read(content, media_type, account=caller.account_id)
        except CannotRead as problem:
            raise errors.REFUSALS[problem.reason] from None
    return Response(read, media_type=JSON)
