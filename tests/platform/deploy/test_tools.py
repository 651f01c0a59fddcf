"""Internal tools at the broker: each does what its table says and nothing else, as deployed and as embedded."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from nats.js.errors import Error as JetStreamError

from deploy.local.children import Child
from deploy.local.errors import HomeUnusableError
from deploy.local.nats import NatsServer, program
from deploy.local.ports import free_port
from deploy.local.tools_watch import ToolsWatch
from deploy.tools import table
from deploy.tools.durables import keep_durables
from deploy.tools.keys import new_key
from deploy.tools.permissions import readable, with_tools, writable
from tests.running import eventually
from tools.check_deploy import NATS

FORGED = b'{"type": "marque.report.closed.v1", "forged": true}'


@dataclass
class Served:
    """A broker with a table of tools, and the seed of each."""

    services: str
    """The address with a user of the services' account."""
    address: str
    path: Path
    bring_up: Callable[[], Awaitable[None]]
    seeds: dict[str, str] = field(default_factory=dict)

    async def add(self, name: str, *, read: str = "", write: str = "") -> None:
        seed, public_key = new_key()
        nouns = [[noun for noun in given.split(",") if noun] for given in (read, write)]
        table.add(self.path, table.make_tool(name, public_key, *nouns))
        self.seeds[name] = seed
        await self.bring_up()

    async def revoke(self, name: str) -> None:
        table.remove(self.path, name)
        await self.bring_up()

    @contextlib.asynccontextmanager
    async def connected(self, name: str, **more: Any) -> AsyncIterator[Client]:
        async def quiet(_: Exception) -> None:
            pass

        client = await nats.connect(
            self.address, nkeys_seed_str=self.seeds[name], **{"error_cb": quiet, "max_reconnect_attempts": 2, **more}
        )
        try:
            yield client
        finally:
            await client.close()

    @contextlib.asynccontextmanager
    async def as_service(self) -> AsyncIterator[Client]:
        client = await nats.connect(self.services, inbox_prefix=b"_INBOX_intake")
        try:
            yield client
        finally:
            await client.close()

    async def last(self) -> int:
        async with self.as_service() as client:
            return int((await client.jetstream().stream_info("MARQUE")).state.last_seq)


@contextlib.asynccontextmanager
async def _embedded(folder: Path) -> AsyncIterator[Served]:
    path = folder / "tools.json"
    async with NatsServer(folder / "nats", tools=path) as server:
        watch = ToolsWatch(server, path, print)
        yield Served(server.url_of("intake"), f"nats://127.0.0.1:{server.port}", path, watch.look)


@contextlib.asynccontextmanager
async def _deployed(folder: Path) -> AsyncIterator[Served]:
    """As `deploy/` has it: the made configuration, reloaded twice, and `python -m deploy.tools` beside it."""
    port, path, conf = free_port(), folder / "tools.json", folder / "nats.conf"
    text = NATS.read_text().replace("0.0.0.0:4222", f"127.0.0.1:{port}").replace('"/data"', f'"{folder / "data"}"')
    text = text.replace('http: "127.0.0.1:8222"', "")
    conf.write_text(with_tools(text, []))
    names = ("gateway", "intake", "review", "conduct", "escalation", "screening", "notify", "catalogue", "tools")
    passwords = {f"MARQUE_NATS_PASSWORD_{name.upper()}": f"secret-{name}" for name in names}
    server = Child("nats", [program(), "-c", conf], log=folder / "log", environment={**os.environ, **passwords})
    await server.start()
    loaded = "Reloaded server configuration"

    async def bring_up() -> None:
        conf.write_text(with_tools(text, table.read_tools(path)))
        for _ in range(2):
            before = server.output().count(loaded)
            server.send(signal.SIGHUP)

            async def reloaded(before: int = before) -> bool:
                return server.output().count(loaded) > before

            await eventually(reloaded)
        client = await nats.connect(f"nats://tools:secret-tools@127.0.0.1:{port}", inbox_prefix=b"_INBOX_tools")
        await keep_durables(client.jetstream(), table.read_tools(path))
        await client.close()

    address = f"127.0.0.1:{port}"

    async def greets() -> bool:
        return "Server is ready" in server.output()

    await eventually(greets)
    yield Served(f"nats://intake:secret-intake@{address}", f"nats://{address}", path, bring_up)
    await server.stop()


@pytest.fixture(params=[_deployed, _embedded], ids=["deployed", "embedded"])
async def served(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Served]:
    async with request.param(tmp_path) as broker:
        async with broker.as_service() as client:
            await client.jetstream().add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"], allow_direct=True))
        yield broker


