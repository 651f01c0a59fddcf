"""Coalescing: what comes together is done together, and nobody pays for another's mistake."""

import asyncio
import gc
from collections.abc import Iterator, Sequence

import pytest

from shared.runtime.coalescing import Coalescer
from shared.runtime.errors import OutcomeUnknown


async def test_what_gathers_while_a_turn_runs_is_the_next_turn() -> None:
    turns_seen: list[list[int]] = []
    began, gate = asyncio.Event(), asyncio.Event()

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        turns_seen.append(list(requests))
        began.set()
        await gate.wait()
        return [request * 2 for request in requests]

    turns: Coalescer[int, int] = Coalescer(run, size=3)
    answers = [asyncio.create_task(turns.ask(n)) for n in range(6)]
    await began.wait()
    gate.set()

    assert await asyncio.gather(*answers) == [0, 2, 4, 6, 8, 10]
    assert [n for turn in turns_seen for n in turn] == list(range(6))
    assert max(map(len, turns_seen)) == 3
    assert await turns.ask(7) == 14


async def test_a_batch_weighs_so_much_at_most_and_a_heavier_request_runs_alone() -> None:
    batches: list[list[int]] = []
    began, gate = asyncio.Event(), asyncio.Event()

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        batches.append(list(requests))
        began.set()
        await gate.wait()
        return list(requests)

    coalescer: Coalescer[int, int] = Coalescer(run, size=10, weight=lambda request: request)
    asked = [asyncio.create_task(coalescer.ask(weight)) for weight in (1, 6, 4, 4, 50, 3, 0, 7, 1)]
    await began.wait()
    gate.set()

    assert await asyncio.gather(*asked) == [1, 6, 4, 4, 50, 3, 0, 7, 1]
    assert batches == [[1, 6], [4, 4], [50], [3, 0, 7], [1]]


async def test_a_request_that_breaks_its_turn_breaks_only_itself() -> None:
    async def run(requests: Sequence[int]) -> list[int | Exception]:
        if 3 in requests:
            raise RuntimeError("three")
        return [ValueError("odd") if request % 2 else request for request in requests]

    turns: Coalescer[int, int] = Coalescer(run, size=10)
    answers = await asyncio.gather(*(turns.ask(n) for n in range(5)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [int, ValueError, int, RuntimeError, int]


async def test_a_caller_who_has_left_is_not_served_and_does_not_hold_up_the_rest() -> None:
    served: list[int] = []
    gate = asyncio.Event()

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        await gate.wait()
        served.extend(requests)
        return list(requests)

    turns: Coalescer[int, int] = Coalescer(run, size=1)
    first, leaver, last = (asyncio.create_task(turns.ask(n)) for n in (1, 2, 3))
    await asyncio.sleep(0)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    gate.set()

    assert (await first, await last) == (1, 3)
    assert served == [1, 3]


async def test_what_may_have_been_stored_is_never_run_again() -> None:
    runs: list[list[int]] = []

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        runs.append(list(requests))
        raise OutcomeUnknown

    coalescer: Coalescer[int, int] = Coalescer(run, size=10)
    answers = await asyncio.gather(*(coalescer.ask(n) for n in range(5)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [OutcomeUnknown] * 5
    assert sorted(n for batch in runs for n in batch) == [0, 1, 2, 3, 4]


async def test_what_may_not_be_together_is_not_and_keeps_its_order() -> None:
    runs: list[list[int]] = []

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        runs.append(list(requests))
        await asyncio.sleep(0)
        return list(requests)

    coalescer: Coalescer[int, int] = Coalescer(run, size=10, apart=lambda n: [n % 10])
    await asyncio.gather(*(coalescer.ask(n) for n in (1, 11, 2, 21, 12, 3)))

    assert runs == [[1, 2, 3], [11, 12], [21]]


async def test_where_the_database_is_away_one_more_try_is_enough_for_all() -> None:
    runs: list[int] = []

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        runs.append(len(requests))
        raise ConnectionRefusedError

    coalescer: Coalescer[int, int] = Coalescer(run, size=100)
    answers = await asyncio.gather(*(coalescer.ask(n) for n in range(50)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {ConnectionRefusedError}
    assert runs == [50, 1]


@pytest.mark.parametrize("given", [[], [1], [1, 2, 3, 4]])
async def test_answers_too_many_or_too_few_leave_nobody_waiting(
    given: list[int | Exception], caplog: pytest.LogCaptureFixture
) -> None:
    async def run(requests: Sequence[int]) -> list[int | Exception]:
        return given

    coalescer: Coalescer[int, int] = Coalescer(run, size=10)
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(coalescer.ask(n) for n in range(3)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [OutcomeUnknown] * 3
    assert [record.getMessage() for record in caplog.records] == [
        f"a batch of 3 requests came back with {len(given)} answers"
    ]


@pytest.mark.parametrize(("at_once", "most"), [(None, 1), (1, 1), (2, 2), (3, 3)])
async def test_so_many_batches_run_side_by_side_and_no_more(at_once: int | None, most: int) -> None:
    running, seen = 0, 0

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        nonlocal running, seen
        running += 1
        seen = max(seen, running)
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1
        return list(requests)

    coalescer: Coalescer[int, int] = Coalescer(run, size=1)
    if at_once is not None:
        coalescer = Coalescer(run, size=1, at_once=at_once)
    for _ in range(2):  # and the second time as the first
        async with asyncio.timeout(5):
            assert await asyncio.gather(*(coalescer.ask(n) for n in range(9))) == list(range(9))
        assert seen == most
        seen = 0


@pytest.fixture
def small_heap() -> Iterator[None]:
    """What is there already is not looked at again: to collect a whole test run's garbage takes seconds."""
    gc.freeze()
    yield
    gc.unfreeze()


async def test_a_batch_goes_on_while_nothing_else_holds_it(small_heap: None) -> None:
    done = asyncio.Event()

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        gc.collect()
        await asyncio.sleep(0)
        gc.collect()
        done.set()
        return list(requests)

    coalescer: Coalescer[int, int] = Coalescer(run, size=1)
    async with asyncio.timeout(5):
        assert await coalescer.ask(1) == 1
        await done.wait()
        await asyncio.sleep(0)
    assert coalescer._tasks == set()


async def test_a_single_request_that_breaks_is_not_tried_again() -> None:
    runs: list[list[int]] = []

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        runs.append(list(requests))
        raise RuntimeError("broken")

    coalescer: Coalescer[int, int] = Coalescer(run, size=10)
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match="broken"):
            await coalescer.ask(1)
    assert runs == [[1]]


async def test_of_two_that_break_together_each_is_tried_alone_and_told_its_own_error() -> None:
    runs: list[list[int]] = []

    async def run(requests: Sequence[int]) -> list[int | Exception]:
        runs.append(list(requests))
        raise RuntimeError(f"{list(requests)}")

    coalescer: Coalescer[int, int] = Coalescer(run, size=10)
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(coalescer.ask(n) for n in (1, 2)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["[1]", "[2]"]
    assert runs == [[1, 2], [1], [2]]


async def test_once_the_database_is_seen_to_be_away_the_rest_is_told_the_same_error() -> None:
    async def run(requests: Sequence[int]) -> list[int | Exception]:
        if len(requests) > 1:
            raise RuntimeError("together")
        if requests[0] == 2:
            raise ConnectionRefusedError("away")
        return list(requests)

    coalescer: Coalescer[int, int] = Coalescer(run, size=10)
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(coalescer.ask(n) for n in (1, 2, 3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["1", "away", "away"]
