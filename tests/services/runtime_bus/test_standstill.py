"""What stands still is noticed: a stream that refuses, a stream or consumer that is gone, an outbox that grows old."""

import asyncio
from collections.abc import AsyncIterator

import nats
import pytest
from nats.js import JetStreamContext
from prometheus_client import REGISTRY
from pydantic import SecretStr

from shared.runtime.backlog import Backlog
from shared.runtime.loops import end
from shared.runtime.relay import Relay
from shared.runtime.stream import Broker
from tests.running import eventually
from tests.services.runtime_bus.conftest import Bus


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
async def jetstream(bus: Bus) -> AsyncIterator[JetStreamContext]:
    """What the broker's administrator can do to it."""
    client = await nats.connect(bus.nats.url)
    yield client.jetstream()
    await client.close()


async def test_an_outbox_whose_oldest_event_does_not_leave_is_said_to_stand_still(bus: Bus) -> None:
    backlog = Backlog(bus.recorder, bus.clock, standstill_seconds=0.05)
    await backlog.measure()
    assert (await backlog.trouble(), metric("marque_outbox_unpublished")) == (None, 0)
    await bus.record(1, 2, 3)
    await backlog.measure()
    await asyncio.sleep(0.06)
    await backlog.measure()
    said = await backlog.trouble()
    assert said is not None
    assert said.startswith("3 events wait and none leaves: the oldest for ")
    assert metric("marque_outbox_unpublished") == 3
    assert metric("marque_outbox_oldest_unpublished_seconds") >= 0.06
    async with bus.relaying():
        await eventually(lambda: _none_waits(bus))
    await backlog.measure()
    assert (await backlog.trouble(), metric("marque_outbox_unpublished")) == (None, 0)
    assert metric("marque_outbox_oldest_unpublished_seconds") == 0


async def test_a_long_outbox_that_is_worked_off_does_not_stand_still(bus: Bus) -> None:
    backlog = Backlog(bus.recorder, bus.clock, standstill_seconds=0.05)
    await bus.record(*range(5))
    for _ in range(4):
        await backlog.measure()
        await asyncio.sleep(0.06)
        async with bus.recorder.direct() as connection:
            await connection.execute(
                "UPDATE outbox SET stream_seq = 1 WHERE event_id = "
                "(SELECT min(event_id) FROM outbox WHERE stream_seq IS NULL)"
            )
        await backlog.measure()
        assert await backlog.trouble() is None


async def test_a_stream_that_refuses_is_named_and_counted_and_flows_again_by_itself(
    bus: Bus, jetstream: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.runtime.relay._TROUBLE_SECONDS", 0.2)
    before = metric("marque_outbox_publish_failures_total", reason="refused")
    async with Broker(bus.settings, name="recorder") as broker:
        relay = Relay(bus.recorder, broker, settings=bus.settings, clock=bus.clock)
        task = asyncio.create_task(relay.run())
        try:
            await bus.record(1)
            await eventually(lambda: _none_waits(bus))
            config = (await jetstream.stream_info("MARQUE")).config
            await jetstream.update_stream(config.evolve(sealed=None, max_msg_size=10))  # nothing fits any more
            await bus.record(*range(20))
            said = await eventually(relay.trouble)
            assert said.startswith("the stream has taken no event for ")
            assert said.endswith(" s: refused")
            assert metric("marque_outbox_publish_failures_total", reason="refused") > before
            await jetstream.update_stream(config.evolve(max_msg_size=-1))
            await eventually(lambda: _none_waits(bus))
            assert await relay.trouble() is None
        finally:
            await end([task])


async def test_a_connection_without_its_stream_or_its_consumer_is_not_well(
    bus: Bus, jetstream: JetStreamContext
) -> None:
    async with Broker(bus.settings, name="hearer") as broker:
        assert await eventually(lambda: _well(broker))
        assert await broker.trouble(durable="hearer") == "connected, and this is missing: consumer not found"
        async with bus.hearing():
            await eventually(lambda: _well(broker, "hearer"))
        await jetstream.delete_stream("MARQUE")
        assert await broker.trouble() == "connected, and this is missing: stream not found"
        await bus.nats.stop()
        assert await eventually(broker.trouble) == "not connected"


async def test_a_stream_that_is_deleted_is_made_again_and_nothing_waits_for_long(
    bus: Bus, jetstream: JetStreamContext
) -> None:
    async with bus.relaying(), bus.hearing():
        await bus.record(1)
        await eventually(lambda: _heard(bus, [1]))
        await jetstream.delete_stream("MARQUE")
        await bus.record(2)
        await eventually(lambda: _heard(bus, [1, 2]), seconds=14)  # sooner than the relay looks by itself


async def test_a_consumer_that_is_deleted_is_made_again_and_doubles_nothing(
    bus: Bus, jetstream: JetStreamContext
) -> None:
    async with bus.relaying(), bus.hearing():
        await bus.record(1)
        await eventually(lambda: _heard(bus, [1]))
        await jetstream.delete_consumer("MARQUE", "hearer")
        await bus.record(2)
        await eventually(lambda: _heard(bus, [1, 2]))


async def _none_waits(bus: Bus) -> bool:
    return await bus.unpublished() == 0


async def _heard(bus: Bus, numbers: list[int]) -> bool:
    return await bus.effects() == numbers


async def _well(broker: Broker, durable: str | None = None) -> bool:
    return await broker.trouble(durable=durable) is None


async def test_an_event_of_several_megabytes_arrives(bus: Bus) -> None:
    await bus.record(1)
    async with bus.recorder.direct() as connection:
        await connection.execute(
            "UPDATE outbox SET payload = regexp_replace(payload, '}$', ',\"pad\":\"' || repeat('x', 3000000) || '\"}')"
        )
    async with bus.relaying(), bus.hearing():
        await eventually(lambda: _heard(bus, [1]))


async def test_a_subject_that_the_brokers_user_may_not_publish_is_named(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.runtime.relay._TROUBLE_SECONDS", 0.2)
    settings = bus.settings.model_copy(update={"nats_url": SecretStr(bus.nats.url_of("intake"))})
    async with Broker(settings, name="intake") as broker:
        relay = Relay(bus.recorder, broker, settings=settings, clock=bus.clock)
        task = asyncio.create_task(relay.run())
        try:
            await bus.record(1)  # an escalation's event, which is not intake's to tell
            said = await eventually(relay.trouble)
            assert said.endswith(" s: not_permitted")
        finally:
            await end([task])