async def tell(broker: Served, subject: str, payload: bytes = b"{}") -> None:
    async with broker.as_service() as client:
        await client.jetstream(timeout=2).publish(subject, payload)


async def received(client: Client, most: int = 10) -> list[str]:
    """The subjects of what a tool's durable has for it; acknowledged."""
    subscription = await client.subscribe("events", queue="tool")
    subjects: list[str] = []
    with contextlib.suppress(nats.errors.TimeoutError):
        while len(subjects) < most:
            message = await subscription.next_msg(timeout=1)
            await message.ack_sync(timeout=2)
            subjects.append(message.subject)
    await subscription.unsubscribe()
    return subjects


async def test_a_tool_reads_what_its_table_says_and_never_what_services_tell_each_other(served: Served) -> None:
    await served.add("ledger", read="reports,listings")
    for subject in (
        "marque.report.submitted.v1", "marque.right.verified.v1", "marque.internal.right.searched.v1",
        "marque.report.closed.v1",
    ):  # fmt: skip
        await tell(served, subject)
    async with served.connected("ledger") as client:
        assert await received(client) == ["marque.report.submitted.v1", "marque.report.closed.v1"]
        assert await received(client) == []
    assert "internals" not in readable()
    with pytest.raises(table.ToolError, match="internal"):
        table.make_tool("curious", new_key()[1], ["internal"], [])


async def test_what_a_tool_publishes_stands_under_its_own_name_whoever_it_says_it_is(served: Served) -> None:
    await served.add("prices", write="listings")
    async with served.connected("prices") as client:
        jetstream = client.jetstream(timeout=2)
        forged = {"Nats-Msg-Id": "1", "Nats-Request-Info": '{"acc": "MARQUE"}'}
        stored = await jetstream.publish("marque.listing.upserted.v1", b"{}", headers=forged)
        for theirs in ("marque.decision.made.v1", "marque.enforcement.applied.v1", "marque.internal.x.y.v1",
                       "marque.tool.other.listing.upserted.v1"):  # fmt: skip
            with pytest.raises(nats.errors.TimeoutError):
                await client.request(theirs, b"{}", timeout=0.3)
    async with served.as_service() as service:
        message = await service.jetstream().get_msg("MARQUE", seq=stored.seq)
    assert message.subject == "marque.tool.prices.listing.upserted.v1"
    assert message.headers == {"Nats-Msg-Id": "1"}
    assert await served.last() == stored.seq
    assert writable() == ["enforcements", "listings"]


async def test_no_reply_subject_makes_the_broker_publish_among_the_services(served: Served) -> None:
    """In one account, who asks for messages may have them delivered, and stored anew, wherever he likes."""
    await served.add("prices", read="reports", write="listings")
    await served.add("other", read="reports", write="listings")
    for _ in range(4):
        await tell(served, "marque.report.closed.v1", FORGED)
    before, replies = await served.last(), (
        "marque.report.closed.v1", "marque.tool.other.listing.upserted.v1", "$JS.API.STREAM.PURGE.MARQUE",
        "$JS.API.CONSUMER.DELETE.MARQUE.tool_other", "deliver.other", "_INBOX.>",
    )  # fmt: skip
    async with served.connected("prices") as client, served.connected("other") as other:
        inbox = await other.subscribe("_INBOX.>")
        subscription = await client.subscribe("events", queue="tool")
        message = await subscription.next_msg(timeout=5)
        for reply in replies:
            for acknowledgement in (b"+ACK", b'+NXT {"batch": 1}', b"-NAK", b"+TERM"):
                await client.publish(message.reply, acknowledgement, reply=reply)
            await client.publish("marque.listing.upserted.v1", b"{}", reply=reply)
        await client.publish(message.reply, b"+ACK", reply="marque.listing.upserted.v1")
        await client.publish("marque.listing.upserted.v1", b"the last one")
        await client.flush()

        async def stored() -> list[str]:
            async with served.as_service() as service:
                jetstream = service.jetstream()
                there = [await jetstream.get_msg("MARQUE", seq=n) for n in range(before + 1, await served.last() + 1)]
            assert b"the last one" in [one.data for one in there]
            return [str(one.subject) for one in there]

        assert set(await eventually(stored)) == {"marque.tool.prices.listing.upserted.v1"}
        assert inbox.pending_msgs == 0
        assert await received(other, 4) == ["marque.report.closed.v1"] * 4


