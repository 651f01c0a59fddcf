"""Real servers for the tests: one PostgreSQL and one nats-server for each test worker, empty again for each test."""

import gc
import importlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from deploy.local.nats import NatsServer
from deploy.local.postgres import Postgres
from shared.runtime.clock import SystemClock
from shared.runtime.collector import nothing_old_to_search
from shared.runtime.database import service_url
from shared.runtime.migrate import migrate
from tests.live import LivePlatform, start_platform
from tests.running import Callers, Running, clear, forget_stream, run_service, write_keys

settings.register_profile("house", deadline=None)  # an example may be slow because of who else is at work
settings.load_profile("house")

NAMED_BY_CONTENT = 80  # characters or bytes; what is longer does not name a test


@dataclass(frozen=True)
class Servers:
    """The addresses of the servers that the tests of this worker share."""

    database_url: str
    nats_url: str
    folder: Path


@pytest.fixture(scope="session", autouse=True)
def _searched_once() -> Iterator[None]:
    """All that the tests have loaded is searched for garbage once, and not again with every service that starts."""
    with nothing_old_to_search():
        yield


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    async with Postgres(folder / "postgres", durable=False) as postgres, NatsServer(folder / "nats") as nats:
        yield Servers(postgres.url, nats.url, folder)
        gc.collect()  # closes what nats-py has left open, while there is a loop to close it


@pytest.fixture(scope="session")
def callers(servers: Servers) -> Callers:
    return Callers(write_keys(servers.folder))


@pytest.fixture(scope="session")
def migrated(servers: Servers) -> Callable[[str], Awaitable[str]]:
    """Migrates the database of a service, once in a worker; its address."""
    done: set[str] = set()

    async def ready(name: str) -> str:
        if name not in done:
            await migrate(name, servers.database_url)
            done.add(name)
        return service_url(servers.database_url, name)

    return ready


StartService = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start_service(
    servers: Servers, callers: Callers, migrated: Callable[[str], Awaitable[str]], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[StartService]:
    """Starts a service on an empty database and an empty stream: `await start_service("intake", clock=...)`.

    Keyword arguments but `clock` are settings: `start_service("notify", retry_seconds="0,0")`.
    """
    callers.known.clear()
    await forget_stream(servers.nats_url)
    async with AsyncExitStack() as stack:

        async def start(name: str, *, clock: Any = None, **settings: str) -> Running:
            await migrated(name)
            await clear(f"{servers.database_url}/marque_{name}")
            monkeypatch.setenv("MARQUE_DATABASE_URL", servers.database_url)
            monkeypatch.setenv("MARQUE_NATS_URL", servers.nats_url)
            monkeypatch.setenv("MARQUE_IDENTITY_JWKS", str(servers.folder / "identity.jwks.json"))
            monkeypatch.setenv("MARQUE_EVIDENCE_LINK_KEY", str(servers.folder / "evidence_links"))
            monkeypatch.setenv("MARQUE_EVIDENCE_URL", str(servers.folder / "evidence"))
            monkeypatch.setenv("MARQUE_CAPTURE_URL", str(servers.folder / "captures"))
            monkeypatch.setenv("MARQUE_MAIL_SEAL_KEYS", str(servers.folder / "mail.jwks.json"))
            monkeypatch.setenv("MARQUE_MAIL_OPEN_KEYS", str(servers.folder / "mail.json"))
            monkeypatch.setenv("MARQUE_LOG_LEVEL", "WARNING")
            for setting, value in settings.items():
                monkeypatch.setenv(f"MARQUE_{setting.upper()}", value)
            app = importlib.import_module(f"services.{name}.app").app
            return await run_service(name, app, callers, servers.nats_url, stack, clock or SystemClock())

        yield start


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePlatform]:
    """The whole platform, as a user starts it. What is done to it stays: a test that kills takes another."""
    hurried = {"MARQUE_ABUSE_SETTLE_SECONDS": "1", "MARQUE_LEVELS_SECONDS": "1", "MARQUE_STANDING_SECONDS": "0"}
    yield from _for_its_group("platform", tmp_path_factory.mktemp("platform") / "home", **hurried)


@pytest.fixture(scope="session")
def killed_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePlatform]:
    """Another one, for the tests that kill parts of it."""
    patient = {"MARQUE_WEBHOOK_RETRY_SECONDS": "1,1,2,2,5,5,10,10,20"}
    yield from _for_its_group("faults", tmp_path_factory.mktemp("killed") / "home", **patient)


_of_groups: dict[str, LivePlatform] = {}


def _for_its_group(group: str, home: Path, **settings: str) -> Iterator[LivePlatform]:
    live = _of_groups[group] = start_platform(home, **settings)
    yield live
    assert live.stop() == 0, "the runner did not stop in order"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A test is named after its argument, and not after a file or a page of text that the argument holds.

    All workers must collect the same names, and a file can hold the second in which it was made.
    """
    return argname if isinstance(val, str | bytes) and len(val) > NAMED_BY_CONTENT else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test whose program is missing fails: a skipped promise would look like one that holds."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and "not installed" in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {report.longrepr}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """A group runs through on one worker. A platform that its group has left would only take time from the others."""
    left = _group(item)
    if "PYTEST_XDIST_WORKER" in os.environ and left in _of_groups and left != (nextitem and _group(nextitem)):
        _of_groups.pop(left).stop()


def _group(item: pytest.Item) -> str:
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark else ""
