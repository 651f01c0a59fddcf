"""Events of decisions, and of the enforcements asked of the marketplace."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from ..codes import ReasonCode, RightType, Verdict
from ..dates import Instant
from ..event import Event
from ..ids import AccountId, DecisionId, EnforcementId, JudgementId, TaskId
from ..things import CaptureReference, ClauseCitation, Listing, RightSnapshot, TaskItem


class DecisionMade(Event, name="marque.decision.made.v1", producer="review"):
    """A task was decided.

    Where several accounts reported the same listing under the same right, each is told by an event of its own that
    carries its items alone; the decision's id is the same in all of them.
    """

    decision_id: DecisionId
    account_id: AccountId
    task_id: TaskId
    round: int
    judgement_ids: list[JudgementId]
    verdict: Verdict
    code: ReasonCode
    clauses: list[ClauseCitation]
    public_reason: str | None = None
    items: list[TaskItem]
    listing: Listing
    captures: list[CaptureReference] = Field([], description="What the listing looked like, as far as it was known")
    right: RightSnapshot
    right_type: RightType
    enforcement_id: EnforcementId | None = None
    decided_at: datetime

    @property
    def subject_id(self) -> str:
        return self.decision_id

    @property
    def owner(self) -> AccountId:
        return self.account_id


class DecisionReversed(Event, name="marque.decision.reversed.v1", producer="review", planned=True):
    """A decision did not stand: a counter-notice, a complaint or a dispute led to the other verdict.

    As with the decision itself, each account that reported the listing is told by an event of its own.
    """

    decision_id: DecisionId
    account_id: AccountId
    verdict: Verdict
    code: ReasonCode
    items: list[TaskItem]
    reversed_at: datetime

    @property
    def subject_id(self) -> str:
        return self.decision_id

    @property
    def owner(self) -> AccountId:
        return self.account_id


OWNER_OF_ENFORCEMENTS = "/marque/review"
"""The source of the events whose word on an enforcement counts."""


class EnforcementAction(StrEnum):
    """An enforcement asked of the marketplace."""

    REMOVE_LISTING = "remove_listing"
    REMOVE_PART = "remove_part"


class EnforcementRequested(Event, name="marque.enforcement.requested.v1", producer="review"):
    """The marketplace is asked to act on a listing. The operator's own business."""

    enforcement_id: EnforcementId
    decision_id: DecisionId
    action: EnforcementAction
    listing: Listing
    code: ReasonCode
    markets: list[str]
    requested_at: datetime

    @property
    def subject_id(self) -> str:
        return self.enforcement_id


class EnforcementApplied(Event, name="marque.enforcement.applied.v1", producer=("review", "catalogue")):
    """The marketplace says that the action took effect.

    From outside it is the marketplace's word, as `POST /v1/enforcements/{id}/applied` is. Review takes in either, the
    first one counts, and tells of it with an event of its own (source `/marque/review`), which alone has an effect.
    """

    enforcement_id: EnforcementId
    decision_id: DecisionId
    applied_at: Instant

    @property
    def subject_id(self) -> str:
        return self.enforcement_id
