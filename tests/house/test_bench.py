"""The benchmarks are run as the Makefile runs them."""

import ast
import importlib
from pathlib import Path

import pytest

from bench.__main__ import PATHS, asked


def test_no_name_stands_for_every_benchmark() -> None:
    assert tuple(asked([])) == PATHS


def test_named_benchmarks_run_alone() -> None:
    assert list(asked(["relay", "filing"])) == ["relay", "filing"]


def test_an_unknown_benchmark_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        asked(["speed"])
    assert "claiming" in capsys.readouterr().err


@pytest.mark.parametrize("name", PATHS)
def test_every_name_is_a_benchmark(name: str) -> None:
    assert callable(importlib.import_module(f"bench.{name}").run)


def test_no_benchmark_leaves_its_settings_to_those_after_it() -> None:
    """They run in one process: what one puts into the environment, the platform of another would be started with."""
    changed = {"os.environ.update", "os.environ.setdefault", "os.environ.pop", "os.putenv"}
    wrong = [
        f"{path.name}:{node.lineno}"
        for path in sorted(Path(__file__).parents[2].joinpath("bench").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Call) and ast.unparse(node.func) in changed)
        or (isinstance(node, ast.Assign) and any(ast.unparse(one).startswith("os.environ[") for one in node.targets))
    ]
    assert not wrong, wrong
