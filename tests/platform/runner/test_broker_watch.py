"""The embedded broker is restarted where it lives and takes no events, and trimmed before its own limit."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from aiohttp import web
from nats.js.api import ConsumerConfig, StreamConfig

from deploy.local import private
from deploy.local.broker_watch import BrokerWatch
from deploy.local.nats import NatsServer
from deploy.local.ports import free_port
from deploy.local.services import ServiceProcess, ServiceSpec


class Service:
    """A service that says of the stream what a test tells it to."""

    def __init__(self, folder: Path) -> None:
        self.says = "ok"
        spec = ServiceSpec("intake", "none:app")
        self.process = ServiceProcess(spec, free_port(), log=folder / "log", environment={}, folder=folder)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        async def readyz(_: web.Request) -> web.Response:
            return web.Response(text=json.dumps({"checks": {"publishing": self.says}}))

        app = web.Application()
        app.router.add_get("/readyz", readyz)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.process.port).start()
        yield
        await runner.cleanup()


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    service = Service(tmp_path)
    async with service.served():
        yield service


async def test_it_is_stopped_once_a_service_says_that_it_refuses_and_not_again_at_once(
    tmp_path: Path, service: Service
) -> None:
    said: list[str] = []
    async with NatsServer(tmp_path / "nats") as server:
        watch = BrokerWatch(server, [service.process], said.append)
        await watch.look()
        assert (server.running, said) == (True, [])
        service.says = "the stream has taken no event for 5 s: no_answer"
        await watch.look()
        assert not server.running
        assert said == [f"nats-server runs and takes no events (intake: {service.says}); it is started again"]
        await server.start()
        await watch.look()
        assert (server.running, len(said)) == (True, 1)


async def test_after_a_full_disk_it_is_stopped_once_there_is_room_and_not_before(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    room = False
    monkeypatch.setattr(private, "has_room", lambda _: room)
    service.says = "the stream has taken no event for 5 s: no_answer"
    async with NatsServer(tmp_path / "nats") as server:
        watch = BrokerWatch(server, [service.process], said.append)
        await watch.look()
        await watch.look()
        before = server.running
        assert said == [f"the disk of nats-server is full: free some space under {server.data}"]
        with server.log.open("a") as log:
            log.write("[ERR] JetStream failed to store a msg: write 1.blk: no space left on device\n")
        room = True
        await watch.look()
        assert (before, server.running) == (True, False)
        assert said[1:] == ["nats-server runs and takes no events (its disk was full); it is started again"]


async def test_a_disk_that_was_full_while_nothing_was_written_costs_no_restart(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    room = False
    monkeypatch.setattr(private, "has_room", lambda _: room)
    async with NatsServer(tmp_path / "nats") as server:
        watch = BrokerWatch(server, [service.process], said.append)
        await watch.look()
        room = True
        await watch.look()
        assert server.running
    assert len(said) == 1


async def test_a_store_near_its_limit_lets_go_of_what_everyone_has_taken_in_and_of_nothing_else(
    tmp_path: Path, service: Service
) -> None:
    said: list[str] = []
    async with NatsServer(tmp_path / "nats", store_bytes=2_000_000) as server:
        client = await nats.connect(server.url)
        jetstream = client.jetstream()
        await jetstream.add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"]))
        for name in ("intake", "review"):
            await jetstream.add_consumer("MARQUE", ConsumerConfig(durable_name=name))
        for _ in range(17):
            await jetstream.publish("marque.right.verified.v1", os.urandom(100_000))
        for name, taken in (("intake", 17), ("review", 10)):
            subscription = await jetstream.pull_subscribe_bind(name, "MARQUE")
            for message in await subscription.fetch(taken):
                await message.ack_sync()
        service.says = "the stream has taken no event for 5 s: store_full"
        await BrokerWatch(server, [service.process], said.append).look()
        state = (await jetstream.stream_info("MARQUE")).state
        assert (state.first_seq, state.last_seq) == (10, 17)
        assert server.running
        assert said == ["nats-server keeps 2 MB, near its limit: it deletes what everyone has taken in"]
        await client.close()
