"""The subscriber of the relay's benchmark, as a process of its own, as every service is."""

import sys
from collections.abc import Sequence

import uvloop
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.events import EscalationWarned
from shared.runtime.clock import SystemClock
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.settings import RuntimeSettings
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Received, Subscribers

_EFFECT = text("INSERT INTO effects SELECT unnest(CAST(:ids AS text[]))")
subscribers = Subscribers()


@subscribers.on_many(EscalationWarned)
async def effect(session: AsyncSession, heard: Sequence[Received]) -> None:
    await (await session.connection()).execute(_EFFECT, {"ids": [received.envelope.id for received in heard]})


async def hear(url: str, settings: RuntimeSettings) -> None:
    """Take events in until this process is ended."""
    database = Database(url, service="bench_hearer", pool_size=10)
    await database.open()
    async with Broker(settings, name="hearer") as broker:
        await Consumer("hearer", subscribers, database, broker, settings=settings, clock=SystemClock()).run()


if __name__ == "__main__":
    uvloop.run(hear(sys.argv[1], RuntimeSettings()))
