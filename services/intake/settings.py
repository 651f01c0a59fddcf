"""Settings of the intake service."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import NoDecode

from services.intake.evidence_settings import EvidenceSettings
from shared.contracts.codes import Claim, Severity
from shared.runtime.business_settings import BusinessSettings

NiceClass = Annotated[int, Field(ge=1, le=45)]


class MarketplaceSetting(BaseModel):
    """One marketplace: what its listing URLs look like, and which of its pages are never a listing.

    Patterns are regular expressions, matched from the start of a URL's normal form (RFC 3986, section 6.2) without its
    scheme and `www.`; without its fragment too, unless the pattern has a `#`. The named groups of a listing pattern
    make the id: one, `listing_id`, or several, whose values are joined by a slash in the order of their names.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100)
    patterns: tuple[str, ...] = Field(min_length=1)
    id_case: Literal["as_written", "lower", "upper"] = Field(
        default="as_written",
        description="How ids are written, where case does not tell two apart: as the catalogue does",
    )
    short_hosts: tuple[str, ...] = Field(default=(), description="Hosts of its own short links")
    hosts: tuple[str, ...] = Field(default=(), description="Hosts that are its own; `*.` stands for every subdomain")
    store_patterns: tuple[str, ...] = Field(default=(), description="Pages of a whole store")
    pages: tuple[str, ...] = Field(default=(), description="Pages of the marketplace itself: help, policies")
    category_classes: dict[str, tuple[NiceClass, ...]] = Field(
        default={}, description="The Nice classes that the goods of a category are in"
    )


def _shop() -> tuple[MarketplaceSetting, ...]:
    """The marketplace of the examples: `https://shop.example/item/{id}`."""
    return (
        MarketplaceSetting(
            name="shop.example",
            patterns=(r"shop\.example/item/(?P<listing_id>[A-Za-z0-9._~-]{1,128})/?(?:\?|$)",),
            hosts=("shop.example",),
            short_hosts=("s.shop.example",),
            store_patterns=(r"shop\.example/store/",),
            category_classes={
                "shoes": (25,),
                "clothing": (25,),
                "bags": (18,),
                "watches": (14,),
                "jewellery": (14,),
                "cosmetics": (3,),
                "perfume": (3,),
                "electronics": (9,),
                "toys": (28,),
                "furniture": (20,),
                "kitchen": (8, 21),
                "lighting": (11,),
                "car parts": (7, 12),
                "medicine": (5,),
                "food": (29, 30, 31),
                "drinks": (32, 33),
                "books": (16,),
            },
        ),
    )


def _severities() -> dict[Claim, Severity]:
    pressing = {Claim.COUNTERFEIT, Claim.TRADEMARK}
    return {claim: Severity.P2 if claim in pressing else Severity.P3 for claim in Claim}


def _hours() -> dict[Severity, float]:
    return {Severity.P0: 2, Severity.P1: 8, Severity.P2: 24, Severity.P3: 120}


