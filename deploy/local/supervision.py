"""Keeps a part of the platform running: when it dies, it is started again, with a growing pause."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from deploy.local import private
from deploy.local.errors import CannotStartError, DiskFullError

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LONGEST_PAUSE_WHEN_FULL = 4.0
ROOM_PAUSE = 0.5
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
            except DiskFullError as error:
                say(f"{part.name} did not start: {error}; it starts by itself once there is room")
                await room_on_the_disk_of(error.path)
                reason = "has room on its disk"
                pause = min(pause, LONGEST_PAUSE_WHEN_FULL)
            except CannotStartError as error:
                reason = f"did not start: {error}"
            else:
                say(f"{part.name} was started again")
                restarted()
                break


async def room_on_the_disk_of(path: Path) -> None:
    """Wait until the disk that holds a path is not full any more."""
    while not private.has_room(path):  # noqa: ASYNC110 - nothing tells of room on a disk
        await asyncio.sleep(ROOM_PAUSE)


def ended(code: int) -> str:
    """Return how a process ended, in words."""
    if code >= 0:
        return f"ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"
