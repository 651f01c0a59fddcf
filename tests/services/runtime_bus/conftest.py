"""Two services on the runtime alone: one that records, one that counts what it hears."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy.local.nats import NatsServer
from shared.contracts.codes import Severity
from shared.contracts.events import EscalationWarned
from shared.contracts.ids import ItemId, ReportId
from shared.runtime.clock import SystemClock
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.loops import end
from shared.runtime.migrate import migrate_url
from shared.runtime.outbox import record
from shared.runtime.relay import Relay
from shared.runtime.settings import RuntimeSettings
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Received, Subscribers
from tests.conftest import Servers

EFFECTS = "CREATE TABLE effects (event_id text NOT NULL, number int NOT NULL)"


def warned(number: int) -> EscalationWarned:
    return EscalationWarned(
        version=1,
        report_id=new_id(ReportId),
        item_id=new_id(ItemId),
        severity=Severity.P2,
        percent=number,
        due_at=datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
    )


@dataclass
class Bus:
    """A recording service and a hearing one, each with its database, on one broker."""

    nats: NatsServer
    settings: RuntimeSettings
    recorder: Database
    hearer: Database
    subscribers: Subscribers = field(default_factory=Subscribers)
    clock: Any = field(default_factory=SystemClock)

    async def record(self, *numbers: int) -> None:
        async with self.recorder.transaction() as session:
            for number in numbers:
                record(session, warned(number), now=self.clock.now())

    async def effects(self) -> list[int]:
        async with self.hearer.pool.acquire() as connection:
            return [row["number"] for row in await connection.fetch("SELECT number FROM effects ORDER BY number")]

    async def unpublished(self) -> int:
        async with self.recorder.pool.acquire() as connection:
            count: int = await connection.fetchval("SELECT count(*) FROM outbox WHERE stream_seq IS NULL")
            return count

    @asynccontextmanager
    async def relaying(self, *, replicas: int = 1) -> AsyncIterator[None]:
        async with Broker(self.settings, name="recorder") as broker:
            relays = [Relay(self.recorder, broker, settings=self.settings, clock=self.clock) for _ in range(replicas)]
            tasks = [asyncio_task(relay.run()) for relay in relays]
            try:
                yield
            finally:
                await end(tasks)

    @asynccontextmanager
    async def hearing(self, *, replicas: int = 1, subscribers: Subscribers | None = None) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            tasks = []
            for _ in range(replicas):
                broker = await stack.enter_async_context(Broker(self.settings, name="hearer"))
                consumer = Consumer(
                    "hearer",
                    subscribers or self.subscribers,
                    self.hearer,
                    broker,
                    settings=self.settings,
                    clock=self.clock,
                )
                tasks.append(asyncio_task(consumer.run()))
            try:
                yield
            finally:
                await end(tasks)


def asyncio_task(coroutine: Any) -> Any:
    import asyncio

    return asyncio.create_task(coroutine)


async def count_effect(session: AsyncSession, event: EscalationWarned, received: Received) -> None:
    connection = await session.connection()
    values = {"id": received.envelope.id, "number": event.percent}
    await connection.execute(text("INSERT INTO effects VALUES (:id, :number)"), values)


@pytest.fixture
async def bus(servers: Servers, tmp_path: Any, migrated: Callable[[str], Awaitable[str]]) -> AsyncIterator[Bus]:
    """A broker of its own, that a test may kill, and two empty databases."""
    admin = await asyncpg.connect(servers.database_url + "/postgres")
    urls = {}
    for name in ("bus_recorder", "bus_hearer"):
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}")
        urls[name] = f"{servers.database_url}/{name}"
        await migrate_url("nothing", urls[name])
    nats = NatsServer(tmp_path / "nats")
    await nats.start()
    settings = RuntimeSettings(
        database_url=servers.database_url,
        nats_url=nats.url,
        identity_jwks=servers.folder / "identity.jwks.json",
        consumer_pause=0.02,
        consumer_tries=3,
    )
    recorder, hearer = (
        Database(urls["bus_recorder"], service="recorder"),
        Database(urls["bus_hearer"], service="hearer"),
    )
    await recorder.open()
    await hearer.open()
    async with hearer.direct() as connection:
        await connection.execute(EFFECTS)
    bus = Bus(nats, settings, recorder, hearer)
    bus.subscribers.on(EscalationWarned)(count_effect)
    try:
        yield bus
    finally:
        await recorder.close()
        await hearer.close()
        await nats.stop()
        for name in urls:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
