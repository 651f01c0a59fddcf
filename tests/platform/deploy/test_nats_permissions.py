"""The users of `deploy/nats/nats.conf` can do what their services do, and nothing else."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import NoStreamResponseError

import shared.contracts.events  # noqa: F401 - fills the registry
from deploy.local.children import Child
from deploy.local.nats import program
from deploy.local.ports import free_port
from shared.contracts.event import registry
from tools.check_deploy import NATS

SERVICES = ("intake", "review", "escalation", "notify")
PUBLISHERS = (*SERVICES, "catalogue")


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    port = free_port()
    text = NATS.read_text().replace("0.0.0.0:4222", f"127.0.0.1:{port}").replace('"/data"', f'"{tmp_path / "data"}"')
    text = text.replace('http: "127.0.0.1:8222"', "")
    (tmp_path / "nats.conf").write_text(text)
    passwords = {f"MARQUE_NATS_PASSWORD_{name.upper()}": f"secret-{name}" for name in PUBLISHERS}
    server = Child(
        "nats", [program(), "-c", tmp_path / "nats.conf"], log=tmp_path / "log", environment={**os.environ, **passwords}
    )
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop()


@contextlib.asynccontextmanager
async def connected(address: str, service: str) -> AsyncIterator[Client]:
    async def quiet(_: Exception) -> None:
        pass

    url = f"nats://{service}:secret-{service}@{address}"
    client = await nats.connect(url, max_reconnect_attempts=100, reconnect_time_wait=0.1, error_cb=quiet)
    try:
        yield client
    finally:
        await client.close()


async def may_publish(client: Client, subject: str) -> bool:
    """Whether the server takes it; it does not answer what it does not let in."""
    try:
        await client.jetstream(timeout=2).publish(subject, b"{}")
    except (TimeoutError, nats.errors.TimeoutError, NoStreamResponseError):
        return False
    return True


async def test_each_service_makes_the_stream_and_its_own_durable_and_reads_through_it(address: str) -> None:
    for service in SERVICES:
        async with connected(address, service) as client:
            jetstream = client.jetstream(timeout=2)
            await jetstream.add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"], allow_direct=True))
            await jetstream.add_consumer("MARQUE", ConsumerConfig(durable_name=service, filter_subjects=["marque.>"]))
            assert (await jetstream.consumer_info("MARQUE", service)).name == service
    async with connected(address, "intake") as client:
        stored = await client.jetstream().publish("marque.right.verified.v1", b"{}")
        assert (await client.jetstream().get_msg("MARQUE", seq=stored.seq)).data == b"{}"
    for service in SERVICES:
        async with connected(address, service) as client:
            inbox = client.new_inbox()
            answers = await client.subscribe(inbox)
            await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.MARQUE.{service}", b'{"batch": 1}', reply=inbox)
            message = await answers.next_msg(timeout=5)
            assert message.subject == "marque.right.verified.v1"
            await message.ack_sync()


async def test_every_event_has_a_service_that_may_publish_it_and_no_stranger_may(address: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(connected(address, name)) for name in PUBLISHERS}
        await clients["intake"].jetstream().add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"]))
        assert registry
        asked = [(subject, name) for subject in registry for name in clients]
        answers = await asyncio.gather(*(may_publish(clients[name], subject) for subject, name in asked))
        for subject in registry:
            publishers = [name for (of, name), may in zip(asked, answers, strict=True) if of == subject and may]
            assert publishers, f"nobody may publish {subject}"
            assert ("catalogue" in publishers) == subject.startswith("marque.listing."), subject
            assert "notify" not in publishers or subject.startswith("marque.webhook."), subject


async def test_no_service_may_delete_the_stream_or_take_the_messages_of_another(address: str) -> None:
    async with connected(address, "intake") as intake, connected(address, "review") as review:
        await intake.jetstream().add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"]))
        await intake.jetstream().add_consumer("MARQUE", ConsumerConfig(durable_name="intake"))
        with pytest.raises(nats.errors.TimeoutError):
            await review.request("$JS.API.STREAM.DELETE.MARQUE", b"", timeout=0.3)
        with pytest.raises(nats.errors.TimeoutError):
            await review.request("$JS.API.CONSUMER.DELETE.MARQUE.intake", b"", timeout=0.3)
        assert (await intake.jetstream().consumer_info("MARQUE", "intake")).name == "intake"
