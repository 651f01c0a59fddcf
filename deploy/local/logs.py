"""The logs of the parts, which are bounded also while a part runs for months."""

import asyncio
import contextlib
import os
import shutil
from pathlib import Path

LOG_LIMIT = 16 * 1024 * 1024
_LOOK_SECONDS = 10.0


def put_aside(path: Path) -> bool:
    """Copy a log that is over the limit to `<name>.1`, and begin it anew; whether it was.

    Whoever writes it has it open for appending and goes on. What comes between the copy and the new beginning is lost,
    and where the disk has no room for the copy, that is lost too: a full disk stops more than a log.
    """
    try:
        if path.stat().st_size <= LOG_LIMIT:
            return False
        with contextlib.suppress(OSError):
            shutil.copy2(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)
    except OSError:
        return False  # it is not there, or not ours to cut: there is another look soon
    return True


async def keep_bounded(folder: Path) -> None:
    """Look at every log in a folder, now and then, until cancelled."""

    def look() -> None:
        for path in folder.glob("*.log"):
            put_aside(path)

    while True:
        await asyncio.to_thread(look)
        await asyncio.sleep(_LOOK_SECONDS)
