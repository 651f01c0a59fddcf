"""A notice as someone without an account sends it."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from services.intake.reports.report_body import ContactIn, Explanation, ItemIn, Language, ReportIn, StatementsIn, Url
from services.intake.vault.right_types import Number, Office, Title
from shared.contracts.codes import Claim, LegalBasis
from shared.contracts.ids import RightId
from shared.runtime.inputs import Input, Name

MOST_LISTINGS = 50
_NO_RIGHT = RightId("rgt_00000000000000000000000000")

Mailbox = Annotated[
    str,
    Field(
        min_length=6,
        max_length=254,
        pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,15}"
        r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,15}[A-Za-z]{2,63}$",
    ),
]
"""One address that mail is sent to: a dot-atom and a host name (RFC 5321, section 4.1.2), never two."""


class NotifierIn(Input):
    """Who sends the notice: DSA Art. 16(2)(c). Personal data, in no event."""

    name: Name
    email: Mailbox


class NamedRightIn(Input):
    """The right, as the notifier describes it."""

    title: Annotated[Title, Field(description="The work, the mark, or what else is protected")]
    owner: Name
    office: Office | None = None
    registration_number: Number | None = None


class NoticedItemIn(Input):
    """One listing that the notice names: DSA Art. 16(2)(b)."""

    url: Url
    explanation: Explanation | None = Field(None, description="Where it differs from the notice's")


EXAMPLE: dict[str, Any] = {
    "contact": {"name": "Ada Example", "email": "ada@people.example"},
    "claim": "copyright",
    "right": {"title": "The Lighthouse", "owner": "Ada Example"},
    "items": [{"url": "https://shop.example/item/9001"}],
    "explanation": "The poster is my photograph, which I never licensed to anyone.",
    "statements": {"good_faith": True, "accuracy": True},
    "language": "en",
    "legal_basis": "dsa",
}


class NoticeIn(Input):
    """One notice about one right, naming 1 to 50 listings."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    contact: NotifierIn
    claim: Claim
    right: NamedRightIn
    items: Annotated[list[NoticedItemIn], Field(min_length=1, max_length=MOST_LISTINGS)]
    explanation: Explanation = ""
    statements: StatementsIn = StatementsIn()
    language: Language
    legal_basis: LegalBasis = LegalBasis.DSA


def as_report(body: NoticeIn, right_id: RightId = _NO_RIGHT) -> ReportIn:
    """The same notice as the report that it becomes; whoever typed the name has signed with it."""
    return ReportIn(
        right_id=right_id, claim=body.claim, language=body.language,
        items=[ItemIn(url=item.url, explanation=item.explanation) for item in body.items],
        explanation=body.explanation, legal_basis=body.legal_basis, statements=body.statements,
        signature=body.contact.name, contact=ContactIn(name=body.contact.name, email=body.contact.email),
    )  # fmt: skip
