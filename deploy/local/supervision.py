"""Keeps a part of the platform running: when it dies, it is started again, with a growing pause."""

import asyncio
import signal
from collections.abc import Callable
from typing import Protocol

from deploy.local.errors import CannotStartError

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # one that ran this long starts again with the first pause

Say = Callable[[str], None]


class Part(Protocol):
    """Something the runner starts, watches and stops."""

    @property
    def name(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def wait(self) -> int: ...


async def keep_running(part: Part, say: Say, restarted: Callable[[], None], first_pause: float = FIRST_PAUSE) -> None:
    """Watch a part that was started, for ever; returns only by being cancelled. Calls `restarted` after each start."""
    clock = asyncio.get_running_loop().time
    pause = first_pause
    while True:
        started = clock()
        reason = ended(await part.wait())
        if clock() - started > STEADY_SECONDS:
            pause = first_pause
        while True:
            say(f"{part.name} {reason}; it is started again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                await part.start()
            except CannotStartError as error:
                reason = f"did not start: {error}"
            else:
                say(f"{part.name} was started again")
                restarted()
                break


def ended(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"
