import asyncio
import os
import signal
from pathlib import Path

import nats
import psutil
import pytest

from deploy.local.errors import PortInUseError
from deploy.local.nats import NatsServer


async def test_a_message_on_disk_is_there_after_a_kill(tmp_path: Path) -> None:
    async with NatsServer(tmp_path / "data", sync_always=True) as server:
        address = server.url
        client = await nats.connect(address)
        stream = client.jetstream()
        await stream.add_stream(name="KEPT", subjects=["kept"])
        await stream.publish("kept", b"42")
        await client.close()
        os.kill(server.pid, signal.SIGKILL)
        assert await server.wait() == -signal.SIGKILL
        await server.start()
        assert server.url == address
        client = await nats.connect(address)
        message = await client.jetstream().get_msg("KEPT", seq=1)
        assert message.data == b"42"
        await client.close()


async def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    async with NatsServer(tmp_path / "data") as server:
        mine = psutil.Process(server.pid).net_connections("inet")
        assert {c.laddr.ip for c in mine if c.status == "LISTEN"} == {"127.0.0.1"}


async def test_without_the_password_there_is_no_way_in(tmp_path: Path) -> None:
    async with NatsServer(tmp_path / "data") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await reader.readline()
        writer.write(b"CONNECT {}\r\nPING\r\n")
        assert b"Authorization Violation" in await reader.read()
        writer.close()
        await writer.wait_closed()


async def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    async with NatsServer(tmp_path / "one") as first:
        with pytest.raises(PortInUseError, match="another program uses this port"):
            await NatsServer(tmp_path / "two", port=first.port).start()
