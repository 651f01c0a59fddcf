"""From an outbox row to a subscriber's committed effect, with a broker that syncs every message to disk."""

import asyncio
import os
import statistics
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bench.ceilings.relay import relay_one_by_one
from bench.servers import Servers, servers
from shared.contracts.codes import Severity
from shared.contracts.events import EscalationWarned
from shared.contracts.ids import ItemId, ReportId
from shared.runtime import outbox
from shared.runtime.clock import SystemClock
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.relay import Relay
from shared.runtime.stream import Broker

EVENTS = 4000
ROUNDS = 5
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


async def _all_had_their_effect(hearer: Database) -> None:
    """Wait for them, and clear the effects away: counting them must not cost more from round to round."""
    async with hearer.pool.acquire() as connection:
        while await connection.fetchval("SELECT count(*) FROM effects") < EVENTS:  # noqa: ASYNC110 - another process's
            await asyncio.sleep(0.01)
        await connection.execute("TRUNCATE effects")


async def _rate(recorder: Database, hearer: Database, publish: Publish) -> float:
    await _record(recorder)
    began = time.perf_counter()
    publishing = asyncio.ensure_future(publish())
    await _all_had_their_effect(hearer)
    took = time.perf_counter() - began
    await publishing
    return EVENTS / took


@asynccontextmanager
async def _hearing(found: Servers) -> AsyncIterator[Process]:
    url = f"{found.postgres.url}/bench_hearer"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.hearing", url, env={**os.environ, **found.environment}
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def _measure(found: Servers) -> list[tuple[float, float]]:
    recorder, hearer = await found.database("bench_recorder"), await found.database("bench_hearer")
    async with hearer.direct() as connection:
        await connection.execute("CREATE TABLE effects (event_id text NOT NULL)")
    pairs = []
    async with Broker(found.settings, name="recorder") as broker, _hearing(found):
        relay = Relay(recorder, broker, settings=found.settings, clock=SystemClock())
        client = await broker.client()

        async def ours() -> None:
            while await relay.step():
                pass

        async def theirs() -> None:
            await relay_one_by_one(recorder.pool, client, EVENTS)

        await relay.step()
        for _ in range(ROUNDS + 1):
            one, other = await _rate(recorder, hearer, ours), await _rate(recorder, hearer, theirs)
            pairs.append((one, other))
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
