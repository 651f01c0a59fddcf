"""Word from the database that there is something new: it wakes senders and streams at once, in every process.

A notification of PostgreSQL comes with the commit it tells of. It can be missed while the connection is away, so
whoever waits also looks again by itself now and then.
"""

import asyncio
from typing import Any

import asyncpg

from shared.runtime.loops import forever

FEED_CHANNEL, DELIVERIES_CHANNEL = "notify_feed", "notify_deliveries"


class WakeSignal:
    """Wakes all who wait. Take `next` before looking and wait for it afterwards, and no signal is missed between."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        return self._event

    def notify(self) -> None:
        passed, self._event = self._event, asyncio.Event()
        passed.set()


class Wakeups:
    """One listening connection for the process."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self.feed = WakeSignal()
        self.deliveries = WakeSignal()

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
            for channel, signal in ((FEED_CHANNEL, self.feed), (DELIVERIES_CHANNEL, self.deliveries)):
                await connection.add_listener(channel, _notifier(signal))
                signal.notify()
            await gone.wait()
            raise ConnectionResetError("the listening connection was closed")
        finally:
            connection.terminate()


def _notifier(signal: WakeSignal) -> Any:
    return lambda *_: signal.notify()


async def first_of(*events: asyncio.Event, seconds: float) -> bool:
    """Wait until one of these is set, or the time is over; whether one was."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        for wait in waits:
            wait.cancel()
