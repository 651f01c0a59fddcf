"""Events about report items, as review, escalation and the marketplace tell them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.codes import Claim, LegalBasis, Outcome, ReasonCode, RightType, Severity, Verdict
from shared.contracts.events import (
    DecisionMade,
    EnforcementApplied,
    ReportTriaged,
    TaskClaimed,
    TaskCreated,
    TaskJudged,
    TaskRerouted,
)
from shared.contracts.events.reports import TriagedItem
from shared.contracts.ids import AccountId, DecisionId, EnforcementId, ItemId, JudgementId, ReportId, RightId, TaskId
from shared.contracts.things import Listing, Owner, RightSnapshot, TaskItem
from shared.runtime.ids import new_id

NOW = datetime.now(UTC)


class Task:
    """A task on which items of reports hang, and what is told of it."""

    def __init__(self, *items: tuple[dict[str, Any], dict[str, Any]], account_id: str) -> None:
        """Each item is a report as answered, and one of its items."""
        self.id = new_id(TaskId)
        self.decision_id = new_id(DecisionId)
        self.account_id = AccountId(account_id)
        self.items = [
            TaskItem(
                report_id=ReportId(report["id"]), item_id=ItemId(item["id"]), account_id=self.account_id,
                claim=Claim.COUNTERFEIT, legal_basis=LegalBasis.DSA, explanation="as filed", submitted_at=NOW,
            )
            for report, item in items
        ]  # fmt: skip
        self.listing = Listing(marketplace="shop.example", listing_id="1", url="https://shop.example/item/1")

    def created(self, version: int = 2) -> TaskCreated:
        return TaskCreated(
            version=version, task_id=self.id, round=1, items=self.items, queue="trademark.en.p2",
            right_id=new_id(RightId), right_type=RightType.TRADEMARK, severity=Severity.P2,
            listing=self.listing, due_at=NOW, created_at=NOW,
        )  # fmt: skip

    def claimed(self, version: int = 3) -> TaskClaimed:
        return TaskClaimed(
            version=version, task_id=self.id, round=1, items=self.items, account_id=new_id(AccountId), reviewer="r",
            claimed_at=NOW,
        )  # fmt: skip

    def rerouted(self, right_type: RightType, version: int = 6) -> TaskRerouted:
        return TaskRerouted(
            version=version, task_id=self.id, round=2, items=self.items, from_right_type=RightType.TRADEMARK,
            right_type=right_type, queue=f"{right_type.value}.en.p2",
        )  # fmt: skip

    def judged(self, outcome: Outcome, code: ReasonCode | None = None, version: int = 4) -> TaskJudged:
        return TaskJudged(
            version=version, task_id=self.id, round=1, items=self.items, judgement_id=new_id(JudgementId),
            account_id=new_id(AccountId), reviewer="r", outcome=outcome, code=code, note="Which seam?", seconds_spent=5,
            severity=Severity.P2, right_type=RightType.TRADEMARK, judged_at=NOW,
        )  # fmt: skip

    def decided(self, verdict: Verdict = Verdict.ACCEPTED) -> DecisionMade:
        code = ReasonCode.A_COUNTERFEIT if verdict is Verdict.ACCEPTED else ReasonCode.R_NOMINATIVE_USE
        right = RightSnapshot(
            id=new_id(RightId), version=2, account_id=self.account_id, type=RightType.TRADEMARK, title="ACME",
            state="verified", owner=Owner(name="Acme"), territories=["EU"],
        )  # fmt: skip
        return DecisionMade(
            version=1, decision_id=self.decision_id, account_id=self.account_id, task_id=self.id, round=1,
            judgement_ids=[], verdict=verdict, code=code, clauses=[], items=self.items, listing=self.listing,
            right=right, right_type=RightType.TRADEMARK, decided_at=NOW + timedelta(hours=3),
        )  # fmt: skip

    def applied(self) -> EnforcementApplied:
        return EnforcementApplied(
            version=1, enforcement_id=new_id(EnforcementId), decision_id=self.decision_id, applied_at=NOW
        )


def triaged(
    report: dict[str, Any], account_id: str, severity: Severity, due_at: datetime, version: int = 1
) -> ReportTriaged:
    """The severity rules were applied."""
    items = [
        TriagedItem(item_id=ItemId(item["id"]), severity=severity, acknowledge_due_at=due_at, decide_due_at=due_at)
        for item in report["items"]
    ]
    return ReportTriaged(
        version=version, report_id=ReportId(report["id"]), account_id=AccountId(account_id), items=items
    )
