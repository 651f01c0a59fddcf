"""Work that goes on as long as the process. A loop that dies of its first error is a service that only looks alive."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass

from prometheus_client import Counter

_log = logging.getLogger(__name__)
_errors = Counter("marque_loop_errors", "Errors that a background loop went on after", ["loop"])
_LONGEST_PAUSE = 5.0
_LONGEST_STEP = 300.0
_FAILING_SECONDS = 10.0
_CONNECTED_SECONDS = 6.0
"""A step that only waits has reached what it waits at, once it lasts longer than any attempt to connect (5 s)."""

_SECONDS_BETWEEN_TRACEBACKS = 30.0


@dataclass
class Loop:
    """State of one background loop, as readiness reads it. Times are those of `time.monotonic`."""

    name: str
    longest_step: float | None
    step_since: float | None = None
    failing_since: float | None = None
    error: str = ""

    def trouble(self) -> str | None:
        """Name what is wrong: a step that never ends, or one that fails every time."""
        now = time.monotonic()
        waits = self.longest_step is None and self.step_since is not None and now - self.step_since > _CONNECTED_SECONDS
        if waits:  # such a step ends with the next failure only, so that nothing else says that the last one is over
            return None
        if self.failing_since is not None and now - self.failing_since >= _FAILING_SECONDS:
            return f"{self.name} has failed for {now - self.failing_since:.0f} s: {self.error}"
        if self.longest_step is not None and self.step_since is not None and now - self.step_since > self.longest_step:
            return f"{self.name} has hung for {now - self.step_since:.0f} s"
        return None


class Loops:
    """The background loops of one service."""

    def __init__(self) -> None:
        self.all: list[Loop] = []

    async def trouble(self) -> str | None:
        """Name every loop that hangs or keeps failing; None where all work."""
        found = [trouble for loop in self.all if (trouble := loop.trouble())]
        return "; ".join(found) or None


loops_of_service: ContextVar[Loops | None] = ContextVar("loops_of_service", default=None)
"""Where `forever` registers: set by a service before it makes its tasks, which inherit it."""


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


async def forever(
    name: str,
    step: Callable[[], Awaitable[bool]],
    *,
    pause: Callable[[], Awaitable[object]],
    longest_pause: float = _LONGEST_PAUSE,
    longest_step: float | None = _LONGEST_STEP,
) -> None:
    """Do a step again and again. It pauses after an idle one (False); after an error it logs, waits and goes on.

    The pause after an error grows up to `longest_pause` seconds. A step that takes more than `longest_step` seconds
    counts as hung, and the service as not ready; None is for a step that only waits.
    """
    loop = Loop(name, longest_step)
    registered = loops_of_service.get()
    if registered is not None:
        registered.all.append(loop)
    try:
        await _repeat(loop, step, pause, longest_pause)
    finally:
        if registered is not None:
            registered.all.remove(loop)


async def _repeat(
    loop: Loop, step: Callable[[], Awaitable[bool]], pause: Callable[[], Awaitable[object]], longest_pause: float
) -> None:
    failures, logged = 0, 0.0
    while True:
        try:
            loop.step_since = time.monotonic()
            worked = await step()
            loop.step_since = loop.failing_since = None
            failures = 0
            if not worked:
                await pause()
        except (Exception, asyncio.CancelledError) as error:  # this is the place where every error ends
            if _is_cancelled():
                raise
            failures += 1
            loop.step_since = None
            loop.failing_since = loop.failing_since or time.monotonic()
            loop.error = type(error).__name__
            _errors.labels(loop.name).inc()
            if time.monotonic() - logged > _SECONDS_BETWEEN_TRACEBACKS or failures == 1:
                logged = time.monotonic()
                _log.exception("the %s loop failed and goes on", loop.name)
            await asyncio.sleep(min(0.05 * 2 ** min(failures, 10), longest_pause))


def _is_cancelled() -> bool:
    """Tell the end of this very task from the end of one it waited for, which must not end the loop."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
