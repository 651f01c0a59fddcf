"""All services at once, and the acts that people and clocks do to one report item, its task or its lease."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx

from cli.check.__main__ import judge as judged_by_checker
from cli.check.events import wait_until_quiet
from cli.check.evidence import Asked
from cli.check.platform import platform_at
from shared.contracts.codes import AccountKind
from shared.contracts.events import AccountChanged, AccountState, EnforcementApplied
from shared.runtime.reading_events import identify
from tests.running import Running, eventually
from tests.services.intake.conftest import TRADEMARK, a_report
from tests.services.review.making import ACCEPT, ASK, ESCALATE, REROUTE

SECONDS = 90.0


@dataclass
class World:
    """The running services, a brand with a right, and another brand with the same registration."""

    intake: Running
    review: Running
    escalation: Running
    notify: Running
    server: str
    rights: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    async def prepare(self) -> None:
        for which in ("one", "two"):
            made = await self.intake.as_("brand", which).post("/v1/rights", json=TRADEMARK)
            assert made.status_code == 201, made.text
            self.rights[which] = made.json()["id"]
            operator = self.intake.as_("marketplace")
            assert (await operator.post(f"/v1/rights/{self.rights[which]}/verify")).status_code == 200

    async def quiet(self) -> None:
        """Wait until every event is heard by all."""
        assert await wait_until_quiet(platform_at(self.server), SECONDS, lambda _: None)

    async def contradictions(self) -> list[str]:
        """What the checker finds wrong."""
        findings = await judged_by_checker(platform_at(self.server), Asked(quiet=True))
        return [f"{one.number}: {offence.row} {offence.why}" for one in findings for offence in one.offences]

    async def file(self, which: str, listing: str) -> dict[str, Any]:
        answer = await self.intake.as_("brand", which).post("/v1/reports", json=a_report(self.rights[which], listing))
        assert answer.status_code == 201, answer.text
        report: dict[str, Any] = answer.json()
        return report

    async def fetchval(self, service: Running, query: str, *values: Any) -> Any:
        async with service.database.pool.acquire() as connection:
            return await connection.fetchval(query, *values)


@dataclass
class Case:
    """One item of one report on its way, in a state from which two acts can be done to it."""

    world: World
    number: int
    listing: str
    report: dict[str, Any]
    task: dict[str, Any] = field(default_factory=dict)
    joined: dict[str, Any] | None = None
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def brand(self) -> httpx.AsyncClient:
        return self.world.intake.as_("brand")

    @property
    def vendor(self) -> httpx.AsyncClient:
        return self.world.review.as_("vendor", f"v{self.number}")

    async def item(self, report: dict[str, Any] | None = None, which: str = "one") -> dict[str, Any]:
        found = (report or self.report)["id"]
        answer = await self.world.intake.as_("brand", which).get(f"/v1/reports/{found}")
        item: dict[str, Any] = answer.json()["items"][0]
        return item

    async def reaches(self, state: str) -> None:
        async def there() -> bool:
            return bool((await self.item())["state"] == state)

        await eventually(there, seconds=SECONDS)

    async def claimed(self) -> None:
        """Its task is held by a vendor of its own. What else waits is given back."""

        async def found() -> bool:
            body = {"reviewer": "r", "max": 50, "lease_seconds": 3600}
            for task in (await self.vendor.post("/v1/tasks/claim", json=body)).json()["tasks"]:
                if task["listing"]["listing_id"] == self.listing:
                    self.task = task
                else:
                    token = {"lease_token": task["lease"]["token"]}
                    await self.vendor.post(f"/v1/tasks/{task['id']}/release", json=token)
            return bool(self.task)

        await eventually(found, seconds=SECONDS)

    async def _judge(self, answer: dict[str, Any]) -> httpx.Response:
        body = {"lease_token": self.task["lease"]["token"], **answer}
        return await self.vendor.post(f"/v1/tasks/{self.task['id']}/judge", json=body)

    async def question(self) -> str | None:
        """The desk's open question about the task."""
        query = "SELECT id FROM escalations WHERE task_id = $1 AND kind = 'reviewer_question'"
        found: str | None = await self.world.fetchval(self.world.escalation, query, self.task["id"])
        return found

    # The acts.

    async def withdraw(self) -> httpx.Response:
        return await self.brand.post(f"/v1/reports/{self.report['id']}/withdraw", json={})

    async def judge(self) -> httpx.Response:
        return await self._judge(ACCEPT)

    async def ask(self) -> httpx.Response:
        return await self._judge(ASK)

    async def escalate(self) -> httpx.Response:
        return await self._judge(ESCALATE)

    async def reroute(self) -> httpx.Response:
        return await self._judge(REROUTE)

    async def answer(self) -> httpx.Response:
        path = f"/v1/reports/{self.report['id']}/information"
        return await self.brand.post(path, json={"explanation": "The seam is glued."})

    async def reopen(self) -> httpx.Response:
        path = f"/v1/reports/{self.report['id']}/reopen"
        return await self.brand.post(path, json={"explanation": "The seam is glued."})

    async def close(self) -> None:
        """The time to answer is over."""
        intake = self.world.intake.database
        async with intake.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE report_items SET answer_due_at = now() WHERE report_id = $1 AND answer_due_at IS NOT NULL",
                self.report["id"],
            )
            await connection.execute(
                "UPDATE timers SET due_at = now() WHERE kind = 'answer_due' AND subject = $1", self.report["id"]
            )

        async def struck() -> bool:
            query = "SELECT count(*) FROM timers WHERE kind = 'answer_due' AND subject = $1 AND due_at <= now()"
            return bool(await self.world.fetchval(self.world.intake, query, self.report["id"]) == 0)

        await eventually(struck, seconds=SECONDS)

    async def resolve(self) -> httpx.Response:
        """The desk answers the reviewer's question."""
        body = {"reason": "Looked at.", "answer": "It is ours.", "resolved_by": "lead"}
        operator = self.world.escalation.as_("marketplace")
        return await operator.post(f"/v1/escalations/{await self.question()}/resolve", json=body)

    async def expire(self) -> None:
        """The lease's time is over."""
        async with self.world.review.database.pool.acquire() as connection:
            await connection.execute("UPDATE holds SET expires_at = now() WHERE task_id = $1", self.task["id"])

        async def swept() -> bool:
            query = "SELECT count(*) FROM holds WHERE task_id = $1"
            return bool(await self.world.fetchval(self.world.review, query, self.task["id"]) == 0)

        await eventually(swept, seconds=SECONDS)

    async def breaks(self) -> httpx.Response:
        operator = self.world.review.as_("marketplace")
        return await operator.post(f"/v1/leases/{self.task['id']}/break", json={"reason": "Gone home."})

    async def shut(self) -> None:
        """The vendor's account is closed."""
        account = self.world.review.caller("vendor", f"v{self.number}").account_id
        event = AccountChanged(
            version=2, account_id=account, kind=AccountKind.VENDOR, state=AccountState.CLOSED,
            changed_at=datetime.now(UTC),
        )  # fmt: skip
        await self.world.review.publish(event, source="/marque/gateway")

        async def heard() -> bool:
            query = "SELECT count(*) FROM account_standings WHERE account_id = $1"
            return bool(await self.world.fetchval(self.world.review, query, account))

        await eventually(heard, seconds=SECONDS)

    async def join(self) -> None:
        """Another brand reports the same listing under the same registration."""
        self.joined = await self.world.file("two", self.listing)

    async def _enforcement(self) -> Any:
        query = (
            "SELECT e.id || ' ' || e.decision_id FROM enforcements e JOIN decisions d ON d.id = e.decision_id "
            "WHERE d.task_id = $1"
        )
        return (await self.world.fetchval(self.world.review, query, self.task["id"])).split()

    async def apply(self) -> httpx.Response:
        enforcement, _ = await self._enforcement()
        operator = self.world.review.as_("marketplace")
        body = {"applied_at": "2026-11-20T10:00:00Z"}
        return await operator.post(f"/v1/enforcements/{enforcement}/applied", json=body)

    async def apply_by_event(self) -> None:
        """The marketplace says by an event of its own that it has acted."""
        enforcement, decision = await self._enforcement()
        at = datetime(2026, 11, 20, 11, tzinfo=UTC)
        event = EnforcementApplied(version=1, enforcement_id=enforcement, decision_id=decision, applied_at=at)
        sent = await self.world.review.publish(event, source="/catalogue")
        known = identify({"id": sent.id, "source": "/catalogue"})
        assert known is not None

        async def heard() -> bool:
            for service in (self.world.intake, self.world.review, self.world.notify):
                query = "SELECT count(*) FROM inbox WHERE event_id = $1"
                if not await self.world.fetchval(service, query, known.event_id):
                    return False
            return True

        await eventually(heard, seconds=SECONDS)


