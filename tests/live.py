"""The whole platform as a user starts it: the runner, its servers and its services, in a home of its own."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from deploy.local.api import Api
from deploy.local.credentials import ROLES
from deploy.local.platform import ROOT
from deploy.local.ports import free_port

START_SECONDS = 180.0
KEYS = ROLES


@dataclass
class LivePlatform:
    """A running platform, its keys, and the means to kill its parts."""

    home: Path
    port: int
    runner: subprocess.Popen[bytes]
    mail_port: int = 0
    """Where it hands in its mail; a test that reads mail listens there."""
    command: Sequence[str] = ()
    given: dict[str, str] = field(default_factory=dict)
    """The environment that its runner was started with."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.home / "credentials.json").read_text())
        return found

    @property
    def recorded(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / "platform.json").read_text())
        return found

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.recorded["environment"]}

    def database_url(self, service: str) -> str:
        """The database of a service, with the role of that service."""
        password = (self.home / "passwords" / f"database_{service}").read_text()
        host = self.recorded["environment"]["MARQUE_DATABASE_URL"].partition("@")[2].partition("/")[0]
        return f"postgresql://marque_{service}:{password}@{host}/marque_{service}"

    def pid(self, part: str) -> int:
        return int(next(pid for name, pid in self.recorded["pids"].items() if part in name.lower()))

    def kill(self, part: str) -> None:
        """SIGKILL to one part; the runner starts it again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid(part), signal.SIGKILL)

    def kill_broker_and_its_data(self) -> None:
        """The broker dies and its disk with it, before the runner can start it again."""
        os.kill(self.runner.pid, signal.SIGSTOP)
        try:
            self.kill("nats")
            for store in self.home.glob("**/jetstream"):
                shutil.rmtree(store, ignore_errors=True)
        finally:
            os.kill(self.runner.pid, signal.SIGCONT)

    def kill_runner_and_start_again(self) -> None:
        """SIGKILL to the runner, which takes all parts with it; then `marque up` in the same home, as after a crash."""
        self.runner.kill()
        self.runner.wait()
        with (self.home.parent / f"{self.home.name}.runner.log").open("ab") as log:
            self.runner = subprocess.Popen(self.command, env=self.given, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)

    def run(self, *module: str, timeout: float = 600, **settings: str) -> subprocess.CompletedProcess[str]:
        """A program of the project, with the environment of this platform."""
        return subprocess.run(
            [sys.executable, "-m", *module],
            env={**self.environment, **settings}, cwd=ROOT, capture_output=True, text=True, timeout=timeout,
            check=False,
        )  # fmt: skip

    @asynccontextmanager
    async def api(self, who: str) -> AsyncIterator[Api]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            yield Api(self.base_url, self.keys[who], session)

    async def ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until the gateway says that everything is there."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(seconds):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(self.base_url + "/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)

    def stop(self) -> int:
        """As Ctrl-C would; the runner's exit code."""
        if self.runner.poll() is None:
            self.runner.send_signal(signal.SIGINT)
        try:
            return self.runner.wait(60)
        except subprocess.TimeoutExpired:
            self.runner.kill()
            raise


def start_platform(home: Path, *, inside: Sequence[str] = (), **settings: str) -> LivePlatform:
    """Start the runner and wait until the platform answers and its keys are there.

    With `inside`, a command that runs its arguments (`unshare ...`), its home is seen as that process sees it.
    """
    port = free_port()
    mail_port = free_port()
    mail = {
        "MARQUE_MAIL_SERVER": f"127.0.0.1:{mail_port}", "MARQUE_MAIL_SECURITY": "none",
        "MARQUE_NOTICES_PER_ADDRESS": "10000",
    }  # fmt: skip
    environment = {
        **os.environ,
        **mail,
        **settings,
        "MARQUE_HOME": str(home),
        "MARQUE_PORT": str(port),
        "COLUMNS": "200",
    }
    log = (home.parent / f"{home.name}.runner.log").open("wb")
    command = [*inside, sys.executable, "-m", "cli", "up", "--no-demo"]
    runner = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    log.close()
    if inside:
        home = Path(f"/proc/{runner.pid}/root{home}")
    platform = LivePlatform(home, port, runner, mail_port, command, environment)
    until = time.monotonic() + START_SECONDS
    while not _has_all_keys(home):
        if runner.poll() is not None or time.monotonic() > until:
            runner.kill()
            runner.wait()
            raise RuntimeError(f"the platform did not start: {Path(log.name).read_text()[-4000:]}")
        time.sleep(0.1)
    return platform


def _has_all_keys(home: Path) -> bool:
    try:
        keys = json.loads((home / "credentials.json").read_text())
    except (OSError, json.JSONDecodeError):
        return False
    return set(KEYS) <= set(keys)
