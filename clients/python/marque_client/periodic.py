"""Work that goes on beside the caller's, pauses, locks, files: each for threads, and for asyncio."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

Lock = threading.Lock
AsyncLock = asyncio.Lock
sleep = time.sleep
async_sleep = asyncio.sleep
read_file = Path.read_bytes


async def async_read_file(path: Path) -> bytes:
    return await asyncio.to_thread(path.read_bytes)


class Every:
    """Does something every so many seconds, in a thread, from `start` to `stop`."""

    def __init__(self, work: Callable[[], None], seconds: float) -> None:
        self._work, self._seconds = work, seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="marque-renewals", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Return once nothing of it runs any more."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self._work()


class AsyncEvery:
    """Does something every so many seconds, in a task, from `start` to `stop`."""

    def __init__(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        self._work, self._seconds = work, seconds
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Return once nothing of it runs any more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            await self._work()
