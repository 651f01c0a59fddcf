"""The broker's users can do what their services do, and nothing else: as deployed, and as the runner starts it."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import NoStreamResponseError

import shared.contracts.events  # noqa: F401 - fills the registry
from deploy.local.children import Child
from deploy.local.nats import NatsServer, program
from deploy.local.ports import free_port
from deploy.registry import behind_the_gateway
from shared.contracts.event import registry
from tools.check_deploy import NATS

SERVICES = behind_the_gateway()
PUBLISHERS = (*SERVICES, "gateway", "catalogue")


@dataclass(frozen=True)
class Broker:
    """A running nats-server, and the address with each user's password."""

    url_of: Callable[[str], str]

    @contextlib.asynccontextmanager
    async def connected(self, user: str) -> AsyncIterator[Client]:
        async def quiet(_: Exception) -> None:
            pass

        prefix = b"_INBOX" if user == "catalogue" else f"_INBOX_{user}".encode()
        client = await nats.connect(
            self.url_of(user), max_reconnect_attempts=100, reconnect_time_wait=0.1, error_cb=quiet, inbox_prefix=prefix
        )
        try:
            yield client
        finally:
            await client.close()


@contextlib.asynccontextmanager
async def _deployed(folder: Path) -> AsyncIterator[Broker]:
    port = free_port()
    text = NATS.read_text().replace("0.0.0.0:4222", f"127.0.0.1:{port}").replace('"/data"', f'"{folder / "data"}"')
    text = text.replace('http: "127.0.0.1:8222"', "")
    (folder / "nats.conf").write_text(text)
    passwords = {f"MARQUE_NATS_PASSWORD_{name.upper()}": f"secret-{name}" for name in (*PUBLISHERS, "tools")}
    server = Child(
        "nats", [program(), "-c", folder / "nats.conf"], log=folder / "log", environment={**os.environ, **passwords}
    )
    await server.start()
    yield Broker(lambda user: f"nats://{user}:secret-{user}@127.0.0.1:{port}")
    await server.stop()


@contextlib.asynccontextmanager
async def _embedded(folder: Path) -> AsyncIterator[Broker]:
    async with NatsServer(folder / "nats") as server:
        yield Broker(server.url_of)


@pytest.fixture(params=[_deployed, _embedded], ids=["deployed", "embedded"])
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Broker]:
    async with request.param(tmp_path) as started:
        yield started


async def may_publish(client: Client, subject: str) -> bool:
    """Whether the server takes it; it does not answer what it does not let in."""
    try:
        await client.jetstream(timeout=2).publish(subject, b"{}")
    except (TimeoutError, nats.errors.TimeoutError, NoStreamResponseError):
        return False
    return True


async def test_each_service_makes_the_stream_and_its_own_durable_and_reads_through_it(broker: Broker) -> None:
    for service in SERVICES:
        async with broker.connected(service) as client:
            jetstream = client.jetstream(timeout=2)
            await jetstream.add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"], allow_direct=True))
            await jetstream.add_consumer("MARQUE", ConsumerConfig(durable_name=service, filter_subjects=["marque.>"]))
            assert (await jetstream.consumer_info("MARQUE", service)).name == service
    async with broker.connected("intake") as client:
        stored = await client.jetstream().publish("marque.right.verified.v1", b"{}")
        assert (await client.jetstream().get_msg("MARQUE", seq=stored.seq)).data == b"{}"
    for service in SERVICES:
        async with broker.connected(service) as client:
            inbox = client.new_inbox()
            answers = await client.subscribe(inbox)
            await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.MARQUE.{service}", b'{"batch": 1}', reply=inbox)
            message = await answers.next_msg(timeout=5)
            assert message.subject == "marque.right.verified.v1"
            await message.ack_sync()


async def test_every_event_has_a_service_that_may_publish_it_and_no_stranger_may(broker: Broker) -> None:
    async with contextlib.AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(broker.connected(name)) for name in PUBLISHERS}
        await clients["intake"].jetstream().add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"]))
        assert registry
        subjects = [f"marque.tool.prices{name[6:]}" if event.to_tool else name for name, event in registry.items()]
        asked = [(subject, name) for subject in subjects for name in clients]
        answers = await asyncio.gather(*(may_publish(clients[name], subject) for subject, name in asked))
        for subject in subjects:
            publishers = [name for (of, name), may in zip(asked, answers, strict=True) if of == subject and may]
            assert publishers, f"nobody may publish {subject}"
            theirs = subject.startswith(
                ("marque.listing.upserted.", "marque.listing.removed.", "marque.enforcement.applied.")
            )
            assert ("catalogue" in publishers) == theirs, subject
            assert ("gateway" in publishers) == subject.startswith("marque.account."), subject
            refusals = "event.refused" in subject
            assert not refusals or publishers == ["review", "screening"], subject
            assert "notify" not in publishers or subject.startswith("marque.webhook."), subject


