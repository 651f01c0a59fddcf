"""What a server writes before and beside its application is JSON as well: one object a line, a traceback one field."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
LOGGING = ROOT / "shared" / "runtime" / "logging.json"


def _served(folder: Path, code: str) -> list[dict[str, Any]]:
    """The log of a server whose application is this module, until it ends."""
    (folder / "broken.py").write_text(code)
    command = [sys.executable, "-m", "uvicorn", "broken:app", "--port", "0", "--log-config", str(LOGGING)]
    environment = {"PYTHONPATH": f"{ROOT}:{folder}", "PATH": ""}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]


@pytest.mark.parametrize("where", ["raise ValueError('two\\nlines')", "import nothing_of_this_name"])
def test_an_application_that_cannot_be_loaded_is_one_line_with_its_traceback(tmp_path: Path, where: str) -> None:
    lines = _served(tmp_path, f"def load():\n    {where}\n\nload()\n")
    told = [line for line in lines if "in load" in line.get("exception", "")]
    assert [line["level"] for line in told] == ["critical"], lines
    assert "Traceback (most recent call last)" in told[0]["exception"]


def test_an_application_that_does_not_start_and_a_warning_are_lines_too(tmp_path: Path) -> None:
    lines = _served(
        tmp_path,
        "import warnings\nwarnings.warn('it is old')\n\n"
        "async def app(scope, receive, send):\n    await receive()\n"
        "    await send({'type': 'lifespan.startup.failed', 'message': 'no\\ndatabase'})\n",
    )
    assert any("it is old" in line["message"] for line in lines if line["logger"] == "py.warnings"), lines
    assert any("no\ndatabase" in line["message"] for line in lines)
