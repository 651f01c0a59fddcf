"""Every event has its effect in every subscriber exactly once, whatever dies in between."""

import asyncio
import shutil
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.events import EscalationWarned, TaskCancelled
from shared.contracts.ids import TaskId
from shared.runtime import outbox, partitions, publishing
from shared.runtime import relay as relay_module
from shared.runtime.ids import new_id
from shared.runtime.outbox import record
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Received, Subscribers
from tests.running import eventually
from tests.services.runtime_bus.conftest import Bus, count_effect, warned


async def test_what_was_committed_has_its_effect_once(bus: Bus) -> None:
    async with bus.relaying(), bus.hearing():
        await bus.record(*range(250))
        await eventually(lambda: _has(bus, 250))
    assert await bus.effects() == list(range(250))
    assert await bus.unpublished() == 0


async def test_what_was_told_while_a_service_did_not_listen_for_it_reaches_it_once_it_does(bus: Bus) -> None:
    """Services are upgraded one after the other: the one that tells may be the first."""
    earlier, heard = Subscribers(), list[int]()

    async def hear(_: AsyncSession, event: TaskCancelled, received: Received) -> None:
        heard.append(event.version)

    async def cancel(version: int) -> None:
        task, now = new_id(TaskId), bus.clock.now()
        async with bus.recorder.transaction() as session:
            record(session, TaskCancelled(version=version, task_id=task, round=1, items=[], cancelled_at=now), now=now)

    earlier.on(TaskCancelled)(hear)
    bus.subscribers.on(TaskCancelled)(hear)
    async with bus.relaying():
        async with bus.hearing(subscribers=earlier):
            await bus.record(1)
            await cancel(1)
            await eventually(lambda: _same(heard, [1]))
        async with bus.hearing():
            await eventually(lambda: _has(bus, 1))
            async with bus.hearing(subscribers=earlier):  # one that was not upgraded yet, and starts again
                await bus.record(2)
                await cancel(2)
                await eventually(lambda: _same(heard, [1, 2]))
        async with bus.hearing():
            await eventually(lambda: _has(bus, 2))
    assert await bus.effects() == [1, 2]
    assert heard == [1, 2]


async def test_two_versions_that_each_hear_what_the_other_does_not_leave_each_other_alone(bus: Bus) -> None:
    earlier, heard = Subscribers(), list[int]()

    @earlier.on(TaskCancelled)
    async def hear(_: AsyncSession, event: TaskCancelled, received: Received) -> None:
        heard.append(event.version)

    async def made() -> tuple[Any, list[str]]:
        async with Broker(bus.settings, name="hearer") as broker:
            found = await (await broker.client()).jetstream().consumer_info("MARQUE", "hearer")
        return found.created, sorted(found.config.filter_subjects or [])

    both = ["marque.escalation.warned.v1", "marque.task.cancelled.v1"]
    async with bus.relaying(), bus.hearing():
        await bus.record(1)
        await eventually(lambda: _has(bus, 1))
        async with bus.hearing(subscribers=earlier):
            await bus.record(2)
            await eventually(lambda: _has(bus, 2))
            created, subjects = await made()
            assert subjects == both
        async with bus.hearing(subscribers=earlier), bus.hearing():
            await bus.record(3)
            await eventually(lambda: _has(bus, 3))
            assert await made() == (created, both)
    assert await bus.effects() == [1, 2, 3]


async def _same(one: list[int], other: list[int]) -> bool:
    return one == other


async def test_what_was_rolled_back_is_never_told(bus: Bus) -> None:
    async def fail_after_recording() -> None:
        async with bus.recorder.transaction() as session:
            record(session, warned(1), now=bus.clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_recording()
    assert await bus.unpublished() == 0


async def test_a_row_that_becomes_visible_late_is_not_skipped(bus: Bus) -> None:
    """Its id is older than those already published, because its transaction took longer."""
    async with bus.relaying(), bus.hearing():
        async with bus.recorder.transaction() as session:
            record(session, warned(0), now=bus.clock.now())
            await outbox.flush(session)
            await bus.record(1, 2, 3)
            await eventually(lambda: _has(bus, 3))
        await eventually(lambda: _has(bus, 4))


async def test_a_long_transaction_keeps_nobody_from_recording(bus: Bus) -> None:
    """The relay wants the whole outbox for itself when it makes a day's partition, and must not make others queue."""
    async with bus.recorder.transaction() as session:
        record(session, warned(0), now=bus.clock.now())
        await outbox.flush(session)
        async with bus.relaying(), bus.hearing():
            await bus.record(1, 2, 3)
            await eventually(lambda: _has(bus, 3))
    async with bus.relaying(), bus.hearing():
        await eventually(lambda: _has(bus, 4))


async def test_a_broker_that_lost_its_data_is_told_again(bus: Bus) -> None:
    async with bus.relaying(), bus.hearing():
        await bus.record(*range(50))
        await eventually(lambda: _has(bus, 50))
        await bus.nats.stop()
        shutil.rmtree(bus.nats.data / "jetstream", ignore_errors=True)
        for folder in bus.nats.data.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)
        await bus.record(*range(50, 60))
        await bus.nats.start()
        await eventually(lambda: _has(bus, 60))
        await bus.record(60)
        await eventually(lambda: _has(bus, 61))
    assert await bus.effects() == list(range(61))
    async with Broker(bus.settings, name="look") as broker:
        state = (await (await broker.jetstream()).stream_info("MARQUE")).state
    assert state.messages == 61


