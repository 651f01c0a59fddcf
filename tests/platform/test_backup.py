"""A backup of the running platform, and a home that is made from it: nothing is lost, and nothing is overwritten."""

import asyncio
import gzip
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import nats
import pytest

from deploy.local.backup import BackupUnusableError, back_up, restore
from deploy.local.errors import CannotStartError
from deploy.local.home import Home
from deploy.local.platform import ROOT
from deploy.registry import names
from tests.live import LivePlatform, start_platform
from tests.platform.people import People
from tests.platform.test_evidence import PHOTO, sent
from tests.running import eventually

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]


@pytest.fixture(scope="module")
def backup_file(platform: LivePlatform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the platform, made by the command while it runs."""
    file = tmp_path_factory.mktemp("backup") / "marque.backup"
    done = platform.run("cli", "backup", str(file), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["version"] == "0.1.0"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return file


async def test_a_restored_home_runs_holds_its_promises_and_publishes_again(people: People, tmp_path: Path) -> None:
    brand = (await people.with_brand("Backed up")).brand
    status, evidence = await sent(brand, PHOTO)
    assert status == 201
    file, home = tmp_path / "marque.backup", tmp_path / "restored"
    assert people.platform.run("cli", "backup", str(file)).returncode == 0
    made = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "restore", str(file), cwd=ROOT,
        env={**people.platform.environment, "MARQUE_HOME": str(home)}, stdout=subprocess.PIPE,
    )  # fmt: skip
    said, _ = await made.communicate()
    assert (made.returncode, str(home) in said.decode()) == (0, True)
    assert not (home / "nats" / "jetstream").exists()
    assert (home / "credentials.json").read_text() == (people.platform.home / "credentials.json").read_text()
    restored = await asyncio.to_thread(start_platform, home)
    try:
        await restored.ready()  # its keys were there from the beginning
        await eventually(lambda: _is_recorded(restored))
        async with restored.api("admin") as api:
            found = await api.with_key(brand.key).get(f"/v1/evidence/{evidence['id']}")
            assert found["sha256"] == evidence["sha256"]
        await eventually(lambda: _all_is_published(restored))
        checked = await asyncio.to_thread(restored.run, "cli.check", "--wait", "60")
        assert checked.returncode == 0, checked.stdout[-6000:]
    finally:
        assert restored.stop() == 0


async def _is_recorded(platform: LivePlatform) -> bool:
    return (platform.home / "platform.json").exists()


async def _all_is_published(platform: LivePlatform) -> bool:
    """Whether the new broker has every event that the outboxes know to have been on the old one."""
    events = 0
    for service in names():
        connection = await asyncpg.connect(platform.database_url(service))
        events += await connection.fetchval("SELECT count(*) FROM outbox")
        await connection.close()
    port, password = platform.recorded["ports"]["nats-server"], (platform.home / "nats" / "password").read_text()
    async with await nats.connect(f"nats://marque:{password}@127.0.0.1:{port}") as client:
        info = await client.jetstream().stream_info("MARQUE")
    return bool(events and info.state.messages >= events)


def test_what_is_in_use_or_not_empty_is_never_overwritten(
    platform: LivePlatform, backup_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(CannotStartError, match="is in use by a running platform"):
        restore(backup_file, platform.home)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter").write_text("keep me")
    with pytest.raises(CannotStartError, match="is not empty, and nothing is overwritten"):
        restore(backup_file, theirs)
    assert [path.name for path in tmp_path.rglob("*")] == ["theirs", "letter"]
    before = backup_file.read_bytes()
    again = platform.run("cli", "backup", str(backup_file))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert backup_file.read_bytes() == before


def test_a_backup_that_is_cut_short_is_known_before_anything_is_made_of_it(backup_file: Path, tmp_path: Path) -> None:
    whole = backup_file.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        cut = tmp_path / "cut.backup"
        cut.write_bytes(whole[:size])
        with pytest.raises(BackupUnusableError, match="cut short"):
            restore(cut, tmp_path / "home")
    assert [path.name for path in tmp_path.iterdir()] == ["cut.backup"]


def _changed(file: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same backup but for some of its files."""
    with tarfile.open(file) as old, tarfile.open(target, "w:gz", compresslevel=1) as new:
        for member in old:
            content = old.extractfile(member)
            if content is None:
                new.addfile(member)
                continue
            changed = change(member.name, content.read())
            if changed is not None:
                member.size = len(changed)
                new.addfile(member, io.BytesIO(changed))
    return target


def _with_manifest(**values: Any) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        return json.dumps(json.loads(content) | values).encode() if name == "manifest.json" else content

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_with_manifest(format=0), "it has format 0, made by Marque 0.1.0; this one reads format 1"),
        (_with_manifest(postgres=17), "it was made with PostgreSQL 17, and this version has 18: restore it with"),
        (_with_manifest(version="99.0.0"), "it was made by Marque 99.0.0, which is newer than 0.1.0"),
        (lambda name, content: None if name == "manifest.json" else content, "it is no backup of Marque"),
        (lambda name, content: None if name == "end.json" else content, "it is cut short: its end is missing"),
        (lambda name, content: content + b" " if name == "keys/pepper" else content, "changed: keys/pepper is not"),
        (lambda name, content: None if name == "keys/pepper" else content, "changed: keys/pepper is not"),
    ],
)
def test_a_backup_of_another_version_or_that_was_changed_is_refused(
    backup_file: Path, tmp_path: Path, change: Callable[[str, bytes], bytes | None], why: str
) -> None:
    other = _changed(backup_file, tmp_path / "other.backup", change)
    with pytest.raises(BackupUnusableError, match=why):
        restore(other, tmp_path / "home")
    assert [path.name for path in tmp_path.iterdir()] == ["other.backup"]


@pytest.mark.parametrize(
    "content", [b"", b"a letter", gzip.compress(b"a letter", mtime=0)], ids=["nothing", "a letter", "no tar"]
)
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "letter"
    file.write_bytes(content)
    with pytest.raises(BackupUnusableError, match="no backup"):
        restore(file, tmp_path / "home")
    with pytest.raises(BackupUnusableError, match="there is no such file"):
        restore(tmp_path / "nothing", tmp_path / "home")


async def test_there_is_no_file_where_there_is_nothing_to_back_up_or_no_room_for_it(
    tmp_path: Path, platform: LivePlatform
) -> None:
    with pytest.raises(CannotStartError, match="has no embedded database"):
        await back_up(Home(tmp_path / "home"), tmp_path / "file")
    with pytest.raises(CannotStartError, match="no such file or directory"):
        await back_up(Home(platform.home), tmp_path / "nowhere" / "file")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - the short word for it
