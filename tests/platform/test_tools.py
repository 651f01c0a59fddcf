"""docs/events.md as whoever writes an internal tool follows it: every block, in order, on the running platform."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from deploy.local.errors import CannotStartError
from deploy.local.platform import ROOT
from tests.live import LivePlatform
from tests.running import eventually

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

PATIENCE = 30.0
AT = "2026-11-21T08:00:00Z"
_BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Shell:
    """A folder in which commands are typed, with the platform's settings."""

    def __init__(self, platform: LivePlatform, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "MARQUE_HOME": str(platform.home), "MARQUE_PORT": str(platform.port)}
        self.environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    def type(self, block: str) -> subprocess.CompletedProcess[str]:
        script = (
            f"set -eu -o pipefail\n[ -f words ] && . ./words\n{block}\ndeclare -p ADDRESS 2>/dev/null > words || true\n"
        )
        return subprocess.run(
            ["bash", "-c", script.replace("./marque ", f"{ROOT / 'marque'} ")],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def started(self, block: str, output: Path) -> subprocess.Popen[bytes]:
        """A program that goes on, and where it writes."""
        with output.open("wb") as file:
            command = ["bash", "-c", f". ./words; exec {block}"]
            return subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=file, stderr=file)

    def typed(self, block: str) -> str:
        done = self.type(block)
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout


@pytest.fixture
def shell(platform: LivePlatform, tmp_path: Path) -> Shell:
    return Shell(platform, tmp_path)


def blocks() -> list[tuple[str, str]]:
    return _BLOCK.findall((ROOT / "docs" / "events.md").read_text(encoding="utf-8"))


async def test_a_tool_is_written_from_its_page_alone(shell: Shell) -> None:
    """It reads, publishes, is told what was refused, and is shut out while it reads."""
    said: dict[str, str] = {}
    reader: subprocess.Popen[bytes] | None = None
    output = shell.folder / "output"
    for language, block in blocks():
        if language == "python":
            (shell.folder / block.split("\n")[0].removeprefix("# ")).write_text(block)
        elif "reader.py" in block:
            reader = shell.started(block, output)
        else:
            said[block] = shell.typed(block)
    assert reader is not None
    try:
        made = next(text for block, text in said.items() if "tools add" in block)
        assert "prices  reads decisions,listings  publishes listings  U" in made
        assert (shell.folder / "prices.nk").stat().st_mode & 0o777 == 0o600
        await eventually(lambda: _says(output, "marque.listing.upserted.v1 shop.example/9001", "shop.example/9002"))
        looked = next(text for block, text in said.items() if "events tail" in block)
        assert json.loads(looked.splitlines()[0])["type"].startswith("marque.listing.")
        bad = shell.folder / "bad.py"
        bad.write_text((shell.folder / "publisher.py").read_text().replace('"2026-11-20T08:00:00Z"', '"yesterday"'))
        shell.typed("python3 bad.py $ADDRESS prices.nk")
        await eventually(lambda: _says(output, "marque.event.refused.v1", "listed_at", '"tool": "prices"'))
        shell.typed("./marque tools revoke prices")
        await eventually(lambda: _says(output, "Authorization Violation"))
        refused = shell.type("python3 publisher.py $ADDRESS prices.nk")
        assert refused.returncode != 0
    finally:
        reader.send_signal(signal.SIGKILL)
        reader.wait()
        await _discard(shell)


async def _discard(shell: Shell) -> None:
    """The dead letters of what was wrong: others find none of them."""
    for line in shell.typed("./marque dead-letters list").splitlines():
        if "marque.tool." in line:
            service, letter = line.split()[:2]
            shell.typed(f"./marque dead-letters discard {service} {letter} --reason 'A test of a tool.'")


async def _says(path: Path, *words: str) -> bool:
    text = await asyncio.to_thread(path.read_text)
    return all(word in text for word in words)


def test_the_command_names_what_is_wrong(
    platform: LivePlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARQUE_HOME", str(platform.home))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.json").write_text(json.dumps({"marketplace": "m", "listing_id": "1", "listed_at": AT}))
    (tmp_path / "half.json").write_text('{"marketplace": "m"}')
    assert (
        CliRunner().invoke(app, ["tools", "add", "ledger", "--read", "reports", "--seed-file", "ledger.nk"]).exit_code
        == 0
    )
    for command, says in (
        ("tools add ledger --read reports", "there is a tool ledger already"),
        ("tools add other --read reports --seed-file ledger.nk", "ledger.nk is there already"),
        ("tools add Other --read reports", "no name of a tool"),
        ("tools add other --read secrets", "secrets: there are accounts,"),
        ("tools add other", "neither read nor publish"),
        ("tools revoke other", "there is no tool other: ledger"),
        ("events tail --read secrets", "secrets: there are accounts,"),
        ("events publish marque.decision.made.v1 event.json", "does not come from outside: there are marque.enf"),
        ("events publish marque.listing.upserted.v1 none.json", "none.json cannot be read: No such file"),
        ("events publish marque.listing.upserted.v1 ledger.nk", "ledger.nk is not JSON"),
        ("events publish marque.listing.upserted.v1 half.json", "no marque.listing.upserted.v1: listing_id: Field"),
        ("events publish marque.listing.upserted.v1 event.json --seed-file ledger.nk", "does not take marque.listing"),
    ):  # fmt: skip
        done = CliRunner().invoke(app, command.split())
        assert isinstance(done.exception, CannotStartError), command
        assert says in str(done.exception), command
    shown = CliRunner().invoke(app, ["tools", "list"])
    assert re.findall(r"^(\S+)  reads", shown.output, re.MULTILINE) == ["ledger"]
    assert CliRunner().invoke(app, ["tools", "revoke", "ledger"]).exit_code == 0


def test_tail_shows_what_comes_while_it_looks(
    shell: Shell, platform: LivePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARQUE_HOME", str(platform.home))
    command = [str(ROOT / "marque"), "events", "tail", "--read", "listings", "--count", "1"]
    with subprocess.Popen(command, env=shell.environment, stdout=subprocess.PIPE, text=True) as tail:
        until = time.monotonic() + PATIENCE
        number = 0
        while tail.poll() is None and time.monotonic() < until:
            number += 1
            event = {
                "marketplace": "tail",
                "listing_id": f"{number}",
                "listed_at": "2026-11-21T08:00:00Z",
                "version": 1,
            }
            given = shell.folder / "event.json"
            given.write_text(json.dumps(event))
            publish = ["events", "publish", "marque.listing.upserted.v1", str(given), "--source", "urn:marque:test"]
            assert CliRunner().invoke(app, publish).exit_code == 0
        assert tail.stdout is not None
        (line,) = tail.stdout.read().splitlines()
    seen = json.loads(line)
    assert (seen["type"], seen["source"]) == ("marque.listing.upserted.v1", "urn:marque:test")
    assert seen["subject"].startswith("tail/")
