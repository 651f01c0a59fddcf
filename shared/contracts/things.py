"""The things of the trade as events and packets carry them: whole, so that a reader need not ask anyone."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from .authority_codes import AuthorityKind, AuthorityState
from .codes import (
    AccountKind,
    Claim,
    FindingSeverity,
    HeldAs,
    ItemPart,
    LegalBasis,
    MediaType,
    ReasonCode,
    ReporterTier,
    RightState,
    RightType,
)
from .ids import AccountId, AuthorityId, CaptureId, EvidenceId, ItemId, PolicyId, ReportId, RightId


class Thing(BaseModel):
    """A value that travels. Readers ignore fields that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Owner(Thing):
    """Who holds a right."""

    name: str
    country: str | None = Field(None, description="ISO 3166-1 alpha-2")


class RightSnapshot(Thing):
    """A right as the vault held it at one version."""

    id: RightId
    version: int
    account_id: AccountId
    type: RightType
    title: str
    state: RightState
    owner: Owner
    territories: list[str] = Field(description="ISO 3166-1 alpha-2, EU, or WW for the whole world")
    office: str | None = None
    registration_number: str | None = None
    registered_on: date | None = None
    expires_on: date | None = None
    nice_classes: list[int] = []
    details: dict[str, JsonValue] = Field({}, description="The fields of this right type alone")
    held_as: HeldAs = Field(HeldAs.OWNER, description="What the account is to the right")


class AuthoritySnapshot(Thing):
    """An authority as the vault held it at one version."""

    id: AuthorityId
    version: int
    account_id: AccountId
    kind: AuthorityKind
    state: AuthorityState
    principal: Owner = Field(description="Who gave it")
    right_ids: list[RightId] | None = Field(None, description="The rights it names; null: all that the principal owns")
    right_types: list[RightType] = Field([], description="None: every type")
    territories: list[str] = Field([], description="ISO 3166-1 alpha-2, EU, or WW; none: wherever the rights hold")
    valid_from: date
    valid_to: date | None = Field(None, description="Its last day; null: until it is revoked")
    evidence_id: EvidenceId | None = None


class AuthorityReference(Thing):
    """The authority that a report was filed under, as it stood then."""

    id: AuthorityId
    version: int


class Listing(Thing):
    """An offer on the marketplace."""

    marketplace: str
    listing_id: str
    url: str
    media_type: MediaType = MediaType.LISTING
    category: str | None = Field(None, description="As the marketplace, or who reports it, names it")
    seller_id: str | None = Field(None, description="The marketplace's own id of the seller")


class Price(Thing):
    """The price of an offer."""

    amount: int = Field(description="In minor units of the currency: 1999 is 19.99 EUR, and 1999 JPY")
    currency: str = Field(description="ISO 4217")


class Seller(Thing):
    """The seller, as the marketplace knows it."""

    seller_id: str = Field(description="The marketplace's own id")
    name: str | None = None
    country: str | None = Field(None, description="ISO 3166-1 alpha-2")
    since: date | None = Field(None, description="When the seller came to the marketplace")


class ListingImage(Thing):
    """A picture of an offer: where it is, or the evidence that holds it."""

    url: str | None = None
    evidence_id: EvidenceId | None = None
    pdq: str | None = Field(None, description="Its PDQ hash, 64 hexadecimal digits, where the marketplace has made one")


class Reporter(Thing):
    """Who reports."""

    account_id: AccountId
    kind: AccountKind
    trusted_flagger: bool = Field(default=False, description="DSA Art. 22")


class ReporterAccuracy(Thing):
    """How often a reporter's notices of late were accepted, as it stood when the report was filed.

    `low` and `high` are the ends of the credible interval of its acceptance, from 0 to 1.
    """

    decided: int
    accepted: int
    low: float
    high: float
    window_days: int


class Finding(Thing):
    """A finding of a check of a report, a right or a task."""

    code: ReasonCode
    severity: FindingSeverity
    message: str
    pointer: str = Field("", description="JSON Pointer into the request; empty: the whole")
    fix: str | None = Field(None, description="How to mend it")


class ReportedItem(Thing):
    """One listing named in one report."""

    item_id: ItemId
    listing: Listing
    part: ItemPart = ItemPart.WHOLE
    explanation: str | None = None
    evidence_ids: list[EvidenceId] = []


class NoticeMail(Thing):
    """Recipient, private link and facts of a letter, as they travel sealed. The facts are in the letter's language."""

    recipient: str
    link: str
    items: str = ""
    questions: str = ""
    note: str | None = None
    redress: str = ""


class ItemReporter(Thing):
    """The reporter of an item: what it is to the right, and how reliable it has been, when it reported."""

    name: str = Field(description="The owner of the right, as the reporter's vault names it")
    held_as: HeldAs = Field(description="What the reporter is to the right")
    kind: AccountKind
    tier: ReporterTier
    trusted_flagger: bool = Field(default=False, description="DSA Art. 22")


class TaskItem(Thing):
    """A report item as it is attached to a task: the work is merged, the notices never."""

    report_id: ReportId
    item_id: ItemId
    account_id: AccountId
    claim: Claim
    legal_basis: LegalBasis
    part: ItemPart = ItemPart.WHOLE
    explanation: str
    evidence: list[EvidenceId] = []
    markets: list[str] = []
    submitted_at: datetime
    language: str | None = Field(None, description="Of the report, as its reporter gave it (BCP 47)")
    reporter: ItemReporter | None = None
    right: RightSnapshot | None = Field(
        None, description="The right as this reporter's own vault has it, where that is not the task's record of it"
    )
    fitting_right: RightSnapshot | None = Field(
        None, description="Where the claim does not fit the right: the one of the reporter's vault that it fits"
    )
    reporter_accuracy: ReporterAccuracy | None = None


class CaptureReference(Thing):
    """A capture of a listing, and the SHA-256 of its document."""

    id: CaptureId
    hash: str


class ClauseCitation(Thing):
    """A clause as it stood when it was cited."""

    policy_id: PolicyId
    version: int
    code: str
    title: str
    text: str = ""
