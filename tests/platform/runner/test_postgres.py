import asyncio
import os
import signal
import stat
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.local.errors import CannotStartError, ChildDiedError, HomeUnusableError, PortInUseError
from deploy.local.ports import is_free
from deploy.local.postgres import Postgres


async def ask(server: Postgres, query: str) -> object:
    connection = await asyncpg.connect(server.url, database="postgres")
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def namespace(pid: int) -> Path:
    """The user namespace of a process: in another than ours, root is root in name only."""
    return Path(f"/proc/{pid}/ns/user").readlink()


async def test_it_answers_with_its_password_and_never_runs_as_root(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "data", durable=False) as server:
        assert await ask(server, "SELECT current_user::text") == "marque"
        effective = psutil.Process(server.pid).uids().effective
        assert effective != 0 or namespace(server.pid) != namespace(os.getpid())


async def test_a_wrong_password_opens_nothing(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "data", durable=False) as server:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url.replace("marque:", "marque:not"), database="postgres")


async def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "data", durable=False) as server:
        mine = psutil.Process(server.pid).net_connections("inet")
        assert {c.laddr.ip for c in mine if c.status == "LISTEN"} == {"127.0.0.1"}


async def test_what_was_committed_is_there_after_a_kill_on_the_same_port(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "data") as server:
        address = server.url
        await ask(server, "CREATE TABLE kept AS SELECT 42 AS value")
        os.kill(server.pid, signal.SIGKILL)
        assert await server.wait() == -signal.SIGKILL
        await server.start()
        assert server.url == address
        assert await ask(server, "SELECT value FROM kept") == 42


async def test_what_was_committed_is_there_after_an_orderly_stop(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "data", durable=False) as server:
        await ask(server, "CREATE TABLE kept AS SELECT 42 AS value")
    assert not server.running
    async with Postgres(tmp_path / "data", durable=False) as again:
        assert await ask(again, "SELECT value FROM kept") == 42


async def test_a_lock_file_that_names_a_stranger_is_no_obstacle(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "data", durable=False) as server:
        lock = tmp_path / "data/cluster/postmaster.pid"
        left = lock.read_text().split("\n", 1)[1]
    stranger = await asyncio.create_subprocess_exec("sleep", "600")
    try:
        lock.write_text(f"{stranger.pid}\n{left}")
        await server.start()
        assert await ask(server, "SELECT 1") == 1
    finally:
        stranger.kill()
        await stranger.wait()
        await server.stop()


async def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "one", durable=False) as first:
        with pytest.raises(PortInUseError, match="another program uses this port") as raised:
            await Postgres(tmp_path / "two", port=first.port, durable=False).start()
        assert "\n" not in str(raised.value)
        assert await ask(first, "SELECT 1") == 1


async def test_a_folder_that_cannot_be_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeUnusableError, match="cannot be used"):
        await Postgres(tmp_path / "file/data").start()


async def test_a_cluster_that_is_broken_is_named_with_its_reason_and_log(tmp_path: Path) -> None:
    (tmp_path / "data/cluster").mkdir(parents=True, mode=0o700)
    server = Postgres(tmp_path / "data")
    with pytest.raises(ChildDiedError, match=r"server\.log") as raised:
        await server.start()
    assert "\n" not in str(raised.value)
    assert not server.running


async def test_a_lost_password_is_named(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "data", durable=False):
        pass
    (tmp_path / "data/password").unlink()
    server = Postgres(tmp_path / "data", durable=False)
    with pytest.raises(CannotStartError, match="not the password"):
        await server.start()
    assert not server.running


async def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    half = tmp_path / "data/cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    async with Postgres(tmp_path / "data", durable=False) as server:
        assert await ask(server, "SELECT 1") == 1


async def test_what_lies_above_the_folder_keeps_its_mode(tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir(mode=0o750)
    before = {path: path.stat() for path in (tmp_path, above)}
    async with Postgres(above / "data", durable=False) as server:
        await ask(server, "SELECT 1")
    for path, stood in before.items():
        assert (stood.st_mode, stood.st_uid, stood.st_gid) == (
            path.stat().st_mode,
            path.stat().st_uid,
            path.stat().st_gid,
        )
    assert stat.S_IMODE((above / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((above / "data/password").stat().st_mode) == 0o600
    assert server.port is not None
    assert is_free(server.port)
