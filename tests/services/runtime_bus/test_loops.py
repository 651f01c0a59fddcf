"""The loops that move events, and what readiness knows of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.runtime.loops import Loop, Loops, Pace, end, forever, loops_of_service
from tests.running import eventually


async def _at_once(pace: Pace) -> bool:
    """Whether it lets go within a few turns of the event loop, in which no time is waited for."""
    keeping = asyncio.create_task(pace.keep())
    for _ in range(5):
        await asyncio.sleep(0)
    done = keeping.done()
    await keeping
    return done


async def test_what_comes_after_a_silence_is_not_held_up_and_what_comes_in_a_row_is_gathered() -> None:
    pace = Pace(0.05)

    assert await _at_once(pace)
    assert not await _at_once(pace)
    await asyncio.sleep(0.06)
    assert await _at_once(pace)


@asynccontextmanager
async def _looping(*steps: object, longest_step: float | None = 300.0) -> AsyncIterator[Loops]:
    """A loop named "work" that raises these one after the other, or waits for them, and then works on."""
    loops, left = Loops(), list(steps)
    loops_of_service.set(loops)

    async def step() -> bool:
        one = left.pop(0) if left else None
        if isinstance(one, BaseException):
            raise one
        if isinstance(one, asyncio.Event):
            await one.wait()
        if isinstance(one, asyncio.Future):
            one.set_result(None)
        return False

    async def pause() -> None:
        await asyncio.sleep(0.001)

    task = asyncio.create_task(forever("work", step, pause=pause, longest_step=longest_step))
    try:
        yield loops
    finally:
        loops_of_service.set(None)
        await end([task])
    assert loops.all == []


async def test_a_loop_outlives_the_end_of_a_task_that_it_waited_for() -> None:
    outlived = asyncio.get_running_loop().create_future()
    async with _looping(asyncio.CancelledError(), ValueError(), outlived) as loops:
        await asyncio.wait_for(outlived, 10)
        assert [loop.name for loop in loops.all] == ["work"]


async def test_a_loop_that_fails_every_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.runtime.loops._FAILING_SECONDS", 0.05)
    async with _looping(*[KeyError("gone")] * 6) as loops:
        await eventually(lambda: _told(loops, "work has failed for 0 s: KeyError"))
        await eventually(lambda: _told(loops, None))


async def test_a_loop_whose_step_never_ends_is_named() -> None:
    stuck = asyncio.Event()
    async with _looping(stuck, longest_step=0.05) as loops:
        await eventually(lambda: _told(loops, "work has hung for 0 s"))
        stuck.set()
        await eventually(lambda: _told(loops, None))


async def test_a_loop_that_only_waits_may_wait_for_ever() -> None:
    async with _looping(asyncio.Event(), longest_step=None) as loops:
        await asyncio.sleep(0.06)
        assert await loops.trouble() is None


async def _told(loops: Loops, words: str | None) -> bool:
    said = await loops.trouble()
    return said == words


def test_a_loop_that_only_waits_is_well_again_once_it_waits() -> None:
    now = time.monotonic()
    failing = Loop("wakeups", None, step_since=now - 1, failing_since=now - 40, error="ConnectionRefusedError")
    assert failing.trouble() is not None, "it may still be trying to connect"
    waiting = Loop("wakeups", None, step_since=now - 7, failing_since=now - 40, error="ConnectionRefusedError")
    assert waiting.trouble() is None
    working = Loop("relay", 300.0, step_since=now - 7, failing_since=now - 40, error="ConnectionRefusedError")
    assert working.trouble() == "relay has failed for 40 s: ConnectionRefusedError"
