"""Generates clients of the published document, as partners do, and the core of our own.

`python -m tools.clients` looks whether openapi-python-client and openapi-typescript make something of every operation
without a warning; `python -m tools.clients parts` makes the parts of marque_client that are made. Both
generators have lock files of their own: openapi-python-client asks for another typer than the platform does.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import bootstrap, npm, uv_tool

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "openapi.json"
CLIENT = ROOT / "clients" / "python"
PACKAGE = CLIENT / "marque_client"
TYPESCRIPT = ROOT / "tools" / "typescript"
GENERATOR = ROOT / ".tools" / "generator"


def main(arguments: list[str]) -> int:
    """0 where all is well; what is missing is said."""
    try:
        make_parts()
        if "parts" in arguments:
            return 0
        check_python()
        return check_typescript()
    except (subprocess.CalledProcessError, uv_tool.NoUvError) as error:
        sys.stdout.write(f"Clients could not be generated: {error}\n")
        return 1


def make_parts() -> None:
    """Make the parts of our own client that are made, where they were made of something else.

    They are not committed: some hundred thousand lines would hide in every review what else has changed.
    """
    fresh: list[str | Path] = [sys.executable, CLIENT / "generate.py", "fresh", DOCUMENT, PACKAGE]
    if subprocess.run(fresh, check=False).returncode != 0:
        _generate("parts", PACKAGE)


def check_python() -> None:
    """Let openapi-python-client make a client of the whole document, as it is published."""
    with tempfile.TemporaryDirectory() as temporary:
        _generate("whole", Path(temporary) / "client")


def check_typescript() -> int:
    """Let openapi-typescript make types of the document, and TypeScript check them; 0 where there is no Node.js."""
    generator, compiler = (npm.program(TYPESCRIPT, name) for name in ("openapi-typescript", "tsc"))
    if generator is None or compiler is None:
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        types = Path(temporary) / "api.d.ts"
        said = _said(str(generator), str(DOCUMENT), "--output", str(types))
        _said(str(compiler), "--noEmit", "--strict", str(types))
        text = types.read_text(encoding="utf-8")
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    ids = [one["operationId"] for item in document["paths"].values() for one in item.values() if "operationId" in one]
    missing = [one for one in ids if f'operations["{one}"]' not in text]
    if missing or "warn" in said.lower():
        sys.stdout.write(f"openapi-typescript left out: {', '.join(missing)}\n{said}")
        return 1
    return 0


def _generate(what: str, folder: Path) -> None:
    subprocess.run([_generator(), CLIENT / "generate.py", what, DOCUMENT, folder], check=True)


def _generator() -> Path:
    """The Python that has the generator, installed first by its lock where it is not there yet."""
    lock = CLIENT / "generator.lock"
    stamp, wanted = GENERATOR / ".installed", hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        bootstrap.install(uv_tool.find_or_get(ROOT / ".tools"), lock, GENERATOR)
        stamp.write_text(wanted, encoding="utf-8")
    return GENERATOR / "bin" / "python"


def _said(*command: str) -> str:
    """Return the words of a program. Raises `subprocess.CalledProcessError`, with its words shown."""
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    said = done.stdout + done.stderr
    if done.returncode:
        sys.stdout.write(said)
        raise subprocess.CalledProcessError(done.returncode, [shutil.which(command[0]) or command[0], *command[1:]])
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
