"""Packages of the repository as partners install them."""

import subprocess
from pathlib import Path

import pytest

from tools import uv_tool

ROOT = Path(__file__).parents[1]


def built(source: Path, into: Path, *options: str) -> Path:
    """Return the wheel of a folder, by the uv that the project installs with; it fetches what builds it."""
    uv = uv_tool.find_or_get(ROOT / ".tools")
    build = [str(uv), "build", *options, "--out-dir", str(into), str(source)]
    made = subprocess.run(build, capture_output=True, text=True, check=False, timeout=300)
    if made.returncode != 0:
        words = made.stderr.lower()
        if any(word in words for word in ("setuptools", "connect", "resolve", "network")):
            pytest.skip("no network to fetch from what builds it")
        raise AssertionError(made.stderr)
    return next(into.glob("*.whl"))
