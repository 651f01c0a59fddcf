"""Work that nobody asks for: done again and again, by one process at a time, and never dead."""

from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime.clock import HeldClock, SystemClock
from shared.runtime.jobs import Again, Job, Work
from shared.runtime.jobs.queue import Queue
from tests.running import eventually
from tests.services.runtime_jobs.conftest import Bench, effect
from tests.services.runtime_jobs.test_jobs import leave

EVERY = timedelta(seconds=3600)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.runtime.jobs.worker._IDLE_SECONDS", 0.05)
    monkeypatch.setattr("shared.runtime.jobs.worker._PLAN_SECONDS", 0.2)


async def test_it_is_done_at_the_start_and_so_long_after_it_was_done_by_one_of_many(bench: Bench) -> None:
    @bench.jobs.step("sweep", every_seconds=EVERY.total_seconds())
    async def sweep(session: AsyncSession, work: Work) -> None:
        await effect(session, "swept")

    bench.jobs.step("word")(leave)
    clock = bench.clock = HeldClock(SystemClock().now())
    async with bench.working(workers=3):
        await bench.come("swept")
        (row,) = await bench.rows()
        assert (row["due_at"], row["leased"], row["tries"]) == (clock.now() + EVERY, False, 0)
        clock.move(EVERY - timedelta(seconds=1))
        await bench.ask("word", "not yet")  # asked for later, so that what is due goes first
        await bench.come("swept", "not yet")
        clock.move(timedelta(seconds=1))
        await bench.come("swept", "not yet", "swept")
    async with bench.working(workers=3):  # processes that start anew do not begin again
        await bench.ask("word", "nor now")
        await bench.come("swept", "not yet", "swept", "nor now")
    assert [row["kind"] for row in await bench.rows()] == ["sweep"]


async def test_what_always_fails_is_tried_again_for_ever_and_says_why(bench: Bench) -> None:
    @bench.jobs.step("sweep", every_seconds=1)
    async def sweep(session: AsyncSession, work: Work) -> None:
        await effect(session, "never")
        raise ValueError("broken")

    clock = bench.clock = HeldClock(SystemClock().now())
    async with bench.working():
        for tries in range(1, 6):

            async def failed(tries: int = tries) -> bool:
                rows = await bench.rows()
                return [(row["tries"], row["leased"], row["error"], row["died_at"]) for row in rows] == [
                    (tries, False, "ValueError: broken", None)
                ]

            await eventually(failed)
            clock.move(timedelta(seconds=1000))
    assert await bench.effects() == []


async def test_what_failed_for_long_is_tried_again_within_half_a_minute(bench: Bench) -> None:
    @bench.jobs.step("sweep", every_seconds=EVERY.total_seconds())
    async def sweep(session: AsyncSession, work: Work) -> None:
        if work.job.tries > 1:
            raise ValueError("broken")

    clock = bench.clock = HeldClock(SystemClock().now())

    async def found(tries: int, due_in: timedelta) -> bool:
        rows = await bench.rows()
        return [(row["tries"], row["leased"], row["due_at"]) for row in rows] == [(tries, False, clock.now() + due_in)]

    async with bench.working():
        await eventually(lambda: found(0, EVERY))
        await bench.execute("UPDATE jobs SET tries = 30, due_at = $1", clock.now())
        await eventually(lambda: found(31, timedelta(seconds=30)))


async def test_a_beat_that_comes_late_leaves_alone_when_it_is_due_next(bench: Bench) -> None:
    @bench.jobs.step("sweep", every_seconds=EVERY.total_seconds())
    async def sweep(session: AsyncSession, work: Work) -> None:
        await effect(session, "swept")

    clock = bench.clock = HeldClock(SystemClock().now())
    async with bench.working():
        await bench.come("swept")
    (row,) = await bench.rows()
    job = Job(row["id"], "sweep", row["key"], {}, row["tries"], row["fence"], None, None, clock.now())
    assert not await Queue(bench.database, bench.jobs.kinds).beat(job, clock.now() + timedelta(seconds=15))
    assert (await bench.rows())[0]["due_at"] == clock.now() + EVERY


async def test_a_sweep_that_no_release_knows_any_more_goes(bench: Bench) -> None:
    @bench.jobs.step("sweep", every_seconds=EVERY.total_seconds())
    async def sweep(session: AsyncSession, work: Work) -> None:
        await effect(session, "swept")

    await bench.ask("of_before", key="again and again")
    await bench.ask("of_before", key="asked for")
    async with bench.working():
        await bench.come("swept")

        async def only_known() -> bool:
            return [(row["kind"], row["key"]) for row in await bench.rows()] == [
                ("of_before", "asked for"), ("sweep", "again and again"),
            ]  # fmt: skip

        await eventually(only_known)


def test_what_has_no_end_takes_no_number_of_tries(bench: Bench) -> None:
    with pytest.raises(ValueError, match="sweep is done again and again"):
        bench.jobs.step("sweep", tries=2, every_seconds=1)(leave)


async def test_what_somebody_takes_away_comes_back(bench: Bench) -> None:
    @bench.jobs.outside("call", every_seconds=EVERY.total_seconds())
    async def call(work: Work) -> None:
        async with work.transaction() as session:
            await effect(session, "called")

    async with bench.working():
        await bench.come("called")
        await bench.execute("DELETE FROM jobs")
        await bench.come("called", "called")

        async def waits_for_the_next_time() -> bool:
            return [row["due_at"] > bench.clock.now() + EVERY / 2 for row in await bench.rows()] == [True]

        await eventually(waits_for_the_next_time)  # which is noted in a transaction after the effect's


async def test_what_has_more_to_do_goes_on_at_once_and_begins_anew_the_next_time(bench: Bench) -> None:
    @bench.jobs.step("sweep", every_seconds=EVERY.total_seconds())
    async def sweep(session: AsyncSession, work: Work) -> Again | None:
        done = (work.job.done or 0) + 1
        await effect(session, str(done))
        return Again(done=done) if done < 3 else None

    clock = bench.clock = HeldClock(SystemClock().now())
    async with bench.working():
        await bench.come("1", "2", "3")
        clock.move(EVERY)
        await bench.come("1", "2", "3", "1", "2", "3")
    (row,) = await bench.rows()
    assert (row["due_at"], row["done"], row["total"]) == (clock.now() + EVERY, None, None)


async def test_a_worker_without_other_work_looks_less_often(bench: Bench) -> None:
    """The database of a service that has no jobs of its own is left in peace."""
    from shared.runtime.jobs.worker import _IDLE_SECONDS, POLL_SECONDS, Worker

    @bench.jobs.step("sweep", every_seconds=EVERY.total_seconds())
    async def sweep(session: AsyncSession, work: Work) -> None:
        """Nothing."""

    assert Worker(bench.jobs, bench.database, bench.clock, at_once=1)._pause_seconds == _IDLE_SECONDS
    bench.jobs.step("word")(sweep)
    assert Worker(bench.jobs, bench.database, bench.clock, at_once=1)._pause_seconds == POLL_SECONDS
