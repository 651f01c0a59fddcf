"""Lints the published documents with Spectral, which comes from npm by its lock file."""

import subprocess
import sys
from pathlib import Path

from tools import npm

ROOT = Path(__file__).parents[1]
SPECTRAL = ROOT / "tools" / "spectral"
DOCUMENTS = (("docs/openapi.json", "openapi.yaml"), ("docs/asyncapi.json", "asyncapi.yaml"))


def main() -> int:
    """0 where both are clean; also where there is no Node.js, which little else here needs."""
    try:
        program = npm.program(SPECTRAL, "spectral")
    except subprocess.CalledProcessError:
        sys.stdout.write("Spectral could not be installed: npm ci --prefix tools/spectral\n")
        return 1
    if program is None:
        return 0
    failed = 0
    for document, rules in DOCUMENTS:
        command = [str(program), "lint", "--fail-severity", "hint", "--ruleset", str(SPECTRAL / rules), document]
        failed |= subprocess.run(command, check=False, cwd=ROOT).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