Act = Callable[[Case], Awaitable[Any]]


async def cases(world: World, prior: str, number: int) -> list[Case]:
    """So many items in a state: `leased`, `asked`, `closed`, `escalated` or `decided`."""
    found = []
    for _ in range(number):
        n = next(world.numbers)
        found.append(Case(world, n, f"act-{n}", await world.file("one", f"act-{n}")))
    for case in found:
        await case.claimed()
    await asyncio.gather(*(_bring(case, prior) for case in found))
    return found


async def _bring(case: Case, prior: str) -> None:
    if prior in ("asked", "closed"):
        assert (await case.ask()).status_code == 200
        await case.reaches("needs_information")
    if prior == "closed":
        await case.close()
        await case.reaches("closed")
    if prior == "escalated":
        assert (await case.escalate()).status_code == 200
        await eventually(case.question, seconds=SECONDS)
    if prior == "decided":
        assert (await case.judge()).status_code == 200
        await case.reaches("accepted")


async def both_orders_and_at_once(
    world: World, first: Act, second: Act, in_order: Case, reversed_: Case, at_once: Sequence[Case]
) -> None:
    """Do two acts to items: one after the other, the other way round, and at the same moment."""
    await asyncio.gather(first(in_order), second(reversed_))
    await world.quiet()
    together = [_together(case, act) for case in at_once for act in (first, second)]
    await asyncio.gather(second(in_order), first(reversed_), *together)
    await world.quiet()


async def _together(case: Case, act: Act) -> None:
    await asyncio.sleep(0)
    await act(case)
