"""Decisions on filed reports, as intake hears of them."""

from typing import Any

from services.intake.subscribers import subscribers
from shared.contracts.codes import ReasonCode, Verdict
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.events import DecisionReversed, TaskItemsWithdrawn
from shared.contracts.ids import EventId, ReportId
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from shared.runtime.subscribers import Received
from tests.services.intake.conftest import Intake, a_report
from tests.services.intake.news import Task


async def hear(intake: Intake, *events: Event) -> None:
    """Hear events as the consumer does when they come at once."""
    now = intake.running.service.clock.now()
    batch = [Received(_sent(event), now) for event in events]
    async with intake.running.database.transaction() as session:
        await subscribers.handle(session, batch)


async def leave_review(intake: Intake, report_id: str, *item_ids: str) -> None:
    """Hear that these items of a report have left review undecided; all of them where none is named."""
    async with intake.running.database.pool.acquire() as connection:
        rows = await connection.fetch("SELECT id, account_id FROM report_items WHERE report_id = $1", report_id)
    event = TaskItemsWithdrawn(
        version=2, report_id=ReportId(report_id), account_id=rows[0]["account_id"],
        item_ids=[row["id"] for row in rows if not item_ids or row["id"] in item_ids],
        withdrawn_at=intake.running.service.clock.now(),
    )  # fmt: skip
    await hear(intake, event)


def _sent(event: Event) -> Envelope:
    return Envelope(
        id=new_id(EventId), source="/marque/review", type=event.name, time=SystemClock().now(),
        subject=event.subject_id, data=event,
    )  # fmt: skip


class Filings:
    """A reporter's listings under one right: each call files some, and has them decided."""

    def __init__(self, intake: Intake, which: str = "one") -> None:
        self.intake = intake
        self.account_id = intake.running.caller("brand", which).account_id
        self.client = intake.running.as_("brand", which)
        self._right: dict[str, Any] | None = None
        self._listings = 0

    async def right_id(self) -> str:
        self._right = self._right or await self.intake.right(by=self.client)
        return str(self._right["id"])

    async def filed(self, items: int) -> dict[str, Any]:
        """One report of so many listings."""
        answer = await self.client.post("/v1/reports", json=await self.body(items))
        assert answer.status_code == 201, answer.text
        report: dict[str, Any] = answer.json()
        return report

    async def body(self, items: int = 1) -> dict[str, Any]:

        listings = [f"{self._listings + n}" for n in range(items)]
        self._listings += items
        return a_report(await self.right_id(), *listings)

    async def decided(self, items: int, code: ReasonCode) -> Task:
        """So many listings, filed and decided alike."""
        report = await self.filed(items)
        task = Task(*((report, item) for item in report["items"]), account_id=self.account_id)
        await hear(self.intake, self.decision(task, code))
        return task

    def decision(self, task: Task, code: ReasonCode) -> Event:
        verdict = Verdict.ACCEPTED if code.accepts else Verdict.REJECTED
        at = self.intake.running.service.clock.now()
        return task.decided(verdict).model_copy(update={"code": code, "decided_at": at})

    def reversal(self, task: Task, verdict: Verdict, code: ReasonCode, version: int = 2) -> DecisionReversed:
        return DecisionReversed(
            version=version, decision_id=task.decision_id, account_id=self.account_id, verdict=verdict, code=code,
            items=task.items, reversed_at=self.intake.running.service.clock.now(),
        )  # fmt: skip

    async def standing(self) -> dict[str, Any]:
        answer = await self.client.get("/v1/standing")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
