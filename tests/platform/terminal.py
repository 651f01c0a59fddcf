"""A terminal into which the blocks of a document are typed, one after the other."""

import os
import re
import subprocess
from pathlib import Path

from deploy.local.platform import ROOT
from tests.live import LivePlatform

_WORDS = "RIGHT REPORT EVIDENCE DEFAULTS QUERY IMPORT TASK TOKEN ADDRESS"
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks_of(document: Path) -> list[str]:
    """Every block of commands in a document."""
    found: list[str] = _BLOCK.findall(document.read_text(encoding="utf-8"))
    return found


class Terminal:
    """One shell in which block after block is typed."""

    def __init__(self, platform: LivePlatform, folder: Path) -> None:
        (folder / "examples").symlink_to(ROOT / "examples")
        self._folder = folder
        self._typed = "set -eu\n"
        self._environment = {**os.environ, "MARQUE_HOME": str(platform.home), "MARQUE_PORT": str(platform.port)}

    def type(self, block: str) -> str:
        """What a block prints, typed after all before it, whose commands are not run again but whose words hold."""
        typed = block.replace("./marque ", f"{ROOT / 'marque'} ")
        script = self._typed + typed
        script += f"\ndeclare -p ${{!MARQUE_@}} {_WORDS} 2>/dev/null > words || true\n"
        script += "declare -f >> words\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        self._typed = "set -eu\nsource ./words\n"
        return done.stdout
