"""The loops that move events."""

import asyncio

from shared.runtime.loops import Pace


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
