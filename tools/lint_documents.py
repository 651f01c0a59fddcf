"""Lints the published documents with Spectral, which comes from npm by its lock file."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPECTRAL = ROOT / "tools" / "spectral"
DOCUMENTS = (("docs/openapi.json", "openapi.yaml"), ("docs/asyncapi.json", "asyncapi.yaml"))


def main() -> int:
    """0 where both are clean; also where there is no Node.js, which nothing else here needs."""
    npm = shutil.which("npm")
    if npm is None:
        sys.stdout.write("Spectral was not run: it needs Node.js 20 with npm.\n")
        return 0
    program = SPECTRAL / "node_modules" / ".bin" / "spectral"
    if not program.exists():
        install = [npm, "ci", "--prefix", str(SPECTRAL), "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        if subprocess.run(install, check=False).returncode != 0:
            sys.stdout.write("Spectral could not be installed: npm ci --prefix tools/spectral\n")
            return 1
    failed = 0
    for document, rules in DOCUMENTS:
        command = [str(program), "lint", "--fail-severity", "hint", "--ruleset", str(SPECTRAL / rules), document]
        failed |= subprocess.run(command, check=False, cwd=ROOT).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
