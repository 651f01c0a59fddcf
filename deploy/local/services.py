"""The services of the platform, and each one as a process of its own."""

import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import aiohttp

from deploy import registry
from deploy.local.children import Child
from deploy.local.ports import LOOPBACK

_LOGGING = Path(__file__).parents[2] / "shared" / "runtime" / "logging.json"
STOP_SECONDS = 15.0
FINISH_SECONDS = 5  # for requests under way, before the service's own orderly end


@dataclass(frozen=True)
class ServiceSpec:
    """A service as the runner knows it: its name, the module that has its `app`, and the protocol that bounds it."""

    name: str
    app: str
    http: str = "shared.runtime.http_protocol:BoundedProtocol"
    is_gateway: bool = False
    migrated: bool = True


SERVICES: Sequence[ServiceSpec] = tuple(
    ServiceSpec(service.name, service.app, service.http, is_gateway=service.is_gateway)
    for service in registry.services()
)


class ServiceProcess:
    """One service under uvicorn on a port of the loopback address."""

    def __init__(
        self, spec: ServiceSpec, port: int, *, log: Path, environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = spec.name
        self.port = port
        self.lacks = "no answer"
        command = [sys.executable, "-m", "uvicorn", spec.app, "--http", spec.http]
        command += ["--host", LOOPBACK, "--port", str(port)]
        command += ["--no-access-log", "--no-server-header", "--no-proxy-headers", "--log-config", str(_LOGGING)]
        command += ["--timeout-graceful-shutdown", str(FINISH_SECONDS)]
        # Of each thread's freed memory the C library keeps an arena of its own, which it hardly ever gives back.
        frugal = {"MALLOC_ARENA_MAX": "2", **environment}
        self.child = Child(spec.name, command, log=log, environment=frugal, folder=folder)

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def since(self) -> datetime | None:
        return self.child.since

    async def start(self) -> None:
        await self.child.start()

    async def stop(self) -> None:
        await self.child.stop(STOP_SECONDS)

    async def wait(self) -> int:
        return await self.child.wait()

    async def is_ready(self) -> bool:
        """Return whether it says that it can do its work; what it says otherwise is kept in `lacks`."""
        status, self.lacks = await get(self.port, "/readyz")
        return status == HTTPStatus.OK


async def get(port: int, path: str, seconds: float = 5.0) -> tuple[int, str]:
    """Return the status and the body of a GET on the loopback address; 0 where nothing answers in time."""
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session,
            session.get(f"http://{LOOPBACK}:{port}{path}") as answer,
        ):
            return answer.status, await answer.text(errors="replace")
    return 0, "no answer"
