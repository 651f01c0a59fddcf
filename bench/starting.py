"""The start of the whole platform from nothing beside its slowest part, and what a service holds that does nothing."""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.loading import listening, served
from bench.memory import memory_of
from deploy.local.home import Home
from deploy.local.platform import Platform
from deploy.local.ports import free_port
from deploy.local.services import SERVICES, ServiceProcess
from deploy.local.settings import RunnerSettings

ROUNDS = int(os.environ.get("BENCH_STARTS", "3"))
IDLE_SECONDS = 10
_PAUSE = 0.05


class _Stages:
    """When the runner said what it begins with."""

    def __init__(self) -> None:
        self._began: list[tuple[str, float]] = []

    def say(self, line: str) -> None:
        if not line.endswith("is ready"):
            self._began.append((line.split(maxsplit=1)[0], time.perf_counter()))

    def seconds(self) -> dict[str, float]:
        """The seconds of the servers' start and of the migration."""
        (_, servers), (_, migrating), (_, services) = self._began[:3]
        return {"servers": migrating - servers, "migrating": services - migrating}


@contextmanager
def _platform(folder: Path, stages: _Stages) -> Iterator[Platform]:
    home = Home(folder)
    home.take()
    try:
        yield Platform(RunnerSettings(home=folder, port=free_port()), home, say=stages.say)
    finally:
        home.give_back()


async def _alone(service: ServiceProcess, log: Path) -> float:
    """Seconds until one more replica of a service is ready, while the others have nothing to do."""
    child = service.child
    spec = next(spec for spec in SERVICES if spec.name == service.name)
    environment, folder = child.environment or {}, child.folder or Path()
    again = ServiceProcess(spec, free_port(), log=log, environment=environment, folder=folder)
    began = time.perf_counter()
    await again.start()
    try:
        while not await again.is_ready():  # noqa: ASYNC110 - nothing tells when a process answers
            await asyncio.sleep(_PAUSE)
        return time.perf_counter() - began
    finally:
        await again.stop()


async def _bare(platform: Platform) -> float:
    """MiB of a process that has the libraries of a service, and connections as it has."""
    database = platform.access.database_of("review").replace("postgresql://", "postgresql+asyncpg://", 1)
    broker = platform.access.broker_of("review")
    environment = {"BENCH_DATABASE_URL": database, "BENCH_NATS_URL": broker, "MALLOC_ARENA_MAX": "2"}
    async with served("bench.ceilings.idle:app", environment, ready="/readyz") as port:
        await asyncio.sleep(IDLE_SECONDS)
        return memory_of(listening(port).pid)[1]


async def run() -> list[dict[str, Any]]:
    """The rows of the table."""
    starts: list[tuple[float, float]] = []
    held: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            stages = _Stages()
            with _platform(Path(folder) / "home", stages) as platform:
                began = time.perf_counter()
                try:
                    await platform.start()
                    whole = time.perf_counter() - began
                    await asyncio.sleep(IDLE_SECONDS)
                    most = max(memory_of(service.pid)[1] for service in platform.services)
                    alone = [await _alone(service, Path(folder) / "alone.log") for service in platform.services]
                    starts.append((whole, max(*stages.seconds().values(), *alone)))
                    held.append((most, await _bare(platform)))
                finally:
                    await platform.stop()
    return [
        _row("cold start of the platform, beside its slowest part (s)", starts, "<= 3.00"),
        _row("largest idle service, beside its bare libraries (MiB)", held, "<= 1.30"),
    ]


def _row(path: str, pairs: list[tuple[float, float]], goal: str) -> dict[str, Any]:
    ours, peer = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    return {
        "path": path, "ours": ours, "peer": peer, "ratio": statistics.median(pair[0] / pair[1] for pair in pairs),
        "goal": goal,
    }  # fmt: skip
