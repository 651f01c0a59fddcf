"""Who takes part in what is shown through the gateway, each with a key."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

import aiohttp
import asyncpg
import nats

from cli.demo.vendor import Workbench, with_clauses
from deploy.local.api import Api
from shared.contracts.envelope import Envelope
from shared.contracts.events import ListingUpserted
from shared.contracts.ids import EventId
from shared.runtime.ids import new_id
from tests.live import LivePlatform
from tests.running import eventually
from tests.services.intake.conftest import OTHER_RIGHTS, TRADEMARK

SECONDS = 120
OWNER = {"name": "Whole GmbH", "country": "DE"}
_BRAND = ["rights:write", "reports:write", "decisions:read", "events:read", "escalations:read"]


@dataclass
class People:
    """A brand, the operator, the administrator and a reviewer."""

    brand: Api
    operator: Api
    admin: Api
    bench: Workbench
    platform: LivePlatform

    async def with_brand(self, name: str) -> Self:
        """The same people, but for a brand of which nothing is known yet."""
        account = await self.admin.post("/v1/accounts", {"kind": "brand", "name": name})
        client = await self.admin.post(f"/v1/accounts/{account['id']}/clients", {"name": "one", "scopes": _BRAND})
        return replace(self, brand=self.brand.with_key(client["key"]))

    async def right(self, kind: str = "trademark", *, verified: bool = True, **changes: Any) -> dict[str, Any]:
        """A right of an owner; each owner has registrations of its own, or the operator would have to decide first."""
        body = TRADEMARK if kind == "trademark" else OTHER_RIGHTS[kind]
        digits = f"{zlib.crc32(changes.get('owner', OWNER)['name'].encode()) % 1_000_000:06d}"
        numbers = {"trademark": f"018{digits}", "design": f"008{digits}-0001", "patent": f"EP3{digits}B1"}
        number = {"registration_number": numbers[kind]} if kind in numbers else {}
        right: dict[str, Any] = await self.brand.post("/v1/rights", {**body, "owner": OWNER, **number, **changes})
        if verified:
            right = await self.operator.post(f"/v1/rights/{right['id']}/verify")
        return right

    async def claimed(self, listing: str, queue: str = "trademark") -> dict[str, Any]:
        """The task of one listing, taken by a reviewer; others go back to where they wait once it is found.

        A queue is named in full, or by what it begins with.
        """
        exact = {"queue": queue} if "." in queue else {}
        body = {"reviewer": "reviewer", "max": 50, "lease_seconds": SECONDS, "wait_seconds": 2, **exact}
        found, others = None, list[dict[str, Any]]()
        async with asyncio.timeout(SECONDS):
            while found is None:
                tasks: list[dict[str, Any]] = with_clauses(await self.bench.api.post("/v1/tasks/claim", body))
                for task in tasks:
                    if task["listing"]["listing_id"] == listing and task["queue"].startswith(queue):
                        found = task
                    else:
                        others.append(task)
        for task in others:
            await self.released(task)
        return found

    async def released(self, task: dict[str, Any]) -> None:
        await self.bench.api.post(f"/v1/tasks/{task['id']}/release", {"lease_token": task["lease"]["token"]})

    async def judged(self, task: dict[str, Any], **answer: Any) -> Any:
        body = {"lease_token": task["lease"]["token"], "seconds_spent": 5, "clauses": [], **answer}
        return await self.bench.api.post(f"/v1/tasks/{task['id']}/judge", body)

    async def accepted(self, task: dict[str, Any]) -> Any:
        clause, code = next(
            (clause["code"], clause["accept_codes"][0]) for clause in task["clauses"] if clause["accept_codes"]
        )
        return await self.judged(task, outcome="accept", code=code, clauses=[clause])

    async def rejected(self, task: dict[str, Any], code: str) -> Any:
        clause = next(clause["code"] for clause in task["clauses"] if code in clause["reject_codes"])
        return await self.judged(task, outcome="reject", code=code, clauses=[clause])

    async def report_is(self, report: dict[str, Any], state: str) -> dict[str, Any]:
        async with asyncio.timeout(SECONDS):
            while True:
                found: dict[str, Any] = await self.brand.get(f"/v1/reports/{report['id']}")
                if found["state"] == state:
                    return found
                await asyncio.sleep(0.05)

    async def withdrawn(self) -> None:
        """Nothing that this brand has filed waits for anyone."""
        for report in await self.brand.each("/v1/reports"):
            if report["completed_at"] is None:
                await self.brand.post(f"/v1/reports/{report['id']}/withdraw")

        async def all_ended() -> bool:
            return all(report["completed_at"] for report in await self.brand.each("/v1/reports"))

        await eventually(all_ended)

    async def events(self) -> list[dict[str, Any]]:
        """What the brand was told so far."""
        found: list[dict[str, Any]] = await self.brand.each("/v1/events")
        return found

    async def told(self, kind: str, subject: str, *, to: Api | None = None) -> dict[str, Any]:
        """What an event of this kind says of a thing, once the brand is told, or whose interface is given."""

        async def arrived() -> dict[str, Any] | None:
            events = await (to or self.brand).each(f"/v1/events?types=marque.{kind}.v1")
            found = [event["data"] for event in events if event["subject"] == subject]
            return found[-1] if found else None

        found: dict[str, Any] = await eventually(arrived)
        return found

    async def suspected(self, signal: str, *words: str) -> dict[str, Any]:
        """The matter that came to the desk because of a pattern in which these words stand."""

        async def arrived() -> dict[str, Any] | None:
            for matter in await self.operator.each("/v1/escalations?kind=suspected_abuse"):
                if all(word in matter["reason"] for word in (signal, *words)):
                    return dict(matter)
            return None

        found: dict[str, Any] = await eventually(arrived)
        return found

    async def days_pass(self, report: dict[str, Any], timer: str, *, days: int = 0) -> None:
        """So many days have passed without an answer, and the time of a timer has come."""
        column = {"answer_reminder": "remind_at", "answer_due": "answer_due_at"}[timer]
        async with self._intake() as connection:
            await connection.execute(
                f"UPDATE report_items SET {column} = CASE WHEN {column} IS NOT NULL THEN now() END, "
                "paused_at = paused_at - $2::interval WHERE report_id = $1",
                report["id"], timedelta(days=days),
            )  # fmt: skip
            await connection.execute(
                "UPDATE timers SET due_at = now() WHERE subject = $1 AND kind = $2", report["id"], timer
            )

    async def later(self, noun: str, subject: str, *, days: int) -> None:
        """So many days have passed for a right or an authority, and its clocks strike what has come due."""
        table, ends = {"right": ("rights", "expires_on"), "authority": ("authorities", "valid_to")}[noun]
        async with self._intake() as connection, connection.transaction():
            await connection.execute(
                f"UPDATE {table} SET {ends} = {ends} - $2::int, reminded_of = reminded_of - $2::int WHERE id = $1",
                subject, days,
            )  # fmt: skip
            await connection.execute(
                "UPDATE timers SET due_at = due_at - $2::interval WHERE subject = $1", subject, timedelta(days=days)
            )

    async def listed(self, listing: str, at: datetime) -> None:
        """The marketplace tells, as its catalogue does, since when there has been a listing."""
        event = ListingUpserted(version=1, marketplace="shop.example", listing_id=listing, listed_at=at)
        envelope = Envelope(
            id=new_id(EventId), source="/catalogue", type=event.name, time=at, subject=event.subject_id, data=event
        )
        async with await nats.connect(self.platform.recorded["environment"]["MARQUE_NATS_URL"]) as connection:
            payload = envelope.model_dump_json().encode()
            await connection.jetstream().publish(event.name, payload, headers={"Nats-Msg-Id": envelope.id})

        async def heard() -> bool:
            async with self._intake() as connection:
                return bool(await connection.fetchval("SELECT 1 FROM known_listings WHERE listing_id = $1", listing))

        await eventually(heard)

    @asynccontextmanager
    async def _intake(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.platform.database_url("intake"))
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def people_of(platform: LivePlatform) -> AsyncIterator[People]:
    """The people of a platform, with the keys that it made when it started."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        brand = Api(platform.base_url, platform.keys["brand"], session)
        operator, admin, vendor = (brand.with_key(platform.keys[who]) for who in ("marketplace", "admin", "vendor"))
        yield People(brand, operator, admin, Workbench(vendor, "vendor"), platform)
