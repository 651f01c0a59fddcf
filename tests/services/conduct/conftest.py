"""The conduct service, and reporters whose items others decide."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.conduct.jobs import ticker
from services.conduct.subscribers import subscribers
from shared.contracts.codes import Claim, LegalBasis, ReasonCode, RightType, Verdict
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.events import DecisionMade, DecisionReversed
from shared.contracts.ids import AccountId, DecisionId, EventId, ItemId, ReportId, RightId, TaskId
from shared.contracts.things import Listing, Owner, RightSnapshot, TaskItem
from shared.runtime.clock import HeldClock, SystemClock
from shared.runtime.ids import new_id
from shared.runtime.subscribers import Received
from tests.conftest import StartService
from tests.running import Running

_IS_DUE = """
SELECT EXISTS (SELECT FROM reporters WHERE rate_at <= $1) OR EXISTS (SELECT FROM timers WHERE due_at <= $1)
    OR EXISTS (SELECT FROM standing_terms WHERE published_at IS NULL)
"""


class Conduct:
    """A running conduct service with a brand and the operator at hand."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.brand = running.as_("brand")
        self.other = running.as_("brand", "two")
        self.operator = running.as_("marketplace")

    async def hear(self, *events: Event) -> None:
        """Hear events as the consumer does when they come at once."""
        now = self.running.service.clock.now()
        batch = [Received(_sent(event), now) for event in events]
        async with self.running.database.transaction() as session:
            await subscribers.handle(session, batch)

    async def tick(self, *, days: float = 0) -> None:
        """Do what is due by now, or by then; some of it the service itself may be doing at this moment."""
        now = SystemClock().now() + timedelta(days=days, seconds=1)

        async def all_done() -> bool:
            for every in ticker.sweeps:
                every.next_at = None
            await ticker.tick(self.running.database, HeldClock(now))
            return not await self.value(_IS_DUE, now)

        await self.running.eventually(all_done)

    async def execute(self, statement: str, *values: Any) -> None:
        async with self.running.database.pool.acquire() as connection:
            await connection.execute(statement, *values)

    async def value(self, statement: str, *values: Any) -> Any:
        async with self.running.database.pool.acquire() as connection:
            return await connection.fetchval(statement, *values)


class Filed:
    """Items of one report, and the decision on them."""

    def __init__(self, account_id: AccountId, items: int, at: datetime) -> None:
        self.account_id = account_id
        self.decision_id = new_id(DecisionId)
        report_id = new_id(ReportId)
        self.items = [
            TaskItem(
                report_id=report_id, item_id=new_id(ItemId), account_id=account_id, claim=Claim.COUNTERFEIT,
                legal_basis=LegalBasis.DSA, explanation="as filed", submitted_at=at,
            )
            for _ in range(items)
        ]  # fmt: skip

    def decided(self, code: ReasonCode, at: datetime) -> DecisionMade:
        right = RightSnapshot(
            id=new_id(RightId), version=2, account_id=self.account_id, type=RightType.TRADEMARK, title="ACME",
            state="verified", owner=Owner(name="Acme"), territories=["EU"],
        )  # fmt: skip
        return DecisionMade(
            version=1, decision_id=self.decision_id, account_id=self.account_id, task_id=new_id(TaskId), round=1,
            judgement_ids=[], verdict=Verdict.ACCEPTED if code.accepts else Verdict.REJECTED, code=code, clauses=[],
            items=self.items, listing=Listing(marketplace="shop.example", listing_id="1", url="https://shop.example/1"),
            right=right, right_type=RightType.TRADEMARK, decided_at=at,
        )  # fmt: skip

    def reversed(self, verdict: Verdict, code: ReasonCode, at: datetime, version: int = 2) -> DecisionReversed:
        return DecisionReversed(
            version=version, decision_id=self.decision_id, account_id=self.account_id, verdict=verdict, code=code,
            items=self.items, reversed_at=at,
        )  # fmt: skip


class Filings:
    """A reporter's items: each call files some, and has them decided."""

    def __init__(self, conduct: Conduct, which: str = "one") -> None:
        self.conduct = conduct
        self.account_id = conduct.running.caller("brand", which).account_id
        self.client: httpx.AsyncClient = conduct.running.as_("brand", which)

    @property
    def now(self) -> datetime:
        now: datetime = self.conduct.running.service.clock.now()
        return now

    def filed(self, items: int) -> Filed:
        return Filed(self.account_id, items, self.now)

    async def decided(self, items: int, code: ReasonCode) -> Filed:
        """So many items, filed and decided alike."""
        filed = self.filed(items)
        await self.conduct.hear(filed.decided(code, self.now))
        return filed

    async def standing(self) -> dict[str, Any]:
        answer = await self.client.get("/v1/standing")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def _sent(event: Event) -> Envelope:
    return Envelope(
        id=new_id(EventId), source="/marque/review", type=event.name, time=SystemClock().now(),
        subject=event.subject_id, data=event,
    )  # fmt: skip


@pytest.fixture
async def conduct(start_service: StartService) -> Conduct:
    return Conduct(await start_service("conduct"))


@pytest.fixture
def filings(conduct: Conduct) -> Filings:
    return Filings(conduct)
