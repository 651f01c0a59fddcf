"""Finds uv, or gets it: from the path, by a pip that is there, or from the package index by ourselves.

Standard library only: this runs before anything is installed.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tools import package_index

OLDEST = (0, 8)  # knows `venv --clear`


class NoUvError(RuntimeError):
    """uv could neither be found nor be got."""


def find_or_get(folder: Path) -> Path:
    """The uv on the path when it is recent enough, else the one in this folder, got first when it is not there."""
    for candidate in (shutil.which("uv"), folder / "bin" / "uv"):
        if candidate is not None and version(Path(candidate)) >= OLDEST:
            return Path(candidate)
    print(f"marque: getting uv into {folder.name}/", file=sys.stderr, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    reasons = []
    for way in (by_pip, by_download):
        try:
            way(folder)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            reasons.append(f"{way.__name__}: {error}")
        else:
            return folder / "bin" / "uv"
    raise NoUvError(
        f"uv could not be got ({'; '.join(reasons)}): install it from https://docs.astral.sh/uv and try again"
    )


def version(uv: Path) -> tuple[int, ...]:
    """Its version; nothing when it does not run (a shim without a program behind it, say)."""
    try:
        said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
        return tuple(int(part) for part in said.split()[1].split("."))
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return ()


def by_pip(folder: Path) -> None:
    """Into a folder of ours, which a system's Python that guards its own packages has nothing against."""
    if importlib.util.find_spec("pip") is None:
        raise ValueError("this Python has no pip")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--upgrade", "--target", str(folder), "uv"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=300)
    if version(folder / "bin" / "uv") < OLDEST:
        raise ValueError("pip installed no uv that runs")


def by_download(folder: Path) -> None:
    """The wheel, from the index that this machine is set up for, checked against the index's own hash."""
    for wheel in package_index.wheels("uv"):
        if not _fits(wheel.name):
            continue
        file = folder / wheel.name
        package_index.download(wheel, file)
        with zipfile.ZipFile(file) as content:
            programs = [name for name in content.namelist() if name.endswith("/scripts/uv")]
            if len(programs) != 1:
                raise ValueError(f"{wheel.name} holds no uv")
            _place(content.read(programs[0]), folder / "bin" / "uv")
        file.unlink()
        return
    raise ValueError("the index has no uv for this machine")


def _fits(wheel: str) -> bool:
    """Return whether the wheel's platform, the last part of its name, is this machine's."""
    platforms = wheel.removesuffix(".whl").rsplit("-", 1)[1]
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if sys.platform == "darwin":
        return platforms.startswith("macosx") and platforms.endswith("arm64" if machine == "aarch64" else machine)
    kind = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return any(part.startswith(kind) and part.endswith(f"_{machine}") for part in platforms.split("."))


def _place(program: bytes, path: Path) -> None:
    """In one step, so that an interrupted run leaves no half a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(program)
    draft.chmod(0o755)
    draft.replace(path)


if __name__ == "__main__":
    print(find_or_get(Path(__file__).resolve().parent.parent / ".tools"))
