"""Measures the disks under the folders that this process writes to, and warns before one is full."""

import asyncio
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import Gauge

from shared.runtime.loops import forever

_log = logging.getLogger(__name__)
_used = Gauge("marque_disk_used_ratio", "Part of a disk that is in use, 0 to 1: of its bytes or files", ["disk"])
_free = Gauge("marque_disk_free_bytes", "Bytes that are free on a disk", ["disk"])
_MEASURE_SECONDS = 5.0
_SECONDS_BETWEEN_WARNINGS = 600.0


class Disks:
    """The disks of one process, by the name of what lies there."""

    def __init__(self, folders: Mapping[str, Path], *, warning_percent: float) -> None:
        self._folders = {"temporary": Path(tempfile.gettempdir()), **folders}
        self._warning = warning_percent / 100
        self._warned: dict[str, float] = {}

    async def run(self) -> None:
        """Measure until cancelled."""

        async def step() -> bool:
            await asyncio.to_thread(self.measure)
            return False

        async def pause() -> None:
            await asyncio.sleep(_MEASURE_SECONDS)

        await forever("disks", step, pause=pause)

    def measure(self) -> None:
        """Measure each disk once; a folder that is not there is passed over."""
        for name, folder in self._folders.items():
            try:
                used, free = used_ratio(folder), shutil.disk_usage(folder).free
            except OSError as error:
                _log.warning("the disk %s (%s) cannot be measured: %s", name, folder, error.strerror)
                continue
            _used.labels(name).set(used)
            _free.labels(name).set(free)
            self._warn(name, folder, used, free)

    def _warn(self, name: str, folder: Path, used: float, free: int) -> None:
        if used < self._warning:
            self._warned.pop(name, None)
            return
        now = time.monotonic()
        if name in self._warned and now - self._warned[name] < _SECONDS_BETWEEN_WARNINGS:
            return
        self._warned[name] = now
        _log.warning(
            "the disk %s is %.0f %% full: %.0f MB are free under %s; free some before it is full",
            name, used * 100, free / 1e6, folder,
        )  # fmt: skip


def used_ratio(folder: Path) -> float:
    """Return how much of the disk under a folder is in use, of its bytes or of its files, whichever is more."""
    found = os.statvfs(folder)
    of_bytes = 1 - found.f_bavail / max(found.f_blocks - found.f_bfree + found.f_bavail, 1)
    of_files = 1 - found.f_favail / found.f_files if found.f_files else 0.0
    return max(of_bytes, of_files)
