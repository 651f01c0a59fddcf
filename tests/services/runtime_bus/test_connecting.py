"""A connection to the broker that is still being made as the service stops."""

import asyncio

import pytest
from pydantic import SecretStr

from shared.runtime.stream import Broker
from tests.services.runtime_bus.conftest import Bus


@pytest.mark.parametrize("greeting", [b"", b"HELLO\r\n"])
async def test_who_stops_while_it_connects_leaves_no_connection_open(bus: Bus, greeting: bytes) -> None:
    """The library forgets the socket of an attempt that is cancelled, or that failed."""
    came, gone = asyncio.Event(), asyncio.Event()

    async def no_broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        came.set()
        await reader.read()
        gone.set()
        writer.close()

    server = await asyncio.start_server(no_broker, "127.0.0.1", 0)
    url = SecretStr(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        async with Broker(bus.settings.model_copy(update={"nats_url": url}), name="recorder"):
            await asyncio.wait_for(came.wait(), 30)
        await asyncio.wait_for(gone.wait(), 30)
