"""Work that goes on as long as the process. A loop that dies of its first error is a service that only looks alive."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from prometheus_client import Counter

_log = logging.getLogger(__name__)
_errors = Counter("marque_loop_errors", "Errors that a background loop went on after", ["loop"])
_LONGEST_PAUSE = 5.0


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel these and wait for their end. Again and again: a library may swallow the first cancellation."""
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=0.5)


class Pace:
    """Holds a loop to one batch in so many seconds: what comes meanwhile goes together.

    What comes after a silence is not held up. Under load each batch costs a transaction and a disk write whatever is in
    it, so that many small ones make everyone wait longer than a few gathered ones (bench/claimable.py).
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    async def keep(self) -> None:
        """Return at once, or when the last return is long enough ago."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next - loop.time()))
        self._next = loop.time() + self._seconds


async def forever(name: str, step: Callable[[], Awaitable[bool]], *, pause: Callable[[], Awaitable[object]]) -> None:
    """Do a step again and again. It pauses after an idle one (False); after an error it logs, waits and goes on."""
    failures = 0
    while True:
        try:
            worked = await step()
        except Exception:  # noqa: BLE001 - this is the place where every error ends
            failures += 1
            _errors.labels(name).inc()
            _log.exception("the %s loop failed and goes on", name)
            await asyncio.sleep(min(0.05 * 2**failures, _LONGEST_PAUSE))
        else:
            failures = 0
            if not worked:
                await pause()
