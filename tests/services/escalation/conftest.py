"""The escalation service with a clock that the test holds, and the events that other services would send."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest

from services.escalation.jobs import ticker
from services.escalation.subscribers import subscribers
from shared.contracts.codes import Outcome, ReasonCode, Severity, Verdict
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.events import (
    DecisionMade,
    ReportInformationProvided,
    ReportInformationRequested,
    ReportReopened,
    ReportSubmitted,
    ReportWithdrawn,
    TaskClaimed,
    TaskJudged,
)
from shared.contracts.ids import (
    AccountId,
    DecisionId,
    EventId,
    ItemId,
    JudgementId,
    ReportId,
    RightId,
    TaskId,
)
from shared.runtime import identity
from shared.runtime.clock import HeldClock
from shared.runtime.ids import new_id
from shared.runtime.subscribers import Received
from tests.running import Running

E = TypeVar("E", bound=Event)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class _Vouched(httpx.Auth):
    def __init__(self, sign: Callable[[], str]) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers[identity.HEADER] = self._sign()
        yield request


@dataclass
class Filed:
    """A report as its events speak of it."""

    account_id: AccountId
    items: int = 1
    claim: str = "copyright"
    right_type: str = "copyright"
    nice_classes: tuple[int, ...] = ()
    media_types: tuple[str, ...] = ("listing",)
    kind: str = "brand"
    trusted_flagger: bool = False
    tier: str = "new"
    reference: str | None = None
    at: datetime = MONDAY
    report_id: ReportId = field(default_factory=lambda: new_id(ReportId))
    task_id: TaskId = field(default_factory=lambda: new_id(TaskId))

    def __post_init__(self) -> None:
        self.item_ids = [new_id(ItemId) for _ in range(self.items)]

    @property
    def right(self) -> dict[str, Any]:
        return {
            "id": new_id(RightId), "version": 1, "account_id": self.account_id, "type": self.right_type,
            "title": "ACME", "state": "verified", "owner": {"name": "Acme"}, "territories": ["EU"],
            "nice_classes": list(self.nice_classes),
        }  # fmt: skip

    def listing(self, n: int) -> dict[str, Any]:
        media = self.media_types[n % len(self.media_types)]
        return {
            "marketplace": "shop",
            "listing_id": f"{n}",
            "url": f"https://shop.example/item/{n}",
            "media_type": media,
        }

    @property
    def task_items(self) -> list[dict[str, Any]]:
        return [
            {
                "report_id": self.report_id, "item_id": item_id, "account_id": self.account_id, "claim": self.claim,
                "legal_basis": "dsa", "explanation": "It is a copy.", "submitted_at": self.at,
            }
            for item_id in self.item_ids
        ]  # fmt: skip

    def submitted(self) -> ReportSubmitted:
        return _made(
            ReportSubmitted, version=1, report_id=self.report_id, account_id=self.account_id,
            reporter={"account_id": self.account_id, "kind": self.kind, "trusted_flagger": self.trusted_flagger},
            reporter_tier=self.tier,
            right=self.right, claim=self.claim, legal_basis="dsa", reference=self.reference, language="en",
            markets=["DE"], explanation="It is a copy of our work.", submitted_at=self.at,
            items=[{"item_id": item_id, "listing": self.listing(n)} for n, item_id in enumerate(self.item_ids)],
        )  # fmt: skip

    def claimed(self, at: datetime) -> TaskClaimed:
        return _made(
            TaskClaimed, version=2, task_id=self.task_id, round=1, items=self.task_items,
            account_id=new_id(AccountId), reviewer="r1", claimed_at=at,
        )  # fmt: skip

    def judged(self, outcome: Outcome = Outcome.ESCALATE, *, note: str | None = "Is this a parody?") -> TaskJudged:
        return _made(
            TaskJudged, version=3, task_id=self.task_id, round=1, items=self.task_items, outcome=outcome, note=note,
            judgement_id=new_id(JudgementId), account_id=new_id(AccountId), reviewer="r1", seconds_spent=9,
            severity=Severity.P1, right_type=self.right_type, judged_at=self.at,
        )  # fmt: skip

    def decided(self, at: datetime) -> DecisionMade:
        return _made(
            DecisionMade, version=1, decision_id=new_id(DecisionId), account_id=self.account_id, task_id=self.task_id,
            round=1, judgement_ids=[new_id(JudgementId)], verdict=Verdict.ACCEPTED, code=ReasonCode.A_COPYRIGHT_COPY,
            clauses=[], items=self.task_items, listing=self.listing(0), right=self.right, right_type=self.right_type,
            decided_at=at,
        )  # fmt: skip

    def withdrawn(self) -> ReportWithdrawn:
        return ReportWithdrawn(
            version=9, report_id=self.report_id, account_id=self.account_id, item_ids=self.item_ids, state="withdrawn"
        )

    def asked(self, version: int = 2) -> ReportInformationRequested:
        items = [{"item_id": item_id, "code": "N_COMPARISON"} for item_id in self.item_ids]
        return _made(
            ReportInformationRequested, version=version, report_id=self.report_id, account_id=self.account_id,
            items=items,
        )  # fmt: skip

    def answered(
        self, version: int = 3, *, kind: type[ReportInformationProvided | ReportReopened] = ReportInformationProvided
    ) -> ReportInformationProvided | ReportReopened:
        return kind(
            version=version, report_id=self.report_id, account_id=self.account_id, item_ids=self.item_ids,
            explanation="Here it is.",
        )  # fmt: skip


def _made(kind: type[E], **values: Any) -> E:
    return kind.model_validate(values)


@dataclass
class Desk:
    """The running service, with time in the test's hands."""

    running: Running
    clock: HeldClock

    def as_(self, kind: str, which: str = "one", **changes: Any) -> httpx.AsyncClient:
        caller = self.running.caller(kind, which, **changes)
        key = self.running.callers.key
        auth = _Vouched(lambda: identity.sign(caller, audience="escalation", key=key, clock=self.clock))
        return self.running._client(auth)

    @property
    def operator(self) -> httpx.AsyncClient:
        return self.as_("marketplace")

    def account(self, kind: str = "brand", which: str = "one") -> AccountId:
        return self.running.caller(kind, which).account_id

    def file(self, **values: Any) -> Filed:
        return Filed(**{"account_id": self.account(), "at": self.clock.now(), **values})

    async def hear(self, event: Event, *, at: datetime | None = None, event_id: EventId | None = None) -> None:
        """The event arrives now; it happened at another time where that is said."""
        envelope = Envelope(
            id=event_id or new_id(EventId), source="/marque/elsewhere", type=event.name, time=at or self.clock.now(),
            subject=event.subject_id, marqueaccount=event.owner, data=event,
        )  # fmt: skip
        async with self.running.database.transaction() as session:
            await subscribers.handle(session, [Received(envelope, self.clock.now())])

    async def pass_(self, by: timedelta) -> None:
        """Time passes, and what is due by then is done."""
        self.clock.move(by)
        await self.tick()

    async def tick(self) -> None:
        await ticker.tick(self.running.database, self.clock)

    async def clocks(self, filed: Filed) -> list[dict[str, Any]]:
        async with self.running.database.pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT * FROM item_clocks WHERE report_id = $1 ORDER BY item_id", filed.report_id
            )
        return [dict(row) for row in rows]

    async def clock_of(self, filed: Filed) -> dict[str, Any]:
        return (await self.clocks(filed))[0]

    async def matters(self, **filters: str) -> list[dict[str, Any]]:
        answer = await self.operator.get("/v1/escalations", params=filters)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def raised(self, client: httpx.AsyncClient | None = None, **body: Any) -> dict[str, Any]:
        answer = await (client or self.operator).post("/v1/escalations", json={"reason": "Look at this.", **body})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def recorded(self, kind: type[Any]) -> list[Any]:
        return await self.running.recorded(kind)


@pytest.fixture
async def desk(start_service: Callable[..., Awaitable[Running]]) -> Desk:
    clock = HeldClock(MONDAY)
    return Desk(await start_service("escalation", clock=clock), clock)
