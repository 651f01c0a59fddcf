"""nats-server from its wheel, with JetStream, on the loopback address, with everything it keeps under one folder."""

import asyncio
import contextlib
import json
import re
import shutil
import sysconfig
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import private
from deploy.local.children import Child
from deploy.local.errors import CannotStartError, ChildDiedError, DiskFullError, PortInUseError
from deploy.local.ports import LOOPBACK, free_port

USER = "marque"
START_SECONDS = 60.0
STOP_SECONDS = 15.0
PAUSE = 0.02
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


class NatsServer:
    """A nats-server of our own. After `start`, `url` has its address with a user and password."""

    name = "nats-server"

    def __init__(
        self, data: Path, *, port: int | None = None, sync_always: bool = False, log: Path | None = None
    ) -> None:
        """Args:
        data: folder for all it keeps; made when there is none.
        port: a free one when not given; it keeps it when it is started again.
        sync_always: every message is on disk before it is acknowledged; otherwise within two minutes.
        log: where it writes; in `data` when not given.
        """
        self.data = data.absolute()
        self.log = log or self.data / "server.log"
        self.port = port
        self._any_port = port is None
        self._sync = "always" if sync_always else '"2m"'
        self._password = ""
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"nats://{USER}:{self._password}@{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    async def start(self) -> None:
        """Start, and wait until it answers; raises a `CannotStartError`."""
        private.make_folder(self.data)
        self._password = private.keep_secret(self.data / "password")
        for _ in range(5):
            port = self.port = self.port or free_port()
            try:
                await self._start(port)
            except PortInUseError:
                if not self._any_port:
                    raise
                self.port = None
            else:
                self._any_port = False  # others know it now
                return
        raise PortInUseError("nats-server", port)

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(STOP_SECONDS)

    async def wait(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        return await self._started().wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _start(self, port: int) -> None:
        store = str(self.data / "jetstream").replace("\\", "\\\\").replace('"', '\\"')
        text = CONFIGURATION.format(
            host=LOOPBACK, port=port, user=USER, password=self._password, store=store, sync=self._sync
        )
        private.write(self.data / "server.conf", text.encode())
        child = self._child = Child("nats-server", [program(), "-c", self.data / "server.conf"], log=self.log, turn=1)
        await child.start()
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._until_it_answers(child, port)
        except BaseException as error:
            await child.stop(STOP_SECONDS)
            if isinstance(error, TimeoutError):
                late = f"it did not answer within {START_SECONDS:.0f} s"
                raise ChildDiedError("nats-server", late, self.log) from None
            raise

    async def _until_it_answers(self, child: Child, port: int) -> None:
        end = asyncio.ensure_future(child.wait())
        try:
            while not end.done():
                with contextlib.suppress(OSError):
                    if await self._greets(port):
                        return
                await asyncio.wait([end], timeout=PAUSE)
        finally:
            end.cancel()
        raise self._reason(child)

    async def _greets(self, port: int) -> bool:
        """Speaks the first lines of the protocol, so that a stranger on the port is not taken for our server."""
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            await reader.readline()
            who = json.dumps({"verbose": False, "pedantic": False, "user": USER, "pass": self._password})
            writer.write(f"CONNECT {who}\r\nPING\r\n".encode())
            return (await reader.readline()).startswith(b"PONG")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _started(self) -> Child:
        if self._child is None:
            raise RuntimeError("nats-server was never started")
        return self._child

    def _reason(self, child: Child) -> CannotStartError:
        said = child.said()
        if "address already in use" in said:
            return PortInUseError("nats-server", self.port or 0)
        if "no space left on device" in said:
            return DiskFullError(self.data)
        complaints = re.findall(r"(?:\[FTL\]|\[ERR\]|nats-server:|FATAL:) +(.*)", said)
        return ChildDiedError("nats-server", complaints[-1] if complaints else "it does not say why", self.log)


def program() -> Path:
    """The server's program, from the wheel or from the path."""
    ours = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(ours) if ours.exists() else shutil.which("nats-server")
    if found is None:
        raise CannotStartError("there is no nats-server for this machine: set MARQUE_NATS_URL to a server of your own")
    return Path(found)
