"""The platform as a whole: what is started in which order, what watches it, and how it is stopped."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.local import private
from deploy.local.access import TOOLS, Access
from deploy.local.broker_watch import BrokerWatch
from deploy.local.children import Child
from deploy.local.errors import CannotStartError, ChildDiedError, PortInUseError
from deploy.local.home import Home
from deploy.local.keys import Keys, keep_keys
from deploy.local.logs import keep_bounded
from deploy.local.nats import NatsServer
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.postgres import Postgres
from deploy.local.services import SERVICES, ServiceProcess, ServiceSpec
from deploy.local.settings import RunnerSettings
from deploy.local.supervision import FIRST_PAUSE, Part, Say, keep_running, room_on_the_disk_of
from deploy.local.tools_watch import ToolsWatch
from shared.runtime import moves
from shared.runtime.loops import end

ROOT = Path(__file__).resolve().parents[2]
_MARKETPLACES = ROOT / "cli" / "demo" / "marketplaces.json"
MIGRATING = 2  # processes: most of the time goes into imports, which one process does once
PAUSE = 0.1


class Platform:
    """Everything of one home. `start`, then `stop`; between the two, what dies is started again."""

    def __init__(
        self,
        settings: RunnerSettings,
        home: Home,
        *,
        services: Sequence[ServiceSpec] = SERVICES,
        folder: Path = ROOT,
        say: Say = print,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        """Args:
        home: taken by the caller, for as long as the platform lives.
        services: what to run; tests name their own.
        folder: where the services' modules are found.
        say: takes each line for the operator.
        first_pause: seconds before a part that died is started again, for the first time.
        """
        self.settings = settings
        self.home = home
        self.services: list[ServiceProcess] = []
        self.postgres: Postgres | None = None
        self.nats: NatsServer | None = None
        self.environment: dict[str, str] = {}
        self.gateway_environment: dict[str, str] = {}
        self._specs = services
        self.folder = folder
        self._say = say
        self._first_pause = first_pause
        self._watchers: list[asyncio.Task[None]] = []
        self._restarted = asyncio.Event()

    @property
    def access(self) -> Access:
        """The addresses for each part, once the servers have started."""
        return Access(self.settings, self.home.passwords, self.postgres, self.nats)

    async def start(self) -> None:
        """From nothing to a gateway that is ready; raises a `CannotStartError`, and `stop` is then still due."""
        if not is_free(self.settings.port):
            raise PortInUseError("the gateway", self.settings.port)
        keys = keep_keys(self.home.keys)
        self._say("starting the servers")
        await self._start_servers()
        self._set_environment(keys)
        self._say("migrating the databases")
        await self._migrate()
        self._say(f"starting {', '.join(spec.name for spec in self._specs)}")
        await self._start_services(keys)
        await self._wait_until_ready()
        for service in self.services:
            self._watch(service)
        if self.nats is not None:
            watched = [service for service, spec in zip(self.services, self._specs, strict=True) if not spec.is_gateway]
            self._keep("the broker's health", BrokerWatch(self.nats, watched, self._say).run)
            self._keep("the tools", ToolsWatch(self.nats, self.home.tools, self._say).run)
        self.record()
        self._keep("the record", self._keep_recorded)
        self._keep("the logs", lambda: keep_bounded(self.home.logs))

    async def stop(self) -> None:
        """Services first, so that what they hold reaches the broker; then NATS, then PostgreSQL."""
        await end(self._watchers)
        self._watchers.clear()
        await asyncio.gather(*(service.stop() for service in self.services))
        for server in (self.nats, self.postgres):
            if server is not None:
                await server.stop()

    async def _start_servers(self) -> None:
        own: list[Postgres | NatsServer] = []
        if self.settings.database_url is None:
            self.postgres = Postgres(self.home.postgres, log=self.home.log("postgres"))
            own.append(self.postgres)
        if self.settings.nats_url is None:
            port, log = self._broker_port(), self.home.log("nats")
            self.nats = NatsServer(self.home.nats, port=port, log=log, tools=self.home.tools)
            own.append(self.nats)
        results = await asyncio.gather(*(server.start() for server in own), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        if self.nats is not None:
            private.write(self.home.broker_port, str(self.nats.port).encode())
        for server in own:
            self._watch(server)

    def _broker_port(self) -> int | None:
        """The port that the operator names, else the one that the broker had before, where that is still free."""
        if self.settings.nats_port is not None:
            return self.settings.nats_port
        try:
            kept = int(self.home.broker_port.read_text())
        except (OSError, ValueError):
            return None
        return kept if is_free(kept) else None

    def _set_environment(self, keys: Keys) -> None:
        """Set the environment of every child and of the other commands; services get their own addresses in addition.

        The addresses here are those of the commands: the checker's role, which only reads, and the broker's user for
        the marketplace's own systems.
        """
        self.environment = {
            "MARQUE_HOME": str(self.home.folder),
            "MARQUE_DATABASE_URL": self.access.database_of_checker,
            "MARQUE_NATS_URL": self.access.broker_of(TOOLS),
            "MARQUE_IDENTITY_JWKS": str(keys.public_jwks),
            "MARQUE_EVIDENCE_LINK_KEY": str(keys.evidence_links),
            "MARQUE_MAIL_SEAL_KEYS": str(keys.mail_seal),
            "MARQUE_EVIDENCE_URL": os.environ.get("MARQUE_EVIDENCE_URL", str(self.home.evidence)),
            "MARQUE_CAPTURE_URL": os.environ.get("MARQUE_CAPTURE_URL", str(self.home.captures)),
            "MARQUE_ENVIRONMENT": os.environ.get("MARQUE_ENVIRONMENT", "development"),
            "MARQUE_PORT": str(self.settings.port),
            "MARQUE_PUBLIC_URL": self.settings.public_url or self.settings.base_url,
            "MARQUE_BASE_URL": self.settings.base_url,
            # The addresses that the demonstration's notices complain of, unless the operator has named others.
            "MARQUE_MARKETPLACES": os.environ.get("MARQUE_MARKETPLACES", str(_MARKETPLACES)),
        }

    def _own_environment(self, spec: ServiceSpec, keys: Keys) -> dict[str, str]:
        """Return what one service alone has: its role in its database, its user of the broker, its keys."""
        opens = {"MARQUE_MAIL_OPEN_KEYS": str(keys.mail_open)} if spec.name == "notify" else {}
        return {
            "MARQUE_DATABASE_URL": self.access.database_of(spec.name),
            "MARQUE_NATS_URL": self.access.broker_of(spec.name),
            **opens,
        }

    def _set_gateway_environment(self, keys: Keys, ports: Mapping[str, int]) -> None:
        more = {
            "MARQUE_IDENTITY_PRIVATE_KEY": str(keys.private_jwk),
            "MARQUE_KEY_PEPPER": str(keys.pepper),
            "MARQUE_UPSTREAMS": json.dumps({name: f"http://127.0.0.1:{port}" for name, port in ports.items()}),
            "MARQUE_DISKS": os.environ.get("MARQUE_DISKS", json.dumps(self._disks())),
        }
        own = next((self._own_environment(spec, keys) for spec in self._specs if spec.is_gateway), {})
        self.gateway_environment = self.for_child({**own, **more})

    def _disks(self) -> dict[str, str]:
        """The folders that fill: the gateway measures the disks under them for all."""
        found = {"home": self.home.folder, "evidence": self.home.evidence, "captures": self.home.captures}
        if self.postgres is not None:
            found["database"] = self.home.postgres
        if self.nats is not None:
            found["broker"] = self.home.nats
        return {name: str(folder) for name, folder in found.items()}

    async def _migrate(self) -> None:
        lots = moves.lots([spec.name for spec in self._specs if spec.migrated], MIGRATING)
        await asyncio.gather(*(self._migrate_lot(lot, number) for number, lot in enumerate(lots, 1)))

    async def _migrate_lot(self, names: list[str], number: int) -> None:
        log = self.home.log(f"migrate-{number}")
        child = Child(
            f"migrate-{number}",
            [sys.executable, "-m", "shared.runtime.migrate", *names, *(["--close"] if self.postgres else [])],
            log=log,
            environment=self.for_child(self.access.for_migrating(names)),
            folder=self.folder,
        )
        await child.start()
        try:
            if await child.wait() != 0:
                raise CannotStartError(f"migrating {', '.join(names)} failed: {child.last_line()} (see {log})")
        finally:
            await child.stop()

    async def _start_services(self, keys: Keys) -> None:
        ports = self.ports()
        upstreams = {spec.name: ports[spec.name] for spec in self._specs if not spec.is_gateway}
        self._set_gateway_environment(keys, upstreams)
        for spec in self._specs:
            process = ServiceProcess(
                spec,
                ports[spec.name],
                log=self.home.log(spec.name),
                environment=self.gateway_environment
                if spec.is_gateway
                else self.for_child(self._own_environment(spec, keys)),
                folder=self.folder,
            )
            self.services.append(process)
            await process.start()

    def ports(self) -> dict[str, int]:
        """The port of each service. Raises `PortInUseError` where one that the operator has fixed is taken."""
        first = self.settings.service_ports
        ports = {spec.name: self.settings.port for spec in self._specs if spec.is_gateway}
        for place, spec in enumerate(spec for spec in self._specs if not spec.is_gateway):
            ports[spec.name] = free_port() if first is None else first + place
            if not is_free(ports[spec.name]):
                raise PortInUseError(spec.name, ports[spec.name])
        return ports

    def for_child(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a child of this platform."""
        return {**os.environ, **self.environment, **(more or {})}

    async def _wait_until_ready(self) -> None:
        """Until every service says that it is ready, the gateway among them; one that dies first ends the wait."""
        waiting = list(self.services)
        try:
            async with asyncio.timeout(self.settings.start_seconds):
                while waiting:
                    answers = await asyncio.gather(*(service.is_ready() for service in waiting))
                    for service, ready in zip(list(waiting), answers, strict=True):
                        if ready:
                            self._say(f"{service.name} is ready")
                            waiting.remove(service)
                        elif not service.child.running:
                            raise ChildDiedError(service.name, service.child.last_line(), self.home.log(service.name))
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            lacking = "; ".join(f"{service.name} ({service.lacks.strip()})" for service in waiting)
            late = f"not ready after {self.settings.start_seconds:g} s: {lacking}; see {self.home.logs}"
            raise CannotStartError(late) from None

    def record(self) -> None:
        """Write down where everything is, for the other commands."""
        parts = [part for part in (self.postgres, self.nats, *self.services) if part]
        self.home.record(
            {
                "pid": os.getpid(),
                "base_url": self.settings.base_url,
                "broker": None if self.nats is None else f"nats://{LOOPBACK}:{self.nats.port}",
                "environment": self.environment,
                "services": {service.name: f"http://127.0.0.1:{service.port}" for service in self.services},
                "pids": {part.name: part.pid for part in parts},
                "ports": {part.name: part.port for part in parts},
                "since": {part.name: part.since.isoformat() for part in parts if part.since},
            }
        )

    async def _keep_recorded(self) -> None:
        """Write it down again after each restart; where the disk is full, once there is room."""
        while True:
            await self._restarted.wait()
            self._restarted.clear()
            try:
                self.record()
            except CannotStartError as error:
                self._say(f"the record of what runs where could not be written: {error}")
                await room_on_the_disk_of(self.home.folder)
                await asyncio.sleep(PAUSE)
                self._restarted.set()

    def _watch(self, part: Part) -> None:
        self._keep(part.name, lambda: keep_running(part, self._say, self._restarted.set, self._first_pause))

    def _keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do this until the platform stops. What fails is begun again: a part that nobody watches would stay dead."""

        async def keep() -> None:
            while True:
                try:
                    await work()
                except Exception as error:  # noqa: BLE001 - whatever it is, the platform goes on being watched
                    self._say(f"watching {name} failed, and goes on: {type(error).__name__}: {error}")
                    await asyncio.sleep(self._first_pause)

        self._watchers.append(asyncio.create_task(keep()))
