"""nats-server from its wheel, with JetStream, on the loopback address, with everything it keeps under one folder.

Its accounts and permissions are those of `deploy/nats/nats.conf`: a user for each service, who may do what that service
does, and an account for each tool of the home's table. There is one user more, the runner's own, who may do everything.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import sysconfig
from pathlib import Path

import nats

from deploy.local import private
from deploy.local.children import Child
from deploy.local.embedded import PAUSE, EmbeddedServer
from deploy.local.errors import CannotStartError, ChildDiedError, DiskFullError, PortInUseError
from deploy.local.ports import LOOPBACK
from deploy.tools.permissions import with_tools
from deploy.tools.table import Tool, read_tools

CONFIGURATION = Path(__file__).parents[1] / "nats" / "nats.conf"
USER = "marque"
SYSTEM = "system"
_RELOAD_SECONDS = 10.0
_NO_ROOM = "no space left on device"
_PASSWORD = re.compile(r'user: "(\w+)", password: \$MARQUE_NATS_PASSWORD_\w+')


class NatsServer(EmbeddedServer):
    """A nats-server of our own. After `start`, `url` has its address with a user who may do everything."""

    name = "nats-server"
    stop_seconds = 15.0

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        sync_always: bool = False,
        store_bytes: int = 16 * 10**9,
        log: Path | None = None,
        tools: Path | None = None,
    ) -> None:
        """Args:
        tools: the table of the internal tools that may come in.
        sync_always: every message is on disk before it is acknowledged; otherwise within two minutes.
        store_bytes: what it keeps on the disk, at most.
        """
        super().__init__(data, port=port, log=log)
        self.store_bytes = store_bytes
        self._tools = tools
        self._served: list[Tool] = []
        self._sync = "always" if sync_always else '"2m"'

    @property
    def url(self) -> str:
        return self._url_with(USER)

    @property
    def kept_url(self) -> str:
        """The address of a server that another process has started in this folder, with the user who may everything."""
        self._password = private.keep_secret(self.data / "password")
        return self.url

    @property
    def met_full_disk(self) -> bool:
        """Return whether a write of this process found no room: its stream takes nothing from then on."""
        return self._child is not None and _NO_ROOM in self._child.output()

    def url_of(self, user: str) -> str:
        """The address with the user of one service, or of the marketplace's catalogue."""
        return f"nats://{user}:{self._password_of(user)}@{LOOPBACK}:{self.port}"

    def _url_with(self, own: str) -> str:
        """The address with one of the runner's own users: of the services' account, or of the server itself."""
        return f"nats://{own}:{self._password}@{LOOPBACK}:{self.port}"

    def _password_of(self, user: str) -> str:
        return private.keep_secret(self.data / "users" / user)

    async def _prepare(self) -> None:
        private.make_folder(self.data / "users")
        streams = self.data / "jetstream" / "jetstream"
        if (streams / "$G").exists() and not (streams / "MARQUE").exists():
            # Homes of before there were accounts: the stream belongs to the account of that name now.
            (streams / "$G").rename(streams / "MARQUE")

    def _made(self, port: int) -> Child:
        private.write(self.data / "server.conf", self._configuration(port).encode())
        # Go's collector waits until memory has doubled; near this much it comes more often instead.
        environment = {"GOMEMLIMIT": "256MiB", **os.environ}
        command: list[str | Path] = [program(), "-c", self.data / "server.conf"]
        return Child(self.name, command, log=self.log, stop_order=1, environment=environment)

    @property
    def serves_all_tools(self) -> bool:
        """Return whether those in the table now are those that it was last told of."""
        return self._table() == self._served

    async def reload(self) -> None:
        """Let in the tools that are in the table now, and shut out the others; nobody else is disconnected.

        nats-server 2.15 serves the imports of a new account only after a second reload. Raises `CannotStartError`
        where it does not take the configuration, and the errors of the client.
        """
        private.write(self.data / "server.conf", self._configuration(self.port or 0).encode())
        client = await nats.connect(self._url_with(SYSTEM), allow_reconnect=False, connect_timeout=1)
        try:
            server = json.loads((await client.request("$SYS.REQ.SERVER.PING", timeout=_RELOAD_SECONDS)).data)["server"]
            for _ in range(2):
                subject = f"$SYS.REQ.SERVER.{server['id']}.RELOAD"
                answer = json.loads((await client.request(subject, timeout=_RELOAD_SECONDS)).data)
                if error := answer.get("error"):
                    raise CannotStartError(f"nats-server does not take its configuration: {error['description']}")
        finally:
            await client.close()

    def _configuration(self, port: int) -> str:
        text = _PASSWORD.sub(
            lambda found: f'user: "{found[1]}", password: {json.dumps(self._password_of(found[1]))}',
            CONFIGURATION.read_text(),
        )
        own, system = (f'{{ user: "{user}", password: {json.dumps(self._password)} }}' for user in (USER, SYSTEM))
        store = f"store_dir: {json.dumps(str(self.data / 'jetstream'))}\n  max_file_store: {self.store_bytes}"
        for deployed, here in (
            ('listen: "0.0.0.0:4222"', f'listen: "{LOOPBACK}:{port}"\nserver_name: "marque"'),
            ('http: "127.0.0.1:8222"\n', ""),
            ('store_dir: "/data"', store),
            ("sync_interval: always", f"sync_interval: {self._sync}"),
            ("accounts {", f"system_account: SYSTEM\naccounts {{\n  SYSTEM {{ users: [{system}] }}"),
            ("users: [\n      {", f"users: [\n      {own}\n      {{"),
        ):
            if text.count(deployed) != 1:
                raise CannotStartError(f"{CONFIGURATION} must contain {deployed!r} once")
            text = text.replace(deployed, here)
        self._served = self._table()
        return "# Written at every start, and for every change of the tools.\n" + with_tools(text, self._served)

    def _table(self) -> list[Tool]:
        return [] if self._tools is None else read_tools(self._tools)

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
        said = child.output()
        if "address already in use" in said:
            return PortInUseError(self.name, self.port or 0)
        if _NO_ROOM in said:
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
