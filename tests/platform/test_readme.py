"""The README as a newcomer follows it: every block of commands, in order, on a platform that is new."""

import re
from pathlib import Path

import pytest

from deploy.local.platform import ROOT
from tests.live import start_platform
from tests.platform.terminal import Terminal, blocks_of

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("readme")]

_NOT_HERE = re.compile(r"^\./marque (up|demo)\b.*$", re.MULTILINE)  # it is up, and the test says when the other runs


def test_a_newcomer_files_a_report_and_judges_it_while_the_demonstration_keeps_off(tmp_path: Path) -> None:
    blocks = [_NOT_HERE.sub("", block) for block in blocks_of(ROOT / "README.md")]
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
