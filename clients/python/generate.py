"""Makes the core of the client, a function and a model for each thing of the API, out of its OpenAPI document.

Run by the build of the package, and in the project by `python -m tools.clients`, where openapi-python-client is.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
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


def main(arguments: list[str]) -> int:
    """`generate.py <openapi.json> <folder> [--whole]`: the core, or with `--whole` all that the document holds."""
    document = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    try:
        generate(document if "--whole" in arguments else core_of(document), Path(arguments[1]))
    except GenerationFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
