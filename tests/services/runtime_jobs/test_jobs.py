"""Background work: asked for with its cause, done once, tried again, and dead in the end."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime.clock import HeldClock, SystemClock
from shared.runtime.jobs import Again, LeaseLost, Priority, Work, cancel, enqueue
from tests.running import eventually
from tests.services.runtime_jobs.conftest import Bench, effect

LATER = timedelta(seconds=1000)


async def leave(session: AsyncSession, work: Work) -> None:
    """A step that leaves its word."""
    await effect(session, work.job.payload["what"])


async def test_a_job_is_asked_for_in_the_transaction_of_its_cause(bench: Bench) -> None:
    bench.jobs.step("word")(leave)
    with contextlib.suppress(ZeroDivisionError):
        async with bench.database.transaction() as session:
            await enqueue(session, "word", {"what": "never"}, now=bench.clock.now())
            raise ZeroDivisionError
    async with bench.database.transaction() as session:
        await enqueue(session, "word", {"what": "once"}, now=bench.clock.now())
        assert await bench.rows() == []  # nobody sees it before the commit
    async with bench.working():
        await bench.come("once")
        await bench.none_left()


async def test_each_of_many_jobs_is_done_once_by_many_workers(bench: Bench) -> None:
    bench.jobs.step("word")(leave)
    async with bench.database.direct() as connection:
        for number in range(300):
            await enqueue(connection, "word", {"what": str(number)}, now=bench.clock.now())
    async with bench.working(workers=4):
        await bench.none_left()
    assert sorted(map(int, await bench.effects())) == list(range(300))


async def test_of_two_jobs_with_one_key_the_second_is_not_made(bench: Bench) -> None:
    bench.jobs.step("word")(leave)
    assert await bench.ask("word", "one", key="a")
    assert await bench.ask("word", "two", key="a") is None
    assert await bench.ask("word", "three", key="b")
    async with bench.working():
        await bench.none_left()
        assert sorted(await bench.effects()) == ["one", "three"]
        assert await bench.ask("word", "four", key="a")  # the key is free once its job is over
        await bench.none_left()


async def test_urgent_jobs_go_before_older_ones_of_less_priority_and_none_before_it_is_due(bench: Bench) -> None:
    bench.jobs.step("word")(leave)
    now = bench.clock.now()
    await bench.ask("word", "bulk", priority=Priority.BULK, now=now - LATER)
    await bench.ask("word", "normal", now=now - LATER / 2)
    await bench.ask("word", "urgent", priority=Priority.URGENT)
    await bench.ask("word", "normal, older", now=now - LATER * 2)
    await bench.ask("word", "not due", priority=Priority.URGENT, after=LATER)
    async with bench.working(at_once=1):
        await bench.come("urgent", "normal, older", "normal", "bulk")
    assert [row["payload"] for row in await bench.rows()] == [{"what": "not due"}]


async def test_a_step_that_wants_more_takes_turns_with_others_and_says_how_far_it_is(bench: Bench) -> None:
    seen: list[tuple[int | None, int | None]] = []

    @bench.jobs.step("long")
    async def long(session: AsyncSession, work: Work) -> Again | None:
        (row,) = [row for row in await bench.rows() if row["kind"] == "long"]
        seen.append((row["done"], row["total"]))
        done = (work.job.done or 0) + 1
        await effect(session, f"long {done}")
        return Again(done=done, total=3) if done < 3 else None

    bench.jobs.step("word")(leave)
    now = bench.clock.now()
    await bench.ask("long", now=now - LATER, total=3)
    await bench.ask("word", "another", now=now - LATER / 2)
    async with bench.working(at_once=1):
        await bench.come("long 1", "another", "long 2", "long 3")
        await bench.none_left()
    assert seen == [(None, 3), (1, 3), (2, 3)]


async def test_a_failure_leaves_nothing_and_is_tried_again_after_a_pause(bench: Bench) -> None:
    @bench.jobs.step("hard")
    async def hard(session: AsyncSession, work: Work) -> None:
        await effect(session, f"try {work.job.tries}")
        if work.job.tries < 3:
            raise ValueError("not yet\0")

    clock = bench.clock = HeldClock(SystemClock().now())
    await bench.ask("hard")
    async with bench.working():
        for tries in (1, 2):

            async def failed(tries: int = tries) -> bool:
                (row,) = await bench.rows()
                return (row["tries"], row["leased"], row["error"]) == (tries, False, "ValueError: not yet\ufffd")

            await eventually(failed)
            (row,) = await bench.rows()
            pause = (row["due_at"] - clock.now()).total_seconds()
            assert {1: 0.8, 2: 1.6}[tries] <= pause <= {1: 1.2, 2: 2.4}[tries]
            clock.move(timedelta(seconds=3))
        await bench.come("try 3")
        await bench.none_left()


async def test_after_its_last_try_a_job_is_dead_and_stays(bench: Bench) -> None:
    @bench.jobs.step("hopeless", tries=2)
    async def hopeless(session: AsyncSession, work: Work) -> None:
        raise ValueError(f"try {work.job.tries}")

    clock = bench.clock = HeldClock(SystemClock().now())
    await bench.ask("hopeless")
    async with bench.working():

        async def dead() -> bool:
            clock.move(timedelta(seconds=3))
            (row,) = await bench.rows()
            return row["died_at"] is not None

        await eventually(dead)
        clock.move(timedelta(days=365))
        await asyncio.sleep(0.5)
        (row,) = await bench.rows()
        assert (row["tries"], row["error"], row["leased"]) == (2, "ValueError: try 2", False)


@pytest.mark.parametrize("outside", [False, True])
async def test_a_job_longer_than_its_lease_keeps_it_and_is_done_once(bench: Bench, outside: bool) -> None:
    if outside:

        @bench.jobs.outside("slow", lease_seconds=0.6)
        async def slow(work: Work) -> None:
            await asyncio.sleep(2)
            async with work.effect() as session:
                await effect(session, "slow")

    else:

        @bench.jobs.step("slow", lease_seconds=0.6)
        async def slow_step(session: AsyncSession, _: Work) -> None:
            await asyncio.sleep(2)
            await effect(session, "slow")

    await bench.ask("slow")
    async with bench.working(workers=2):
        await bench.none_left()
        assert await bench.effects() == ["slow"]


async def test_a_worker_that_slept_past_its_lease_writes_nothing(bench: Bench) -> None:
    """The second worker has done the job meanwhile; when the first wakes up, its fence is an old one."""
    asleep, awake = asyncio.Event(), asyncio.Event()
    lost: list[str] = []

    @bench.jobs.outside("call", lease_seconds=300)
    async def call(work: Work) -> None:
        if work.job.fence == 1:
            asleep.set()
            await awake.wait()
        try:
            async with work.effect() as session:
                await effect(session, f"fence {work.job.fence}")
        except LeaseLost:
            lost.append(f"fence {work.job.fence}")
            raise

    await bench.ask("call")
    async with bench.working(workers=1):
        await asyncio.wait_for(asleep.wait(), 30)
        await bench.execute("UPDATE jobs SET due_at = now() - interval '1 s'")  # its lease has run out
        async with bench.working(workers=1):
            await bench.come("fence 2")
            awake.set()

            async def noticed() -> bool:
                return lost == ["fence 1"]

            await eventually(noticed)
    assert await bench.effects() == ["fence 2"]
    assert await bench.rows() == []


async def test_what_is_cancelled_is_not_done_and_under_way_has_no_effect(bench: Bench) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    @bench.jobs.outside("call", lease_seconds=0.3)
    async def call(work: Work) -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            over.set()

    bench.jobs.step("word")(leave)
    await bench.ask("word", "never", key="w", after=LATER)
    await bench.ask("call", key="c")
    async with bench.working():
        await asyncio.wait_for(begun.wait(), 30)
        async with bench.database.direct() as connection:
            assert await cancel(connection, "word", "w")
            assert await cancel(connection, "call", "c")
            assert not await cancel(connection, "call", "another")
        await asyncio.wait_for(over.wait(), 30)  # the next heart-beat ends it
    assert (await bench.rows(), await bench.effects()) == ([], [])


async def test_a_worker_that_stops_gives_back_what_it_had_as_if_untried(bench: Bench) -> None:
    begun = asyncio.Event()

    @bench.jobs.step("long", lease_seconds=3600)
    async def long(session: AsyncSession, _: Work) -> None:
        await effect(session, "half")
        begun.set()
        await asyncio.sleep(3600)

    await bench.ask("long")
    async with bench.working():
        await asyncio.wait_for(begun.wait(), 30)
    (row,) = await bench.rows()
    assert (row["leased"], row["tries"], row["due_at"] <= bench.clock.now()) == (False, 0, True)
    assert await bench.effects() == []


async def test_of_a_kind_as_many_are_under_way_as_one_process_may_do(bench: Bench) -> None:
    under_way = most = 0

    @bench.jobs.step("narrow")
    async def narrow(session: AsyncSession, work: Work) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        await effect(session, work.job.payload["what"])
        under_way -= 1

    bench.jobs.step("word")(leave)
    bench.jobs.at_once |= {"narrow": 2, "word": 0}
    for number in range(8):
        await bench.ask("narrow", str(number))
    await bench.ask("word", "for another process")
    async with bench.working(at_once=8):

        async def all_of_them() -> bool:
            return sorted(await bench.effects()) == list("01234567")

        await eventually(all_of_them)
    assert most == 2
    assert [row["kind"] for row in await bench.rows()] == ["word"]
