"""The quickstarts as a newcomer follows them: every block, in order, at a port and a home that are not the default."""

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("marque_client.core", reason="the client is not made: python -m tools.clients parts")

from deploy.local.platform import ROOT
from tests.live import LivePlatform
from tests.platform.terminal import Terminal, blocks_of

_INSTALL = re.compile(r"^python3 -m venv .*$", re.MULTILINE)  # tests/clients installs the wheel

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]


def _install(program: Path, command: str) -> None:
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{command}\n")
    program.chmod(0o755)


def test_a_brand_reports_and_a_vendor_judges(platform: LivePlatform, tmp_path: Path) -> None:
    terminal = Terminal(platform, tmp_path)
    client = f'PYTHONPATH="{ROOT / "clients" / "python"}" exec {sys.executable} -m marque_client.partner "$@"'
    _install(tmp_path / "client" / "bin" / "marque-partner", client)
    said = [terminal.type(_INSTALL.sub("", block)) for block in blocks_of(ROOT / "docs" / "quickstart-brand.md")]
    assert said[1] == "verified\n"
    assert '"/markets/0"' in said[2]
    assert "Buy one, and attach photographs" in said[2]
    assert said[3].startswith("20")
    assert "shop.example/item/quick-1" in said[4]
    judging = [terminal.type(block) for block in blocks_of(ROOT / "docs" / "quickstart-vendor.md")]
    assert "('trademark.nl.p2', 1)" in judging[1]
    assert "https://shop.example/item/quick-1" in judging[2]
    assert "('TM-1.1', " in judging[2]
    assert '"verdict": "accepted"' in judging[3]
    told = terminal.type(
        'eval "$(./marque env)"\nMARQUE_KEY=$MARQUE_BRAND_KEY client/bin/marque-partner follow $REPORT'
    )
    assert "https://shop.example/item/quick-1 accepted A_COUNTERFEIT" in told


def test_a_tool_publishes_an_event_and_reads_one(platform: LivePlatform, tmp_path: Path) -> None:
    terminal = Terminal(platform, tmp_path)
    _install(tmp_path / "tool" / "bin" / "python", f'exec {sys.executable} "$@"')
    blocks = blocks_of(ROOT / "docs" / "quickstart-tool.md")
    try:
        said = [terminal.type(_INSTALL.sub("", block)) for block in blocks]
    finally:
        terminal.type("./marque tools revoke first")
    assert said[2].startswith("marque.")
    shown = terminal.type(
        'eval "$(./marque env)"\n'
        'curl -sS "$MARQUE_URL/v1/listings?marketplace=shop.example&listing_id=quick-tool" '
        '-H "Authorization: Bearer $MARQUE_MARKETPLACE_KEY"'
    )
    assert '"title":"Trail shoe, blue"' in shown
