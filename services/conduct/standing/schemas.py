"""Bodies of a reporter's standing, and of the operator's requests to change it."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field

from services.conduct.standing.counts import added
from services.conduct.standing.record import MOST_SANCTIONS, Record
from services.conduct.standing.tables import ReporterSanction
from services.conduct.standing.terms import Terms
from shared.contracts.codes import Claim, ReasonCode, ReporterTier
from shared.contracts.ids import AccountId, SanctionId
from shared.contracts.sanction_codes import Gravity, Intent, Sanction
from shared.runtime.inputs import Input, Output, Prose, Whole

Count = Annotated[int, Field(ge=0, le=2**53)]
Share = Annotated[float, AfterValidator(lambda share: round(share, 4)), Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=1, le=366)]
Reason = Annotated[Prose, Field(min_length=10, max_length=2000)]
ReasonText = Annotated[str, Field(max_length=2000)]


class IntervalOut(Output):
    """A share, and the ends between which it credibly is."""

    estimate: Share
    low: Share
    high: Share


class ClaimStandingOut(Output):
    """Outcomes of the items of one claim."""

    claim: Claim
    decided: Count
    accepted: Count
    overturned: Count
    acceptance: IntervalOut


class CodeOut(Output):
    """How often decisions gave one code."""

    code: ReasonCode
    decided: Count
    overturned: Count
    share: IntervalOut = Field(description="Of all items decided")


class ChangeOut(Output):
    """The change that would lead to another tier, all else equal."""

    tier: ReporterTier
    more: Annotated[int, Field(ge=1, le=10_000_000)]


class InUseOut(Output):
    """How much of the limits is used; null where there is no such limit."""

    open_items: Count | None
    filings_today: Count | None


class GivesOut(Output):
    """Grants of a tier. A limit of null is no limit."""

    max_open_items: Count | None
    max_filings_a_day: Count | None
    express_removal: bool
    priority: Annotated[str, Field(max_length=500)]


class MisuseOut(Output):
    """The four factors of DSA Art. 23(3)."""

    number: Count = Field(description="Unfounded items decided in the window")
    proportion: Share = Field(description="Of all items decided in the window")
    gravity: Gravity
    intent: Intent
    codes: Annotated[list[ReasonCode], Field(max_length=20)]
    window_days: Days


class SanctionOut(Output):
    """A warning or a suspension: why, until when, and what was weighed."""

    id: SanctionId
    kind: Sanction
    reason: ReasonText
    misuse: MisuseOut
    by_rule: bool = Field(description="Whether the published rule gave it; otherwise the operator")
    terms_version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    created_at: datetime
    ends_at: datetime
    ended_at: datetime | None = Field(description="When a suspension was over; null while it is not, and for warnings")
    end_reason: ReasonText | None
    effective: bool = Field(
        description="False from when a suspension is given until no report of the account is taken any more, a few "
        "seconds later. While it stays false the platform's events do not flow: stop the account's keys at once with "
        "`POST /v1/accounts/{id}/suspend`"
    )

    @classmethod
    def of(cls, sanction: ReporterSanction, *, effective: bool = True) -> Self:
        by_rule = sanction.by_account_id is None
        return cls.model_validate({**sanction.model_dump(), "by_rule": by_rule, "effective": effective})


class StandingOut(Output):
    """A reporter's standing: what became of its items of late, the tier that makes, and what would change it."""

    account_id: AccountId
    tier: ReporterTier
    as_of: datetime
    window_days: Days
    terms_version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    credibility: Share = Field(description="Chance that a true share is inside its interval")
    decided: Count
    accepted: Count = Field(description="Those that stand accepted")
    overturned: Count = Field(description="Accepted at first, and reversed since")
    overturned_share: Share = Field(description="Of those that were accepted at first")
    acceptance: IntervalOut
    by_claim: Annotated[list[ClaimStandingOut], Field(max_length=20)]
    by_code: Annotated[list[CodeOut], Field(max_length=100)]
    gives: GivesOut
    in_use: InUseOut
    more_accepted: ChangeOut | None = Field(description="So many more accepted items lead to a better tier")
    more_rejected: ChangeOut | None = Field(description="So many more rejected items lead to a worse tier")
    misuse: MisuseOut
    warned_until: datetime | None
    suspended_until: datetime | None
    sanctions: Annotated[list[SanctionOut], Field(max_length=MOST_SANCTIONS)] = Field(description="Newest first")

    @classmethod
    def of(cls, record: Record) -> Self:
        counts, measure = record.counts, record.measure
        claims = sorted({one.claim for one in record.found})
        codes = sorted({one.code for one in record.found})
        return cls.model_validate(
            {
                "account_id": record.account_id,
                "tier": record.tier,
                "as_of": record.now,
                "window_days": measure.terms.window_days,
                "terms_version": record.published.version,
                "credibility": measure.terms.credibility,
                "decided": counts.decided,
                "accepted": counts.accepted,
                "overturned": counts.overturned,
                "overturned_share": counts.overturned_share,
                "acceptance": measure.acceptance(counts),
                "by_claim": [_of_claim(claim, record) for claim in claims],
                "by_code": [_of_code(code, record) for code in codes],
                "gives": measure.terms.tiers.gives(record.tier),
                "in_use": record.in_use,
                "more_accepted": record.rise,
                "more_rejected": record.fall,
                "misuse": record.misuse,
                "warned_until": record.warned_until,
                "suspended_until": record.suspended_until,
                "sanctions": [
                    SanctionOut.of(sanction, effective=sanction.id != record.waits_for_effect)
                    for sanction in record.sanctions
                ],
            }
        )


def _of_claim(claim: Claim, record: Record) -> ClaimStandingOut:
    counts = added(one for one in record.found if one.claim is claim)
    return ClaimStandingOut(
        claim=claim,
        decided=counts.decided,
        accepted=counts.accepted,
        overturned=counts.overturned,
        acceptance=IntervalOut.model_validate(record.measure.acceptance(counts)),
    )


def _of_code(code: ReasonCode, record: Record) -> CodeOut:
    counts = added(one for one in record.found if one.code is code)
    share = record.measure.share(counts.decided, record.counts.decided)
    return CodeOut(
        code=code,
        decided=counts.decided,
        overturned=counts.overturned,
        share=IntervalOut.model_validate(share),
    )


class TermsOut(Output):
    """The published terms of standing."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    changed_at: datetime | None = Field(description="Null while they are the platform's own")
    terms: Terms


class WarningIn(Input):
    """A warning by the operator. Number and proportion are counted; gravity and intent are its judgement."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reason": "Reports of listings of an authorised dealer, again.", "gravity": "serious",
                 "intent": "careless"}
            ]
        }
    )  # fmt: skip

    reason: Reason
    gravity: Gravity
    intent: Intent = Intent.UNKNOWN


class SuspensionIn(Input):
    """A suspension by the operator of a reporter that was warned."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reason": "It went on after the warning of 2 November.", "gravity": "serious", "intent": "deliberate",
                 "days": 30}
            ]
        }
    )  # fmt: skip

    reason: Reason
    gravity: Gravity
    intent: Intent = Intent.UNKNOWN
    days: Annotated[Whole, Field(ge=1, le=366)] | None = Field(None, description="Without it, as the terms say")


class ReinstatementIn(Input):
    """Why a suspension ends before its time."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The agent behind the notices was replaced."}]}
    )

    reason: Reason
