"""From an outbox row to a subscriber's committed effect, with a broker that syncs every message to disk."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.ceilings.relay import relay_one_by_one
from bench.servers import Servers, servers
from shared.contracts.codes import Severity
from shared.contracts.events import EscalationWarned
from shared.contracts.ids import ItemId, ReportId
from shared.runtime import outbox
from shared.runtime.clock import SystemClock
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.loops import end
from shared.runtime.relay import Relay
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Received, Subscribers

EVENTS = 4000
ROUNDS = 5
_EFFECT = text("INSERT INTO effects SELECT unnest(CAST(:ids AS text[]))")
Publish = Callable[[], Awaitable[None]]


async def _record(database: Database) -> None:
    now = datetime.now(UTC)
    events = [
        EscalationWarned(
            version=1, report_id=new_id(ReportId), item_id=new_id(ItemId), severity=Severity.P2, percent=50, due_at=now
        )
        for _ in range(EVENTS)
    ]
    async with database.direct() as connection:
        await outbox.append(connection, events, source=database.source, now=now)


async def _effects(hearer: Database, wanted: int) -> None:
    while True:
        async with hearer.pool.acquire() as connection:
            if await connection.fetchval("SELECT count(*) FROM effects") >= wanted:
                return
        await asyncio.sleep(0.01)


async def _rate(recorder: Database, hearer: Database, publish: Publish, before: int) -> float:
    await _record(recorder)
    began = time.perf_counter()
    publishing = asyncio.ensure_future(publish())
    await _effects(hearer, before + EVENTS)
    took = time.perf_counter() - began
    await publishing
    return EVENTS / took


async def _measure(found: Servers) -> list[tuple[float, float]]:
    recorder, hearer = await found.database("bench_recorder"), await found.database("bench_hearer")
    async with hearer.direct() as connection:
        await connection.execute("CREATE TABLE effects (event_id text NOT NULL)")
    subscribers = Subscribers()

    @subscribers.on_many(EscalationWarned)
    async def effect(session: AsyncSession, heard: Sequence[Received]) -> None:
        await (await session.connection()).execute(_EFFECT, {"ids": [received.envelope.id for received in heard]})

    clock = SystemClock()
    pairs = []
    async with Broker(found.settings, name="recorder") as broker, Broker(found.settings, name="hearer") as second:
        relay = Relay(recorder, broker, settings=found.settings, clock=clock)
        consumer = Consumer("hearer", subscribers, hearer, second, settings=found.settings, clock=clock)
        task = asyncio.create_task(consumer.run())
        client = await broker.client()

        async def ours() -> None:
            while await relay.step():
                pass

        async def theirs() -> None:
            await relay_one_by_one(recorder.pool, client, EVENTS)

        await relay.step()
        for number in range(ROUNDS + 1):
            one = await _rate(recorder, hearer, ours, 2 * number * EVENTS)
            other = await _rate(recorder, hearer, theirs, (2 * number + 1) * EVENTS)
            pairs.append((one, other))
        await end([task])
    await recorder.close()
    await hearer.close()
    return pairs[1:]


async def run() -> list[dict[str, Any]]:
    """The rows of the table: events per second, ours and one publish at a time."""
    async with servers() as found:
        pairs = await _measure(found)
    return [
        {
            "path": "outbox row to committed effect, events/s (fsync always)",
            "ours": statistics.median(one for one, _ in pairs),
            "peer": statistics.median(other for _, other in pairs),
            "ratio": statistics.median(one / other for one, other in pairs),
            "goal": ">= 4.00",
        }
    ]
