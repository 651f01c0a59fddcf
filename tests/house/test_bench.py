"""The benchmarks are run as the Makefile runs them."""

import importlib

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
