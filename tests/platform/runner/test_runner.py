import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from deploy.local.ports import free_port
from tests.platform.runner.conftest import Run, until


async def get(port: int) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    return await asyncio.to_thread(read)


def superuser(run: Run) -> str:
    """The address of the database's server with the one who may do everything."""
    host = run.platform()["environment"]["MARQUE_DATABASE_URL"].partition("@")[2].partition("/")[0]
    return f"postgresql://marque:{(run.home / 'postgres' / 'password').read_text()}@{host}"


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_everything_and_leaves_no_process(run: Run, stop: signal.Signals) -> None:
    await run.ready()
    assert await run.signalled(stop) == 0
    await run.nothing_left()
    assert "all data is kept" in run.said()
    assert not (run.home / "platform.json").exists()


async def test_services_stop_before_the_broker_and_the_broker_before_the_database(run: Run) -> None:
    """Each is frozen in turn: what stops after it goes on meanwhile, whatever the machine is doing."""
    await run.ready()
    names = {name: psutil.Process(pid) for name, pid in run.platform()["pids"].items()}
    names["service-1"].suspend()
    assert run.process is not None
    run.process.terminate()
    await until(lambda: not names["gateway"].is_running(), "the gateway ended")
    await asyncio.sleep(1)
    assert names["nats-server"].is_running()
    assert names["PostgreSQL"].is_running()
    names["nats-server"].suspend()
    names["service-1"].resume()
    await until(lambda: not names["service-1"].is_running(), "the service ended")
    await asyncio.sleep(1)
    assert names["PostgreSQL"].is_running()
    names["nats-server"].resume()
    await run.process.wait()
    await run.nothing_left()


async def test_a_signal_during_the_start_stops_everything(run: Run) -> None:
    await run.start()
    await run.says("starting the servers")
    assert await run.signalled(signal.SIGTERM) == 0
    await run.nothing_left()


async def test_a_killed_runner_leaves_no_process_and_the_next_goes_on_with_the_data(run: Run) -> None:
    await run.ready()
    connection = await asyncpg.connect(superuser(run), database="postgres")
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    await connection.close()
    assert await run.signalled(signal.SIGKILL) == -signal.SIGKILL
    await run.ready()  # at once: it waits for what is still ending
    connection = await asyncpg.connect(superuser(run), database="postgres")
    assert await connection.fetchval("SELECT value FROM kept") == 42
    await connection.close()
    await run.signalled(signal.SIGKILL)
    await run.nothing_left()


async def test_a_child_that_does_not_listen_is_ended_too(make_run: Callable[..., Run]) -> None:
    run = make_run(apps=("ready:app", "stubborn:app"))
    await run.ready()
    await run.signalled(signal.SIGKILL)
    await run.nothing_left()


async def test_a_dead_service_is_started_again_and_the_runner_says_so(run: Run) -> None:
    await run.ready()
    for _ in range(2):
        before = run.pid("gateway")
        os.kill(before, signal.SIGKILL)
        await until(lambda before=before: run.pid("gateway") != before, "another gateway")  # type: ignore[misc]
    assert run.said().count("gateway was ended by SIGKILL") == 2
    assert "it is started again in 0.1 s" in run.said()
    assert "it is started again in 0.2 s" in run.said()


@pytest.mark.parametrize("server", ["PostgreSQL", "nats-server"])
async def test_a_dead_server_is_started_again_at_its_address(run: Run, server: str) -> None:
    await run.ready()
    before = run.platform()
    os.kill(run.pid(server), signal.SIGKILL)
    await run.says(f"{server} was started again")
    await until(lambda: run.pid(server) != before["pids"][server], "another server")
    assert run.platform()["environment"] == before["environment"]


async def test_a_service_that_cannot_start_is_one_clear_line(make_run: Callable[..., Run]) -> None:
    run = make_run(apps=("ready:app", "dying:app"))
    await run.start()
    await until(lambda: run.ended, "the runner ended")
    assert run.process is not None
    assert run.process.returncode == 1
    last = run.said().strip().splitlines()[-1]
    assert last.startswith("marque: service-1 ended while starting: the setting is wrong")
    await run.nothing_left()