async def test_a_tool_asks_for_nothing_but_its_own_events(served: Served) -> None:
    await served.add("prices", read="reports")
    await served.add("other", read="reports")
    async with served.connected("prices") as client:
        for subject in (
            "$JS.API.INFO", "$JS.API.STREAM.INFO.MARQUE", "$JS.API.STREAM.MSG.GET.MARQUE", "$JS.API.DIRECT.GET.MARQUE",
            "$JS.API.CONSUMER.CREATE.MARQUE.mine", "$JS.API.CONSUMER.MSG.NEXT.MARQUE.tool_prices",
            "$JS.API.CONSUMER.MSG.NEXT.MARQUE.intake", "$JS.ACK.MARQUE.tool_other.1.1.1.1.1", "$SYS.REQ.SERVER.PING",
        ):  # fmt: skip
            with pytest.raises(nats.errors.TimeoutError):
                await client.request(subject, b"{}", timeout=0.2)
        refused: list[str] = []

        async def note(error: Exception) -> None:
            refused.append(str(error).lower())

        client._error_cb = note
        subjects = ("marque.>", "$JS.>", "$SYS.>", "_R_.>", ">", "_INBOX_intake.>", "deliver.*", "events")
        for subject in subjects:
            await client.subscribe(subject)
        await client.flush()

        async def all_refused() -> bool:
            return len(refused) == len(subjects) and all("subscription" in error for error in refused)

        await eventually(all_refused)


async def test_a_revoked_tool_is_shut_out_while_it_is_connected_and_the_others_are_not(served: Served) -> None:
    await served.add("prices", read="reports", write="listings")
    await served.add("other", read="reports")
    gone, said = asyncio.Event(), list[str]()

    async def note(error: Exception) -> None:
        said.append(str(error))

    async def closed() -> None:
        gone.set()

    async with served.as_service() as service, served.connected("other") as other:
        more = {"error_cb": note, "closed_cb": closed, "reconnect_time_wait": 0.05}
        async with served.connected("prices", **more) as client:
            await client.subscribe("events", queue="tool")
            await served.revoke("prices")
            await asyncio.wait_for(gone.wait(), 10)
        assert any("Authorization Violation" in one for one in said)
        await service.jetstream().publish("marque.report.closed.v1", b"{}")
        assert await received(other) == ["marque.report.closed.v1"]


async def test_a_lost_store_gives_each_tool_its_durable_again(tmp_path: Path) -> None:
    async with _embedded(tmp_path) as broker:
        async with broker.as_service() as client:
            await client.jetstream().add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"]))
        await broker.add("ledger", read="reports")
        port = int(broker.address.rpartition(":")[2])
        admin = await nats.connect(NatsServer(tmp_path / "nats", port=port).kept_url)
        jetstream = admin.jetstream()
        await jetstream.delete_stream("MARQUE")
        await broker.bring_up()
        await jetstream.add_stream(StreamConfig(name="MARQUE", subjects=["marque.>"]))
        await jetstream.publish("marque.report.closed.v1", b"{}")
        await broker.bring_up()
        async with broker.connected("ledger") as client:
            assert await received(client) == ["marque.report.closed.v1"]
        await broker.revoke("ledger")
        with pytest.raises(JetStreamError):
            await jetstream.consumer_info("MARQUE", "tool_ledger")
        await admin.close()


@pytest.mark.parametrize(
    ("name", "read", "write", "says"),
    [
        ("Prices", "decisions", "", "no name of a tool"),
        ("intake", "decisions", "", "no name of a tool"),
        ("a.b", "decisions", "", "no name of a tool"),
        ("prices", "decisions,webhoks", "", "webhoks: there are accounts, authorities, decisions"),
        ("prices", "", "decisions", "decisions: there are enforcements, listings"),
        ("prices", "", "", "neither read nor publish"),
    ],
)
def test_what_is_no_tool_is_refused_with_what_there_is(name: str, read: str, write: str, says: str) -> None:
    with pytest.raises(table.ToolError, match=says):
        table.make_tool(name, new_key()[1], [n for n in read.split(",") if n], [n for n in write.split(",") if n])


def test_a_table_that_is_none_is_named_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "tools.json"
    for text in ("{", '{"name": "x"}', json.dumps([{"name": "prices"}]), "7"):
        path.write_text(text)
        with pytest.raises(HomeUnusableError, match=r"tools\.json cannot be used: it is no table of tools"):
            table.read_tools(path)
