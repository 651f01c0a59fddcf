import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local.platform import ROOT
from deploy.local.ports import free_port

APPS = Path(__file__).parent / "apps"
PATIENCE = 120.0

START = """
import sys
from pathlib import Path
from deploy.local.runner import main
from deploy.local.services import ServiceSpec
gateway, *others = sys.argv[2:]
specs = [ServiceSpec("gateway", gateway, is_gateway=True, migrated=False)]
specs += [ServiceSpec(f"service-{number}", app, migrated=False) for number, app in enumerate(others, 1)]
sys.exit(main(services=specs, folder=Path(sys.argv[1]), accounts=False, demonstration=False, pause=0.1))
"""


async def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for a condition, which is asked again and again; its answer."""
    limit = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < limit, f"{what}: not within {PATIENCE} s"
        await asyncio.sleep(0.02)
    return answer


def processes_of(home: Path) -> list[psutil.Process]:
    """Every living process that was started for this home, whoever is its parent."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            if str(home) in " ".join(process.cmdline()) or process.environ().get("MARQUE_HOME") == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found


@dataclass
class Run:
    """A runner in a process of its own, with services of the tests."""

    home: Path
    port: int
    apps: tuple[str, ...] = ("ready:app", "ready:app")
    process: asyncio.subprocess.Process | None = None
    output: Path = field(init=False)
    environment: dict[str, str] = field(default_factory=dict)
    """Settings beside the home and the port."""

    def __post_init__(self) -> None:
        self.output = self.home.with_name(f"{self.home.name}.out")

    async def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MARQUE_")}
        environment |= {"MARQUE_HOME": str(self.home), "MARQUE_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        environment |= self.environment
        with self.output.open("wb") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", START, str(APPS), *self.apps), stdout=output, stderr=output, env=environment
            )

    async def ready(self) -> None:
        await self.start()
        await self.says("Marque is running")

    async def says(self, words: str) -> None:
        await until(lambda: words in self.said() or self.ended, f"{words!r} in the runner's output")
        assert words in self.said(), self.said()

    def said(self) -> str:
        return self.output.read_text()

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.returncode is not None

    def platform(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / "platform.json").read_text())
        return found

    def pid(self, name: str) -> int:
        return int(self.platform()["pids"][name])

    async def signalled(self, signal_number: int) -> int:
        assert self.process is not None
        self.process.send_signal(signal_number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def nothing_left(self) -> None:
        await until(lambda: not processes_of(self.home), f"no process of {self.home} left")


@pytest.fixture
async def make_run(tmp_path: Path) -> AsyncIterator[Callable[..., Run]]:
    runs: list[Run] = []

    def make(name: str = "home", **options: Any) -> Run:
        runs.append(Run(tmp_path / name, options.pop("port", None) or free_port(), **options))
        return runs[-1]

    yield make
    for run in runs:
        if run.process is not None and run.process.returncode is None:
            run.process.kill()
            await run.process.wait()
        await run.nothing_left()


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    return make_run()
