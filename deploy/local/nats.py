"""nats-server from its wheel, with JetStream, on the loopback address, with everything it keeps under one folder."""

import asyncio
import contextlib
import json
import re
import shutil
import sysconfig
from pathlib import Path

from deploy.local import private
from deploy.local.children import Child
from deploy.local.embedded import PAUSE, EmbeddedServer
from deploy.local.errors import CannotStartError, ChildDiedError, DiskFullError, PortInUseError
from deploy.local.ports import LOOPBACK

USER = "marque"
CONFIGURATION = """\
# Written at every start.
listen: "{host}:{port}"
server_name: "marque"
authorization {{ user: "{user}", password: "{password}" }}
jetstream {{
  store_dir: "{store}"
  max_file_store: 16GB
  sync_interval: {sync}
}}
"""


class NatsServer(EmbeddedServer):
    """A nats-server of our own. After `start`, `url` has its address with a user and password."""

    name = "nats-server"
    stop_seconds = 15.0

    def __init__(
        self, data: Path, *, port: int | None = None, sync_always: bool = False, log: Path | None = None
    ) -> None:
        """Args:
        sync_always: every message is on disk before it is acknowledged; otherwise within two minutes.
        """
        super().__init__(data, port=port, log=log)
        self._sync = "always" if sync_always else '"2m"'

    @property
    def url(self) -> str:
        return f"nats://{USER}:{self._password}@{LOOPBACK}:{self.port}"

    def _made(self, port: int) -> Child:
        store = str(self.data / "jetstream").replace("\\", "\\\\").replace('"', '\\"')
        text = CONFIGURATION.format(
            host=LOOPBACK, port=port, user=USER, password=self._password, store=store, sync=self._sync
        )
        private.write(self.data / "server.conf", text.encode())
        return Child(self.name, [program(), "-c", self.data / "server.conf"], log=self.log, turn=1)

    async def _start_until_it_answers(self, child: Child) -> None:
        await child.start()
        end = asyncio.ensure_future(child.wait())
        try:
            while not end.done():
                with contextlib.suppress(OSError):
                    if await self._greets():
                        return
                await asyncio.wait([end], timeout=PAUSE)
        finally:
            end.cancel()
        raise self._reason(child)

    async def _greets(self) -> bool:
        """Speaks the first lines of the protocol, so that a stranger on the port is not taken for our server."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            await reader.readline()
            who = json.dumps({"verbose": False, "pedantic": False, "user": USER, "pass": self._password})
            writer.write(f"CONNECT {who}\r\nPING\r\n".encode())
            return (await reader.readline()).startswith(b"PONG")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _reason(self, child: Child) -> CannotStartError:
        said = child.said()
        if "address already in use" in said:
            return PortInUseError(self.name, self.port or 0)
        if "no space left on device" in said:
            return DiskFullError(self.data)
        complaints = re.findall(r"(?:\[FTL\]|\[ERR\]|nats-server:|FATAL:) +(.*)", said)
        return ChildDiedError(self.name, complaints[-1] if complaints else "it does not say why", self.log)


def program() -> Path:
    """The server's program, from the wheel or from the path."""
    ours = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(ours) if ours.exists() else shutil.which("nats-server")
    if found is None:
        raise CannotStartError("there is no nats-server for this machine: set MARQUE_NATS_URL to a server of your own")
    return Path(found)
