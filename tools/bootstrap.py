"""`python3 -m tools.bootstrap`: makes `.venv` with everything in `requirements.lock`, from no more than a Python.

Runs on any Python from 3.11 on: with or without pip, with a pip that refuses (PEP 668), without venv. uv does the work;
it is taken from the path, or put into `.tools/`. What was done is stamped, so that the next time takes a blink.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from tools import package_index, uv_tool

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (3, 11)


def main() -> int:
    if sys.version_info < NEEDED:
        print(f"marque: Python {'.'.join(map(str, NEEDED))} or newer is needed, this is {sys.version.split()[0]}")
        return 1
    lock = ROOT / "requirements.lock"
    stamp = ROOT / ".venv" / ".installed"
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version_info.major}.{sys.version_info.minor}"
    if stamp.exists() and stamp.read_text() == wanted and (ROOT / ".venv" / "bin" / "python").exists():
        return 0
    began = time.monotonic()
    try:
        uv = uv_tool.find_or_get(ROOT / ".tools")
        say("making .venv and installing requirements.lock")
        install(uv, lock, ROOT / ".venv")
    except uv_tool.NoUvError as error:
        print(f"marque: {error}")
        return 1
    except subprocess.CalledProcessError as error:
        print(f"marque: `{' '.join(map(str, error.cmd))}` failed; its own words are above")
        return 1
    stamp.write_text(wanted)
    say(f"installed in {time.monotonic() - began:.0f} s")
    return 0


def install(uv: Path, lock: Path, venv: Path) -> None:
    """Make an environment that holds what a lock file names, and no more."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(venv)}
    # uv does not read pip's configuration, and a machine may have no other.
    if index := package_index.configured():
        environment.setdefault("UV_DEFAULT_INDEX", index)
    if bundle := package_index.certificates():
        environment.setdefault("SSL_CERT_FILE", bundle)
    if not of_this_python(venv):
        make = [str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)]
        subprocess.run(make, check=True, env=environment, cwd=ROOT)
    subprocess.run([uv, "pip", "sync", "--require-hashes", lock], check=True, env=environment, cwd=ROOT)


def of_this_python(venv: Path) -> bool:
    """Return whether the environment is whole and made from this version of Python."""
    try:
        asked = [str(venv / "bin" / "python"), "-I", "-c", "import sys; print(sys.version)"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == sys.version
    except (OSError, subprocess.SubprocessError):
        return False


def say(line: str) -> None:
    print(f"marque: {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
