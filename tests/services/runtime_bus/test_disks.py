"""Disks are measured and warned of before they are full."""

import logging
import shutil
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from shared.runtime.disks import Disks, used_ratio


def test_a_disk_that_is_filled_to_the_mark_is_warned_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    used = used_ratio(tmp_path) * 100
    assert 0 < used < 100
    with caplog.at_level(logging.WARNING):
        Disks({"work": tmp_path}, warning_percent=min(used + 0.5, 99.9)).measure()
        assert "the disk work is" not in caplog.text
        disks = Disks({"work": tmp_path}, warning_percent=max(used - 0.5, 0.01))
        disks.measure()
        disks.measure()
    [line] = [record.getMessage() for record in caplog.records if "the disk work is" in record.getMessage()]
    assert line.endswith(f"MB are free under {tmp_path}; free some before it is full")
    assert REGISTRY.get_sample_value("marque_disk_used_ratio", {"disk": "work"}) == pytest.approx(used / 100, abs=0.01)
    free = REGISTRY.get_sample_value("marque_disk_free_bytes", {"disk": "work"})
    assert free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)
    assert REGISTRY.get_sample_value("marque_disk_used_ratio", {"disk": "temporary"})


def test_a_folder_that_is_not_there_hides_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Disks({"gone": tmp_path / "gone", "here": tmp_path}, warning_percent=99.99).measure()
    assert "the disk gone" in caplog.text
    assert REGISTRY.get_sample_value("marque_disk_used_ratio", {"disk": "here"})
