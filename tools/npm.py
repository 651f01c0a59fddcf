"""Programs from npm, each folder of them by its own lock file."""

import shutil
import subprocess
import sys
from pathlib import Path


def program(folder: Path, name: str) -> Path | None:
    """Return a program of a folder, installed first where it is not there yet; None where there is no npm.

    Raises `subprocess.CalledProcessError` where it cannot be installed; npm has then said why.
    """
    npm = shutil.which("npm")
    if npm is None:
        sys.stdout.write(f"{name} was not run: it needs Node.js 20 with npm.\n")
        return None
    found = folder / "node_modules" / ".bin" / name
    if not found.exists():
        install = [npm, "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        subprocess.run(install, check=True)
    return found
