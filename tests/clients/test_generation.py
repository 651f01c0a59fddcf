"""Clients are generated of the document: whole, or the check says what was left out."""

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools import clients

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.1",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        "/things": {
            "post": {
                "operationId": "put_thing",
                "requestBody": {
                    "content": {
                        "text/csv": {"schema": {"type": "string"}},
                        "application/x-ndjson": {"schema": {"type": "string"}},
                    }
                },
                "responses": {
                    "200": {"description": "Here", "content": {"application/json": {"schema": {"type": "string"}}}},
                    "422": {"description": "Wrong", "content": {"application/json": {"schema": {"type": "string"}}}},
                },
            }
        }
    },
}


def _generate_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", clients.CLIENT / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _generated(tmp_path: Path, document: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    if not clients.GENERATOR.exists():
        pytest.skip("openapi-python-client is not installed: python -m tools.clients")
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    command: list[str | Path] = [clients.GENERATOR / "bin" / "python", clients.CLIENT / "generate.py", "whole"]
    return subprocess.run(
        [*command, tmp_path / "openapi.json", tmp_path / "made"], capture_output=True, text=True, check=False
    )


def test_an_operation_that_the_generator_leaves_out_fails_the_check(tmp_path: Path) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["paths"]["/things"]["post"]["responses"]["200"]["content"] = {"video/mp4": {"schema": {"type": "string"}}}
    done = _generated(tmp_path, document)
    assert done.returncode == 1
    assert "Unsupported content_type video/mp4" in done.stderr


def test_what_the_generator_makes_something_of_passes(tmp_path: Path) -> None:
    done = _generated(tmp_path, DOCUMENT)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "made" / "api").glob("*/put_*.py")] == ["put_thing.py"]


def test_the_core_knows_no_refusal_and_one_kind_of_bytes() -> None:
    core = _generate_module().core_of(json.loads(json.dumps(DOCUMENT)))
    operation = core["paths"]["/things"]["post"]
    assert set(operation["responses"]) == {"200"}
    assert operation["requestBody"]["content"] == {"text/csv": {"schema": {"type": "string", "format": "binary"}}}


@pytest.mark.parametrize("lock", ["clients/python/generator.lock", "tools/typescript/package-lock.json"])
def test_the_lock_of_a_generator_names_hashes_and_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "sha256:" in text or "sha512-" in text
    assert "resolved" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