async def test_no_service_may_delete_the_stream_or_take_the_messages_of_another(broker: Broker) -> None:
    async with broker.connected("intake") as intake, broker.connected("review") as review:
        await intake.jetstream().add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"]))
        await intake.jetstream().add_consumer("MARQUE", ConsumerConfig(durable_name="intake"))
        for subject in (
            "$JS.API.STREAM.DELETE.MARQUE", "$JS.API.STREAM.PURGE.MARQUE", "$JS.API.STREAM.UPDATE.MARQUE",
            "$JS.API.STREAM.MSG.DELETE.MARQUE", "$JS.API.CONSUMER.DELETE.MARQUE.intake",
            "$JS.API.CONSUMER.MSG.NEXT.MARQUE.intake", "$JS.API.STREAM.CREATE.OTHER",
        ):  # fmt: skip
            with pytest.raises(nats.errors.TimeoutError):
                await review.request(subject, b"", timeout=0.3)
        assert (await intake.jetstream().consumer_info("MARQUE", "intake")).name == "intake"


async def test_nobody_hears_what_is_meant_for_another(broker: Broker) -> None:
    subjects = ["marque.>", *(f"_INBOX_{name}.>" for name in SERVICES), "$JS.ACK.>", "$JS.API.>", "$SYS.>", ">"]
    asked = [(user, subject) for user in PUBLISHERS for subject in subjects if subject != f"_INBOX_{user}.>"]
    heard = await asyncio.gather(*(_may_hear(broker, user, subject) for user, subject in asked))
    assert [one for one, may in zip(asked, heard, strict=True) if may] == []
    assert await _may_hear(broker, "intake", "_INBOX_intake.>")


@pytest.mark.parametrize("given", ["{}", '{"user": "intake", "pass": "guessed"}', '{"user": "stranger", "pass": ""}'])
async def test_nobody_comes_in_without_credentials(broker: Broker, given: str) -> None:
    async with broker.connected("intake"):
        pass
    host, _, port = broker.url_of("intake").rpartition("@")[2].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await reader.readline()
    writer.write(f"CONNECT {given}\r\nPING\r\n".encode())
    assert b"Authorization Violation" in await reader.read()
    writer.close()
    await writer.wait_closed()


async def _may_hear(broker: Broker, user: str, subject: str) -> bool:
    refused = asyncio.Event()

    async def note(error: Exception) -> None:
        if "permissions violation for subscription" in str(error).lower():
            refused.set()

    client = await nats.connect(broker.url_of(user), error_cb=note)
    try:
        await client.subscribe(subject)
        await client.flush()  # the refusal comes before the answer to this, and its callback somewhat later
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(refused.wait(), 2)
        return not refused.is_set()
    finally:
        await client.close()


async def test_the_passwords_of_the_runners_broker_are_different_and_kept(tmp_path: Path) -> None:
    async with NatsServer(tmp_path / "nats") as server:
        before = {user: server.url_of(user) for user in PUBLISHERS} | {"marque": server.url}
        assert len({url.split(":")[2] for url in before.values()}) == len(PUBLISHERS) + 1
    async with NatsServer(tmp_path / "nats", port=server.port) as again:
        assert {user: again.url_of(user) for user in PUBLISHERS} | {"marque": again.url} == before


async def test_a_broker_of_before_there_were_accounts_keeps_its_stream(tmp_path: Path) -> None:
    data = tmp_path / "nats"
    data.mkdir()
    port = free_port()
    old = f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{data}/jetstream" }}\n'
    (tmp_path / "old.conf").write_text(old)
    server = Child("nats", [program(), "-c", tmp_path / "old.conf"], log=tmp_path / "old.log")
    await server.start()
    client = await nats.connect(f"nats://127.0.0.1:{port}", max_reconnect_attempts=200, reconnect_time_wait=0.05)
    await client.jetstream().add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"]))
    await client.jetstream().publish("marque.right.verified.v1", b"42")
    await client.close()
    await server.stop()
    async with NatsServer(data) as now, Broker(now.url_of).connected("intake") as client:
        assert (await client.jetstream().get_msg("MARQUE", seq=1)).data == b"42"
