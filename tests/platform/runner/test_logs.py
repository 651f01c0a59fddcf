"""Logs are bounded while their parts go on writing them."""

import asyncio
import sys
from pathlib import Path

import pytest

from deploy.local import logs
from deploy.local.children import Child
from tests.running import eventually

WRITER = "import time\nfor n in range(10**9):\n    print(f'line {n:08}', flush=True); time.sleep(0.001)\n"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(logs, "LOG_LIMIT", 2_000)
    monkeypatch.setattr(logs, "_LOOK_SECONDS", 0.05)
    return 2_000


async def test_a_log_is_put_aside_while_it_is_written(tmp_path: Path, small: int) -> None:
    path = tmp_path / "writer.log"
    child = Child("writer", [sys.executable, "-c", WRITER], log=path)
    await child.start()
    watching = asyncio.create_task(logs.keep_bounded(tmp_path))
    try:

        async def put_aside() -> bool:
            return (tmp_path / "writer.log.1").exists()

        await eventually(put_aside)
        before = child.output()

        async def goes_on() -> bool:
            return child.output() != before

        await eventually(goes_on)
        lines = child.output().splitlines()
        assert lines
        assert all(line.startswith("line ") for line in lines)
    finally:
        watching.cancel()
        await child.stop()
    aside = (tmp_path / "writer.log.1").read_text()
    assert aside.startswith("line ")
    assert "\0" not in path.read_text()  # it goes on at the beginning, not where it had got to


def test_a_log_within_the_limit_is_left_alone(tmp_path: Path, small: int) -> None:
    path = tmp_path / "part.log"
    path.write_bytes(b"x" * small)
    assert not logs.put_aside(path)
    assert path.stat().st_size == small
    assert not (tmp_path / "part.log.1").exists()
    assert not logs.put_aside(tmp_path / "none.log")


def test_a_log_that_cannot_be_copied_is_begun_anew(tmp_path: Path, small: int) -> None:
    path = tmp_path / "part.log"
    path.write_bytes(b"x" * (small + 1))
    (tmp_path / "part.log.1").mkdir()
    (tmp_path / "part.log.1" / "part.log").mkdir()
    assert logs.put_aside(path)
    assert path.stat().st_size == 0
