"""The main job through the gateway, as the README shows it, and what the checker finds afterwards."""

import pytest

from tests.live import LivePlatform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]


def test_the_demonstration_ends_with_every_complete_notice_decided(platform: LivePlatform) -> None:
    ended = platform.run("cli.demo")
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-3000:]
    assert "Decisions told by webhook" in ended.stdout


def test_afterwards_every_promise_holds(platform: LivePlatform) -> None:
    checked = platform.run("cli.check", "--wait", "60")
    assert checked.returncode == 0, checked.stdout[-6000:] + checked.stderr[-3000:]
