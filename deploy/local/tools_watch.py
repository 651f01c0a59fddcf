"""Lets the tools of the home's table in at the embedded broker, and looks after their durable consumers."""

import asyncio
from pathlib import Path

import nats
import nats.errors
import nats.js.errors

from deploy.local.errors import CannotStartError
from deploy.local.nats import NatsServer
from deploy.local.supervision import Say
from deploy.tools.durables import keep_durables
from deploy.tools.table import read_tools

_LOOK_SECONDS = 0.5
_ANSWER_SECONDS = 5.0


class ToolsWatch:
    """Looks twice a second; `run` it as long as the platform lives."""

    def __init__(self, server: NatsServer, table: Path, say: Say) -> None:
        self._server = server
        self._table = table
        self._say = say
        self._said = ""

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not self._server.running:
                continue
            try:
                await self.look()
                self._said = ""
            except CannotStartError as error:
                self._tell(str(error))
            except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
                self._tell(f"the tools could not be looked after: {type(error).__name__}")

    async def look(self) -> None:
        """Bring the broker up to the table, and the durables with it."""
        if not self._server.serves_all_tools:
            await self._server.reload()
        async with asyncio.timeout(_ANSWER_SECONDS):
            client = await nats.connect(self._server.url, allow_reconnect=False, connect_timeout=1)
            try:
                await keep_durables(client.jetstream(timeout=2), read_tools(self._table))
            finally:
                await client.close()

    def _tell(self, line: str) -> None:
        """Say a trouble once, and not with every look."""
        if line != self._said:
            self._say(line)
        self._said = line
