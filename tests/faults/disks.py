"""A small disk of its own for a part of a platform, that a test fills and frees."""

import errno
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1_048_576
_WAYS = (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))


@dataclass(frozen=True)
class Disk:
    """A tmpfs that is mounted for one process and its children only, and goes with them."""

    folder: Path
    mebibytes: int

    @property
    def inside(self) -> list[str]:
        """The command that runs its arguments with this disk in its place."""
        mount = f"mount -t tmpfs -o size={self.mebibytes}m,mode=0700 tmpfs '{self.folder}' && exec \"$@\""
        return [*way_to_mount(), "sh", "-c", mount, "sh"]

    def seen_by(self, pid: int) -> Path:
        """The folder as a process inside sees it."""
        return Path(f"/proc/{pid}/root{self.folder}")


def way_to_mount() -> tuple[str, ...]:
    """The command that gives a program a mount table of its own: as root, or in a user namespace."""
    for way in _WAYS:
        if shutil.which(way[0]) is None:
            continue
        tried = subprocess.run([*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
        if tried.returncode == 0:
            return way
    raise RuntimeError("neither root nor a user namespace may mount a tmpfs here: a full disk cannot be tried")


def fill(folder: Path) -> None:
    """Take every byte that is left on the disk of a folder."""
    with (folder / "ballast").open("wb") as ballast:
        size, step = 0, 64 * MEBIBYTE
        while step >= os.sysconf("SC_PAGE_SIZE"):
            try:
                os.posix_fallocate(ballast.fileno(), size, step)
                size += step
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                step //= 2


def free(folder: Path) -> None:
    """Give back what `fill` took."""
    (folder / "ballast").unlink()
