"""Makes the parts of the client that are not written by hand.

`core` has a function and a model for each thing of the API, out of its OpenAPI document; `sync` is `aio` for
threads. Run by the build of the package, and in the project by `python -m tools.clients`; needs openapi-python-client.
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STAMP = ".made_of"
_WITHOUT_ASYNCIO = (
    (r"\bmarque_client\.aio\b", "marque_client.sync"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\basync (?=def|with|for)", ""),
    (r"\bawait ", ""),
    (r"\b__a(?=enter__|exit__)", "__"),
    (r"\baclose\b", "close"),
    (r"\baread\b", "read"),
    (r"\baiter_lines\b", "iter_lines"),
    (r"\basync_(?=sleep|read_file)", ""),
)
_BINARY = "application/octet-stream"
_SENT_AS_BYTES = ("text/csv", "application/x-ndjson", "message/rfc822", "application/pdf", "image/png")
_JSON = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")


class GenerationFailed(Exception):
    """The generator failed, or it left something out."""


def generate(document: dict[str, Any], folder: Path) -> None:
    """Make a client of a document. Raises `GenerationFailed` with the generator's own words, also for a warning."""
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        (here / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
        overrides = dict.fromkeys(_SENT_AS_BYTES, _BINARY)
        settings = {"content_type_overrides": overrides, "post_hooks": []}
        (here / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        command = [
            sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--overwrite",
            "--fail-on-warning", "--path", str(here / "openapi.json"), "--config", str(here / "config.json"),
            "--custom-template-path", str(HERE / "templates"), "--output-path", str(folder),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = "".join(line for line in (done.stdout + done.stderr).splitlines(keepends=True) if line.strip())
    if done.returncode != 0 or "WARNING" in said:
        raise GenerationFailed(said)
    missing = operation_ids(document) - {path.stem for path in folder.glob("api/*/*.py")}
    if missing:
        raise GenerationFailed(f"Not generated: {', '.join(sorted(missing))}")


def operation_ids(document: dict[str, Any]) -> set[str]:
    """Return the names of all operations."""
    return {operation["operationId"] for operation in _operations(document)}


def core_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return, in place, the document as the core needs it.

    Refusals are left out, as the client raises them before the core sees them; so are types of a body beside one that
    is sent as bytes, which the generator would take for the same.
    """
    for operation in _operations(document):
        responses = operation["responses"]
        operation["responses"] = {status: one for status, one in responses.items() if status.startswith("2")}
        content = operation.get("requestBody", {}).get("content", {})
        as_bytes = [kind for kind in content if kind not in _JSON]
        for kind in as_bytes[:1]:
            content[kind]["schema"] = {"type": "string", "format": "binary"}
        for kind in as_bytes[1:]:
            del content[kind]
    return document


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    items = document["paths"].values()
    return [one for item in items for one in item.values() if isinstance(one, dict) and "operationId" in one]


def make_parts(document: Path, package: Path) -> None:
    """Make `core` and `sync` in the folder of the package, each at once whole. Raises `GenerationFailed`."""
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=".made.") as temporary:
        made = Path(temporary)
        generate(core_of(json.loads(document.read_text(encoding="utf-8"))), made / "core")
        make_sync(package / "aio", made / "sync")
        (made / "core" / STAMP).write_text(made_of(document), encoding="utf-8")
        for part in ("sync", "core"):  # the stamp comes last
            if (package / part).exists():
                (package / part).rename(made / f"{part}.old")
            (made / part).rename(package / part)


def make_sync(aio: Path, sync: Path) -> None:
    """Write the client for threads: the one for asyncio, without what waits."""
    sync.mkdir()
    for file in aio.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        for pattern, plain in _WITHOUT_ASYNCIO:
            text = re.sub(pattern, plain, text)
        (sync / file.name).write_text(text, encoding="utf-8")


def is_fresh(document: Path, package: Path) -> bool:
    """Return whether the parts were made of what is there now."""
    stamp = package / "core" / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == made_of(document)


def made_of(document: Path) -> str:
    """Return the hash of all that the parts are made of."""
    here = [HERE / "generate.py", HERE / "generator.in", *sorted(HERE.glob("templates/*"))]
    sources = [document, *here, *sorted(HERE.glob("marque_client/aio/*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in sources)).hexdigest()


def main(arguments: list[str]) -> int:
    """`whole <openapi.json> <folder>` makes a client of all that the document holds; `parts <openapi.json> <package>`
    what the package lacks; `fresh <openapi.json> <package>` only says by its exit code whether that is needed.
    """
    command, document, folder = arguments[0], Path(arguments[1]), Path(arguments[2])
    try:
        if command == "fresh":
            return 0 if is_fresh(document, folder) else 1
        if command == "whole":
            generate(json.loads(document.read_text(encoding="utf-8")), folder)
        elif not is_fresh(document, folder):
            make_parts(document, folder)
    except GenerationFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