async def test_a_port_in_use_is_one_clear_line_before_anything_is_started(make_run: Callable[..., Run]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = make_run(port=port)
        await run.start()
        await until(lambda: run.ended, "the runner ended")
    assert run.process is not None
    assert run.process.returncode == 1
    assert run.said() == f"marque: the gateway cannot listen on 127.0.0.1:{port}: another program uses this port\n"


async def test_a_home_that_cannot_be_is_one_clear_line(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.home.write_text("a file")
    await run.start()
    await until(lambda: run.ended, "the runner ended")
    assert run.process is not None
    assert run.process.returncode == 1
    assert run.said() == f"marque: {run.home} cannot be used: file exists\n"


async def test_a_second_runner_on_the_same_home_is_refused(run: Run, make_run: Callable[..., Run]) -> None:
    await run.ready()
    second = make_run("home")
    second.output = run.home.with_name("second.out")
    await second.start()
    await until(lambda: second.ended, "the second runner ended")
    assert second.process is not None
    assert second.process.returncode == 1
    assert "is in use by another running platform" in second.said()
    assert (await get(run.port))["MARQUE_HOME"] == str(run.home)
    await run.signalled(signal.SIGTERM)


async def test_two_homes_run_side_by_side(make_run: Callable[..., Run]) -> None:
    one, two = make_run("one"), make_run("two")
    await asyncio.gather(one.ready(), two.ready())
    assert (await get(one.port))["MARQUE_HOME"] == str(one.home)
    assert (await get(two.port))["MARQUE_HOME"] == str(two.home)
    await one.signalled(signal.SIGTERM)
    await one.nothing_left()
    assert (await get(two.port))["MARQUE_HOME"] == str(two.home)


async def test_only_the_gateway_is_told_the_secrets_and_the_addresses_of_the_others(run: Run) -> None:
    await run.ready()
    gateway, other = await get(run.port), await get(int(run.platform()["services"]["service-1"].rpartition(":")[2]))
    secrets = {"MARQUE_IDENTITY_PRIVATE_KEY", "MARQUE_KEY_PEPPER", "MARQUE_UPSTREAMS"}
    assert secrets <= gateway.keys()
    assert not secrets & other.keys()
    assert json.loads(gateway["MARQUE_UPSTREAMS"]) == {"service-1": run.platform()["services"]["service-1"]}


async def test_every_listener_is_on_loopback(run: Run) -> None:
    await run.ready()
    for pid in run.platform()["pids"].values():
        mine = psutil.Process(pid).net_connections("inet")
        assert {c.laddr.ip for c in mine if c.status == "LISTEN"} == {"127.0.0.1"}


async def test_each_service_is_told_its_own_addresses_and_none_the_superusers(run: Run) -> None:
    await run.ready()
    platform = run.platform()
    told = [await get(int(url.rpartition(":")[2])) for url in platform["services"].values()]
    databases = [one["MARQUE_DATABASE_URL"] for one in told]
    assert [url.partition("//")[2].partition(":")[0] for url in databases] == ["marque_gateway", "marque_service-1"]
    assert len({url.split(":")[2].partition("@")[0] for url in databases}) == 2
    assert [one["MARQUE_NATS_URL"].partition(":")[2].partition(":")[0] for one in told] == ["//gateway", "//service-1"]
    secret = [(run.home / name / "password").read_text() for name in ("postgres", "nats")]
    for environment in (*told, platform["environment"]):
        assert not any(password in str(value) for password in secret for value in environment.values())
    commands = platform["environment"]
    assert commands["MARQUE_DATABASE_URL"].startswith("postgresql://marque_checker:")
    assert commands["MARQUE_DATABASE_URL"].endswith("/marque_{service}")
    assert commands["MARQUE_NATS_URL"].startswith("nats://catalogue:")


async def test_the_broker_has_the_port_that_it_had_before_and_another_where_that_one_is_named(run: Run) -> None:
    await run.ready()
    address = run.platform()["broker"]
    assert address == f"nats://127.0.0.1:{(run.home / 'nats' / 'port').read_text()}"
    await run.signalled(signal.SIGTERM)
    await run.ready()
    assert run.platform()["broker"] == address
    await run.signalled(signal.SIGTERM)
    named = free_port()
    run.environment["MARQUE_NATS_PORT"] = str(named)
    await run.ready()
    assert run.platform()["broker"] == f"nats://127.0.0.1:{named}"


async def test_a_home_of_before_that_others_could_read_is_closed_to_them(run: Run) -> None:
    (run.home / "evidence" / "ab").mkdir(parents=True, mode=0o755)
    (run.home / "evidence" / "ab" / "file").write_text("a photograph")
    (run.home / "logs").mkdir(mode=0o755)
    (run.home / "logs" / "intake.log").write_text("a line")
    run.home.chmod(0o711)
    await run.ready()
    assert open_to_others(run.home) == []


def open_to_others(home: Path) -> list[str]:
    """What below a home, and the home itself, is not 0600 (a file) or 0700 (a folder)."""
    found = []
    for path in (home, *home.rglob("*")):
        with contextlib.suppress(FileNotFoundError):
            mode = path.lstat().st_mode
            wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
            if not stat.S_ISLNK(mode) and stat.S_IMODE(mode) != wanted:
                found.append(f"{path.relative_to(home)} {stat.S_IMODE(mode):o}")
    return found


async def test_what_is_secret_is_private_and_what_lies_above_is_left_alone(run: Run) -> None:
    above = run.home.parent.stat()
    await run.ready()
    for name in ("platform.json", "keys/identity.json", "keys/pepper", "postgres/password", "nats/server.conf"):
        assert stat.S_IMODE((run.home / name).stat().st_mode) == 0o600, name
    now = run.home.parent.stat()
    assert (now.st_mode, now.st_uid, now.st_gid) == (above.st_mode, above.st_uid, above.st_gid)
