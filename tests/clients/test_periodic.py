"""What goes on beside the caller's work begins, goes on, and has ended when `stop` returns."""

import asyncio
import threading

import pytest

pytest.importorskip("marque_client.core", reason="the client is not made: python -m tools.clients parts")

from marque_client.periodic import AsyncEvery, Every


def test_a_thread_does_its_work_again_and_again_until_it_is_stopped() -> None:
    done, thrice = [], threading.Event()

    def work() -> None:
        done.append(1)
        if len(done) == 3:
            thrice.set()

    every = Every(work, 0.001)
    every.start()
    assert thrice.wait(30)
    every.stop()
    seen = len(done)
    assert seen >= 3
    assert not every._thread.is_alive()
    assert len(done) == seen


async def test_a_task_does_its_work_again_and_again_until_it_is_stopped() -> None:
    done, thrice = [], asyncio.Event()

    async def work() -> None:
        done.append(1)
        if len(done) == 3:
            thrice.set()

    every = AsyncEvery(work, 0.001)
    await every.start()
    await asyncio.wait_for(thrice.wait(), 30)
    await every.stop()
    assert every._task is not None
    assert every._task.done()


async def test_what_was_never_started_is_stopped_at_once() -> None:
    await AsyncEvery(lambda: asyncio.sleep(0), 1).stop()
