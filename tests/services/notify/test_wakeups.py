"""Waiting for one of several bells."""

import asyncio

import pytest

from services.notify.wakeups import first_of


async def test_it_tells_whether_a_bell_rang() -> None:
    passed, silent = asyncio.Event(), asyncio.Event()
    passed.set()
    assert await first_of(silent, passed, seconds=60)
    assert not await first_of(silent, seconds=0)


@pytest.mark.parametrize("turns", range(6))
async def test_a_wait_that_is_called_off_while_the_bell_rings_is_called_off(turns: int) -> None:
    """However many turns of the loop lie between the two."""
    signal = asyncio.Event()

    async def listen() -> None:
        while True:
            await first_of(signal, seconds=60)
            signal.clear()

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    signal.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    listening.cancel()
    done, _ = await asyncio.wait([listening], timeout=5)
    assert done
    assert listening.cancelled()
