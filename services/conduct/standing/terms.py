"""The published terms of standing: what each tier needs and gives, and when misuse is warned of. The operator's data.

The values here are those that a new platform starts with.
"""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, StrictFloat, model_validator
from pydantic_core import PydanticCustomError

from shared.contracts.codes import ReasonCode, ReporterTier
from shared.runtime.inputs import Flag, Input, Prose, Whole

Share = Annotated[StrictFloat, Field(ge=0, le=1)]
MOST_DAYS = 366
"""Counts are kept by day for as long as a window can reach back."""

_Limit = Annotated[Whole, Field(ge=1, le=10_000_000)]
_Days = Annotated[Whole, Field(ge=1, le=MOST_DAYS)]
_Count = Annotated[Whole, Field(ge=1, le=1_000_000)]


class Gives(Input):
    """Grants of a tier. A limit of null is no limit."""

    max_open_items: _Limit | None = Field(None, description="Items that may wait for their outcome at once")
    max_filings_a_day: _Limit | None = Field(None, description="Reports in one day (UTC)")
    express_removal: Flag = Field(
        default=False, description="Whether listings may be removed at once, and audited afterwards"
    )
    priority: Annotated[Prose, Field(max_length=500)] = Field(
        "", description="What is published of how soon its reports are taken up; the severity rules bring it about"
    )


class Plain(Input):
    """A tier that needs no counts."""

    gives: Gives = Gives()


class Standard(Input):
    """From so many decided items on, a reporter is no longer new."""

    least_decided: _Count = 20
    gives: Gives = Gives()


class Earned(Input):
    """A tier that good notices earn."""

    least_acceptance: Share = Field(description="The low end of the credible acceptance must reach this")
    most_overturned: Share = Field(0.05, description="Of accepted items, the share that a seller had reversed")
    gives: Gives = Gives()


class Restricted(Input):
    """The tier of reporters whose notices mostly fail."""

    most_acceptance: Share = Field(0.5, description="The high end of the credible acceptance stays below this")
    gives: Gives = Gives(max_open_items=500, max_filings_a_day=20)


class Tiers(Input):
    """Requirements and grants of each tier."""

    new: Plain = Plain()
    standard: Standard = Standard()
    trusted: Earned = Earned(
        least_acceptance=0.9, gives=Gives(priority="Reports are P2 at least: decided within a day.")
    )
    express: Earned = Earned(
        least_acceptance=0.99,
        gives=Gives(express_removal=True, priority="Reports are P1 at least: decided within eight hours."),
    )
    restricted: Restricted = Restricted()

    def gives(self, tier: ReporterTier) -> Gives:
        """Return the grants of a tier; a suspended reporter cannot file, whatever its limits."""
        return Gives() if tier is ReporterTier.SUSPENDED else getattr(self, tier.value).gives


class MisuseTerms(Input):
    """When misuse is warned of and what follows (DSA Art. 23(2) and (4)).

    A warning is given by itself where both the number and the proportion of unfounded items in the window are reached.
    A suspension takes a warning in force; the operator decides on it, unless `suspends_by_rule`.
    """

    codes: Annotated[list[ReasonCode], Field(min_length=1, max_length=20)] = [
        ReasonCode.R_MANIFESTLY_UNFOUNDED, ReasonCode.R_FRAUDULENT_EVIDENCE, ReasonCode.R_IMPERSONATION,
    ]  # fmt: skip
    grave_codes: Annotated[list[ReasonCode], Field(max_length=20)] = Field(
        [ReasonCode.R_FRAUDULENT_EVIDENCE, ReasonCode.R_IMPERSONATION],
        description="Of these codes, those that are grave, and that nobody meets without intent",
    )
    warns_from: _Count = 5
    warns_from_share: Share = 0.1
    warning_days: _Days = 183
    suspends_by_rule: Flag = False
    suspends_from: _Count = Field(5, description="Unfounded items that were filed after the warning")
    suspension_days: _Days = 30
    longest_suspension_days: _Days = 183

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if not all(code.rejects for code in self.codes):
            raise PydanticCustomError("code_does_not_reject", "Only codes that reject (R_) can stand for misuse")
        if not set(self.grave_codes) <= set(self.codes):
            raise PydanticCustomError("code_not_misuse", "Every grave code must be among the codes")
        if self.suspension_days > self.longest_suspension_days:
            raise PydanticCustomError("suspension_too_long", "No suspension is longer than the longest")
        return self


class Terms(Input):
    """All of it."""

    model_config = ConfigDict(json_schema_extra={"examples": []})

    window_days: _Days = Field(92, description="Only items decided in these last days count; three months by default")
    credibility: Annotated[StrictFloat, Field(ge=0.5, le=0.999)] = Field(
        0.9, description="Chance that the true share is inside a credible interval"
    )
    tiers: Tiers = Tiers()
    misuse: MisuseTerms = MisuseTerms()

    @model_validator(mode="after")
    def _rises(self) -> Self:
        tiers = self.tiers
        if tiers.express.least_acceptance < tiers.trusted.least_acceptance:
            raise PydanticCustomError(
                "tiers_out_of_order", "Express must need at least the acceptance that trusted needs"
            )
        if tiers.restricted.most_acceptance > tiers.trusted.least_acceptance:
            raise PydanticCustomError("tiers_overlap", "What restricts must be below what makes a reporter trusted")
        return self


FIRST = Terms()
_EXAMPLE: dict[str, JsonValue] = FIRST.model_dump(mode="json")
Terms.model_config["json_schema_extra"] = {"examples": [_EXAMPLE]}