class Settings(BusinessSettings, EvidenceSettings):
    """The marketplace's addresses, and what is expected of a report before anything was measured."""

    relay_gather_seconds: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Seconds from one batch of events that the relay publishes to the next, at least, where it is not "
        "full: reports are among them, and reviewers wait for these",
    )
    marketplaces: Annotated[tuple[MarketplaceSetting, ...], NoDecode] = Field(
        default_factory=_shop,
        description="The marketplaces whose listings can be reported: JSON, or the path of a JSON file. Each has a "
        "`name`, `patterns` of listing URLs whose named groups make the id (several are joined by a slash in the order "
        "of their names; a pattern with `#` sees the fragment), `id_case` (`as_written`, `lower` or `upper`), `hosts`, "
        "`short_hosts` of its own short links, `store_patterns`, `pages` and `category_classes`",
    )
    default_severity: dict[Claim, Severity] = Field(
        default_factory=_severities, description="Severity of a report before triage, by claim (JSON object)"
    )
    default_decide_hours: dict[Severity, float] = Field(
        default_factory=_hours, description="Hours to decision before triage, by severity (JSON object)"
    )
    levels_sample: int = Field(
        default=1000, ge=20, le=100_000, description="Latest decided items that a percentile is taken over, at most"
    )
    levels_least: int = Field(
        default=20, ge=1, description="Decided items from which on percentiles are promised instead of the clock"
    )
    levels_seconds: float = Field(default=30, gt=0, description="Seconds between two measurements of service levels")
    standing_seconds: float = Field(
        default=1,
        ge=0,
        le=60,
        description="Seconds for which filing takes a reporter's standing for granted; a "
        "suspension takes effect after them",
    )
    answer_days: int = Field(
        default=5, ge=1, le=365, description="Business days that a reporter has to answer a reviewer's question"
    )
    answer_reminder_days: int = Field(
        default=3, ge=1, le=365, description="Business days after which the reporter is reminded of it, once"
    )
    reopen_days: int = Field(
        default=180, ge=1, le=3650, description="Days in which what was closed without an answer can be reopened"
    )
    abuse_settle_seconds: float = Field(
        default=90, ge=0, le=3600, description="Seconds after which reports are looked at: longer than filing can take"
    )
    filings_at_once: int = Field(default=64, ge=1, le=500, description="Reports that one statement files, at most")
    filing_batches: int = Field(default=2, ge=1, le=50, description="Such statements that run side by side")
    renewal_grace_days: int = Field(
        default=183, ge=0, le=3660, description="Days after its end for which a right stays verified while its "
        "renewal, told of in time, waits for the operator (Paris Convention, Art. 5bis)"
    )  # fmt: skip
    vault_import_rows: int = Field(default=2000, ge=1, le=20_000, description="Rights in one file, at most")
    vault_import_bytes: int = Field(default=2_097_152, ge=1024, description="Bytes of a file of rights, at most")
    limit_open_reports: int = Field(
        default=1_000_000, ge=0, description="Reports of one account that have not ended, at most; an account can have "
        "limits of its own"
    )  # fmt: skip
    limit_rights: int = Field(default=100_000, ge=0, description="Rights in the vault of one account, at most")
    limit_evidence_bytes: int = Field(
        default=107_374_182_400, ge=0, description="Bytes of evidence that is stored for one account, at most"
    )
    import_rows: int = Field(default=100_000, ge=1, le=10_000_000, description="Rows of one import, at most")
    import_bytes: int = Field(default=134_217_728, ge=1024, description="Bytes of one import, at most")
    imports_at_work: int = Field(default=10, ge=1, description="Imports of one account that are not over, at most")
    import_workers: int = Field(
        default=3,
        ge=0,
        le=10,
        description="Batches of imports that one process files at once; 0: it leaves them to others",
    )
    import_days: int = Field(
        default=30, ge=1, description="Days that an import which is over can be read, with the rows it refused"
    )

    document_bytes: int = Field(
        default=10_485_760, ge=1024, description="Bytes of a mail or a PDF that is sent to be read, at most"
    )
    document_text_bytes: int = Field(
        default=2_097_152, ge=1024, description="Bytes of a notice that is sent to be read as text in JSON, at most"
    )
    document_pages: int = Field(default=200, ge=1, le=10_000, description="Pages of one PDF that is read, at most")
    document_parts: int = Field(default=200, ge=1, le=10_000, description="Parts of one mail that is read, at most")
    document_seconds: float = Field(
        default=10,
        gt=0,
        le=60,
        description="Seconds of processor time after which the process that reads a notice is "
        "killed; by the clock it has four times as many",
    )
    document_memory: int = Field(
        default=805_306_368, ge=268_435_456, description="Bytes of address space of such a process, at most"
    )
    document_readers: int = Field(default=2, ge=1, le=64, description="Such processes of one service process, at most")
    mail_server: str | None = Field(
        default=None, description="Where notify hands in mail; none: no notices without an account"
    )
    mail_seal_keys: Path | None = Field(
        default=None, description="File with the public keys that seal letters for notify (JWK set)"
    )
    notice_hours: int = Field(default=48, ge=25, le=720, description="Hours that a notice can be confirmed")
    notices_per_address: int = Field(
        default=10, ge=1, le=10_000, description="Notices without an account from one network address in an hour"
    )
    notices_per_email: int = Field(default=5, ge=1, le=10_000, description="The same for one e-mail address in a day")
    notice_days: int = Field(
        default=180, ge=1, description="Days after its completion that the name and address of a notifier are kept"
    )

    @model_validator(mode="after")
    def _mail_is_sealed(self) -> Self:
        if self.mail_server is not None and self.mail_seal_keys is None:
            raise ValueError("mail_server needs mail_seal_keys, which seal the letters for notify")
        return self

    @field_validator("marketplaces", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = value if value.lstrip().startswith("[") else Path(value).read_text(encoding="utf-8")
        return json.loads(text) or _shop()


def published(limit: str) -> int:
    """A limit as the published document tells it, which is its default."""
    default: int = Settings.model_fields[limit].default
    return default
