"""The README as a newcomer follows it: every block of commands, in order, on a platform that is new."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from deploy.local.platform import ROOT
from tests.live import LivePlatform, start_platform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("readme")]

_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NOT_HERE = re.compile(r"^\./marque (up|demo)\b.*$", re.MULTILINE)  # it is up, and the test says when the other runs


class Terminal:
    """One shell in which block after block is typed."""

    def __init__(self, platform: LivePlatform, folder: Path) -> None:
        (folder / "examples").symlink_to(ROOT / "examples")
        self._folder = folder
        self._typed = "set -eu\n"
        self._environment = {**os.environ, "MARQUE_HOME": str(platform.home), "MARQUE_PORT": str(platform.port)}

    def type(self, block: str) -> str:
        """What a block prints, typed after all before it, whose commands are not run again but whose words hold."""
        typed = block.replace("./marque ", f"{ROOT / 'marque'} ")
        script = self._typed + typed
        script += "\ndeclare -p ${!MARQUE_@} RIGHT REPORT EVIDENCE DEFAULTS QUERY IMPORT 2>/dev/null > words || true\n"
        script += "declare -f >> words\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        self._typed = "set -eu\nsource ./words\n"
        return done.stdout


def test_a_newcomer_files_a_report_and_judges_it_while_the_demonstration_keeps_off(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text()
    blocks = [_NOT_HERE.sub("", block) for block in _BLOCK.findall(text)]
    # Nobody takes mail here, and what waits for that is told by `marque status` without being an end of it.
    platform = start_platform(tmp_path / "home", MARQUE_TOLERATED_CHECKS='["mail"]')
    try:
        terminal = Terminal(platform, _folder(tmp_path))
        said = dict.fromkeys(blocks, "")
        for block in blocks:
            said[block] = terminal.type(block)
            if "File: send the same request" in block:
                shown = platform.run("cli.demo")
                assert shown.returncode == 0, shown.stdout[-6000:] + shown.stderr[-3000:]
                untouched = terminal.type(
                    'curl -s $MARQUE_URL/v1/reports/$REPORT -H "Authorization: Bearer $MARQUE_BRAND_KEY"'
                )
                assert '"state":"received"' in untouched
        claimed = next(words for block, words in said.items() if "tasks/claim" in block)
        assert "https://shop.example/item/9001 | The label and the stitching" in claimed
        judged = next(words for block, words in said.items() if "/judge" in block)
        assert '"verdict":"accepted"' in judged
        assert '"state":"accepted"' in judged[judged.index('"verdict"') :], "the reporter sees it"
        listed = next(words for block, words in said.items() if "/v1/listings" in block)
        assert '"status":"created"' in listed
        assert '"title":"Trail shoe, blue"' in listed
        assert not [words for words in said.values() if '"code":"not_found"' in words]
    finally:
        assert platform.stop() == 0


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "newcomer"
    folder.mkdir()
    return folder
