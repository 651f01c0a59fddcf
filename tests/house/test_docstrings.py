"""Docstrings open as the standard library's do: with a verb, or with the noun that the thing is."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("gateway", "services", "shared", "libraries", "deploy", "cli", "tools", "bench", "clients")
NOT_AS_AN_OPENING = ("What ", "Whether ")


def _docstrings() -> Iterator[tuple[str, str]]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"migrations", ".venv", "core", "sync"}.isdisjoint(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", str(node.value.value)


def test_no_docstring_opens_with_a_question() -> None:
    found = dict(_docstrings())
    assert len(found) > 2_000
    wrong = [place for place, words in found.items() if words.startswith(NOT_AS_AN_OPENING)]
    assert wrong == [], "open with a verb ('Return whether ...') or with the noun that it is"
