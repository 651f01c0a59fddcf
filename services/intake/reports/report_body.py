"""A report as a reporter files it.

What the law or the trade wants in it (statements, a signature, who is calling) may be absent from the body: a finding
then says what is missing and why, which a schema could not.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from services.intake.vault.addresses import EmailAddress, Seen
from shared.contracts.codes import Claim, ItemPart, LegalBasis, MediaType
from shared.contracts.countries import Country
from shared.contracts.ids import EvidenceId, RightId
from shared.runtime.inputs import Flag, Input, Line, Prose

MOST_ITEMS = 500


def _once(evidence_ids: list[EvidenceId]) -> list[EvidenceId]:
    return [*dict.fromkeys(evidence_ids)]


Evidence = Annotated[list[EvidenceId], Field(max_length=50), AfterValidator(_once)]
Explanation = Annotated[Prose, Field(max_length=10_000)]
Language = Annotated[
    str, Field(max_length=16, pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", description="BCP 47")
]
Listing = Annotated[Line, Field(min_length=1, max_length=128), Seen]
Url = Annotated[Line, Field(min_length=1, max_length=2048), Seen]


class ItemIn(Input):
    """One listing that the report names."""

    url: Url
    listing_id: Listing | None = Field(None, description="Must be the one in the URL, where it is given")
    media_type: MediaType = MediaType.LISTING
    part: ItemPart = ItemPart.WHOLE
    explanation: Explanation | None = Field(None, description="Where it differs from the report's")
    evidence_ids: Evidence = []
    category: Annotated[Line, Field(min_length=1, max_length=100)] | None = Field(
        None, description="The marketplace's category of the listing, as it names it"
    )


class StatementsIn(Input):
    """Statements of the reporter: 17 USC 512(c)(3)(A)(v) and (vi), DSA Art. 16(2)(d)."""

    good_faith: Flag = False
    accuracy: Flag = False
    perjury: Flag = False


class ContactIn(Input):
    """Who can be asked. Personal data: kept with the report, and in no event."""

    name: Annotated[Line, Field(max_length=200)] = ""
    email: EmailAddress = ""


EXAMPLE: dict[str, Any] = {
    "right_id": "rgt_01j9zq4m2te5rv8c3kx7w0nh6b",
    "claim": "counterfeit",
    "reference": "CASE-1042",
    "language": "en",
    "markets": ["DE", "FR"],
    "items": [
        {"url": "https://shop.example/item/9001", "listing_id": "9001", "media_type": "listing", "part": "whole"}
    ],
    "explanation": "The mark is on the sole, and none of our factories makes this shoe.",
    "legal_basis": "dsa",
    "statements": {"good_faith": True, "accuracy": True, "perjury": True},
    "signature": "Ada Example",
    "contact": {"name": "Ada Example", "email": "ada@brand.example"},
}


class ReportIn(Input):
    """One notice about one right, naming 1 to 500 listings."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    right_id: RightId
    claim: Claim
    reference: Annotated[Line, Field(max_length=128)] | None = Field(None, description="The reporter's own number")
    language: Language
    markets: Annotated[list[Country], Field(max_length=250)] = Field(
        default=[], description="Where the listing is offered; none: wherever the right holds"
    )
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=MOST_ITEMS)]
    explanation: Explanation = ""
    evidence_ids: Evidence = []
    legal_basis: LegalBasis
    statements: StatementsIn = StatementsIn()
    signature: Annotated[Line, Field(max_length=200)] = ""
    contact: ContactIn = ContactIn()


def named_in(body: ReportIn) -> list[EvidenceId]:
    """Return the things that a report refers to, each once."""
    return [*dict.fromkeys([*body.evidence_ids, *(one for item in body.items for one in item.evidence_ids)])]
