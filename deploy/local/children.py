"""Programs that the runner starts, and that never outlive it."""

import asyncio
import atexit
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from deploy.local import logs, private

HERE = Path(__file__).parent
PYTHON = (sys.executable, "-I", "-S")


class Child:
    """One program with its log. It can be started again after its end; `pid` is the program's own.

    `since` is when it was started last. Start it from the thread that lives longest: Linux ends it with the thread that
    started it.
    """

    def __init__(
        self,
        name: str,
        program: Sequence[str | Path],
        *,
        log: Path | None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        stop_order: int = 0,
        unprivileged: Path | None = None,
    ) -> None:
        """Args:
        log: where its output is added; without one it writes where the runner does.
        folder: the working folder.
        stop_order: when the runner is killed, children of a lower one are stopped first.
        unprivileged: a folder to own; given, the program never runs as root.
        """
        self.name = name
        self.program = [str(part) for part in program]
        self.log = log
        self.environment = environment
        self.folder = folder
        self.stop_signal = stop_signal
        self.stop_order = stop_order
        self.unprivileged = unprivileged
        self.since: datetime | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        with _log(self.log) as (log, self._log_start):
            self._process = await asyncio.create_subprocess_exec(
                *PYTHON,
                str(HERE / "launch.py"),
                str(os.getpid()),
                str(int(self.stop_signal)),
                str(self.unprivileged or "-"),
                *self.program,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,  # Ctrl-C is for the runner; it stops its children in order
            )
        self.since = datetime.now(UTC)
        _guard.add(self._process.pid, self.stop_signal, self.stop_order)

    async def wait(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        code = await self._process.wait()
        _guard.remove(self._process.pid)
        return code

    async def stop(self, grace: float = 15.0) -> None:
        """Ask it to stop, wait, and kill it after `grace` seconds. Nothing to do when it has ended already."""
        if self._process is None:
            return
        self.send(self.stop_signal)
        try:
            await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            self.send(signal.SIGKILL)
            await self.wait()

    def send(self, signal_number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal_number)

    def output(self) -> str:
        """Return what it wrote to its log since its last start."""
        if self.log is None:
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start if self._log_start <= self.log.stat().st_size else 0)
            return log.read()[-64 * 1024 :].decode(errors="replace")

    def last_line(self) -> str:
        """The line of its log that says why it ended: the last error of Python that is there, or else the last line."""
        lines = [said for line in self.output().strip().splitlines() for said in _texts_of(line)]
        errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception): ", line)]
        return (errors or lines or ["it does not say why"])[-1].strip()


def _texts_of(line: str) -> list[str]:
    """Return the lines of text that a line of a log holds: services log one JSON object a line."""
    try:
        entry = json.loads(line)
    except ValueError:
        return [line]
    if not isinstance(entry, dict):
        return [line]
    return [text for name in ("message", "exception") for text in str(entry.get(name, "")).splitlines()] or [line]


@contextlib.contextmanager
def _log(path: Path | None) -> Iterator[tuple[int | None, int]]:
    """The log opened for appending, and where it ends now."""
    if path is None:
        yield None, 0
        return
    private.make_folder(path.parent)
    logs.put_aside(path)
    try:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise private.named(error, path) from error
    try:
        yield log, os.fstat(log).st_size
    finally:
        os.close(log)


class _Guard:
    """The runner's side of `guard.py`: one guard for each process that has children."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._locks: list[int] = []

    def hold(self, *locks: int) -> None:
        """Let the next guard keep these files open, and with them the locks on them, until the last child has ended."""
        self._locks = list(locks)

    def add(self, pid: int, stop: signal.Signals, stop_order: int) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                [*PYTHON, str(HERE / "guard.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=self._locks,
            )
            self._locks = []
            atexit.register(self.dismiss)
        self._tell(f"+ {pid} {int(stop)} {stop_order}\n")

    def remove(self, pid: int) -> None:
        self._tell(f"- {pid}\n")

    def dismiss(self) -> None:
        """Say good-bye: it ends what is left, and itself."""
        if self._process is not None:
            self._process.communicate()
            self._process = None
            atexit.unregister(self.dismiss)

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # someone killed the guard: the kernel still does its part
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()


_guard = _Guard()
dismiss_guard = _guard.dismiss
guard_holds = _guard.hold
