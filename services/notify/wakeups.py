"""Word from the database that there is something new: it wakes senders and streams at once, in every process.

A notification of PostgreSQL comes with the commit it tells of. It can be missed while the connection is away, so
whoever waits also looks again by itself now and then.
"""

import asyncio
from typing import Any

import asyncpg

from services.notify.domain.deliveries import CHANNEL as DELIVERIES
from services.notify.domain.feed import CHANNEL as FEED
from shared.runtime.loops import forever


class Bell:
    """Wakes all who wait. Take `next` before looking and wait for it afterwards, and no ring is missed between."""

    def __init__(self) -> None:
        self._ring = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        return self._ring

    def ring(self) -> None:
        rung, self._ring = self._ring, asyncio.Event()
        rung.set()


class Wakeups:
    """One listening connection for the process."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self.feed = Bell()
        self.deliveries = Bell()

    async def run(self) -> None:
        """Listen until cancelled, again and again when the database goes away."""

        async def no_pause() -> None:
            """The listening itself waits."""

        await forever("wakeups", self._listen, pause=no_pause, longest_step=None)

    async def _listen(self) -> bool:
        connection = await asyncpg.connect(self._url, timeout=5)
        gone = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: gone.set())
            for channel, bell in ((FEED, self.feed), (DELIVERIES, self.deliveries)):
                await connection.add_listener(channel, _ringer(bell))
                bell.ring()
            await gone.wait()
            raise ConnectionResetError("the listening connection was closed")
        finally:
            connection.terminate()


def _ringer(bell: Bell) -> Any:
    return lambda *_: bell.ring()


async def first_of(*events: asyncio.Event, seconds: float) -> bool:
    """Wait until one of these is set, or the time is over; whether one was."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        for wait in waits:
            wait.cancel()