async def test_a_killed_broker_loses_nothing(bus: Bus) -> None:
    async with bus.relaying(), bus.hearing():
        for start in range(0, 200, 50):
            await bus.record(*range(start, start + 50))
            import os
            import signal

            os.kill(bus.nats.pid, signal.SIGKILL)
            await bus.nats.stop()
            await bus.nats.start()
        await eventually(lambda: _has(bus, 200))
    assert await bus.effects() == list(range(200))


async def test_a_crash_after_the_stream_has_it_and_before_the_outbox_knows_doubles_nothing(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, crashes = publishing.publish, iter(range(3))

    async def crash_after(*args: Any, **more: Any) -> list[int]:
        sequences = await real(*args, **more)
        if next(crashes, None) is not None:
            raise ConnectionResetError
        return sequences

    monkeypatch.setattr(relay_module, "publish", crash_after)
    async with bus.relaying(), bus.hearing():
        await bus.record(*range(20))
        await eventually(lambda: _has(bus, 20))
        await eventually(lambda: _published(bus))
    assert await bus.effects() == list(range(20))


async def test_several_replicas_share_the_work_and_double_nothing(bus: Bus) -> None:
    async with bus.relaying(replicas=3), bus.hearing(replicas=3):
        await asyncio.gather(*(bus.record(*range(start, start + 30)) for start in range(0, 600, 30)))
        await eventually(lambda: _has(bus, 600))
    assert await bus.effects() == list(range(600))


async def test_an_event_that_keeps_failing_is_kept_and_stops_no_other(bus: Bus) -> None:
    subscribers = Subscribers()

    @subscribers.on(EscalationWarned)
    async def refuse_seven(session: AsyncSession, event: EscalationWarned, received: Received) -> None:
        await count_effect(session, event, received)
        if event.percent == 7:
            raise ValueError("seven is not for me")

    async with bus.relaying(), bus.hearing(subscribers=subscribers):
        await bus.record(*range(20))
        await eventually(lambda: _has(bus, 19))
        letters = await eventually(lambda: _letters(bus))
    assert 7 not in await bus.effects()
    assert [(letter["tries"], "seven is not for me" in letter["error"]) for letter in letters] == [(3, True)]


async def test_what_is_no_event_is_a_dead_letter_at_once(bus: Bus) -> None:
    async with Broker(bus.settings, name="stranger") as broker, bus.hearing():
        jetstream = await broker.jetstream()
        for payload in (b"not json", b"{}", b'{"type": "marque.escalation.warned.v1", "data": {}}', b"\xff\x00"):
            await jetstream.publish("marque.escalation.warned.v1", payload)
        await eventually(lambda: _letters(bus, 4))
        async with bus.relaying():
            await bus.record(1)
            await eventually(lambda: _has(bus, 1))


async def test_the_consumer_is_made_again_when_it_is_gone(bus: Bus) -> None:
    async with bus.relaying(), bus.hearing(), Broker(bus.settings, name="vandal") as broker:
        await bus.record(1)
        await eventually(lambda: _has(bus, 1))
        await (await broker.jetstream()).delete_consumer("MARQUE", "hearer")
        await bus.record(2)
        await eventually(lambda: _has(bus, 2))


async def test_the_relay_takes_older_partitions_away_only_when_they_are_published(bus: Bus) -> None:
    now = bus.clock.now()
    assert await partitions.tend(bus.recorder, now - timedelta(days=40), keep_days=30)
    async with bus.recorder.transaction() as session:
        record(session, warned(1), now=now - timedelta(days=40))
    assert await partitions.tend(bus.recorder, now, keep_days=30)
    async with bus.recorder.direct() as connection:
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 1
        await connection.execute("UPDATE outbox SET stream_seq = 1")
    assert await partitions.tend(bus.recorder, now, keep_days=30)
    async with bus.recorder.direct() as connection:
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


async def _has(bus: Bus, count: int) -> bool:
    return len(await bus.effects()) >= count


async def _published(bus: Bus) -> bool:
    return await bus.unpublished() == 0


async def _letters(bus: Bus, least: int = 1) -> list[dict[str, object]] | None:
    async with bus.hearer.pool.acquire() as connection:
        rows = [dict(row) for row in await connection.fetch("SELECT * FROM dead_letters")]
    return rows if len(rows) >= least else None
