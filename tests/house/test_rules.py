"""The rules of the house that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = [path for part in ("gateway", "services", "libraries", "shared") for path in sorted((ROOT / part).rglob("*.py"))]
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}
CHANCE = {"random", "secrets", "uuid", "uuid_utils"}
MOST_LINES = 400


def _calls(path: Path) -> Iterator[ast.Call]:
    yield from _calls_in(ast.parse(path.read_text(encoding="utf-8")))


def _calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node


def _place(path: Path, node: ast.Call | ast.AsyncFunctionDef) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)[:60]}"


def test_only_the_runtime_commits() -> None:
    wrong = [
        _place(path, call)
        for path in CODE
        if "runtime" not in path.parts
        for call in _calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]
    assert not wrong, wrong


def _is_pure(path: Path) -> bool:
    """Whether a file is a library's or of the domain of a service."""
    parts = path.relative_to(ROOT).parts
    return parts[0] == "libraries" or "domain" in parts[2:3]


def test_libraries_and_domains_read_no_clock_and_draw_no_lots() -> None:
    wrong = []
    for path in filter(_is_pure, CODE):
        for call in _calls(path):
            name = call.func
            if not isinstance(name, ast.Attribute) or not isinstance(name.value, ast.Name):
                continue
            reads_clock = name.value.id in {"datetime", "date", "time"} and name.attr in CLOCKS
            if reads_clock or name.value.id in CHANCE:
                wrong.append(_place(path, call))
    assert not wrong, wrong


def test_httpx_is_imported_in_one_module_at_most() -> None:
    importing = [
        str(path.relative_to(ROOT))
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "httpx" for alias in node.names)
    ]
    assert len(importing) <= 1, importing


def test_no_file_has_grown_into_two() -> None:
    long = [f"{path.relative_to(ROOT)}: {n}" for path in CODE if (n := len(path.read_text().splitlines())) > MOST_LINES]
    assert not long, long


def test_long_tasks_are_ended_and_not_only_asked_to_end() -> None:
    """Something within may swallow a cancellation: whoever gathers what was cancelled once may wait for ever."""
    wrong = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.AsyncFunctionDef):
                continue
            called = [ast.unparse(call.func) for call in _calls_in(node)]
            if "asyncio.gather" in called and any(name.endswith(".cancel") for name in called):
                wrong.append(_place(path, node))
    assert not wrong, wrong


def test_nobody_swallows_a_cancellation() -> None:
    wrong = [
        _place(path, call)
        for path in CODE
        for call in _calls(path)
        if ast.unparse(call.func) == "contextlib.suppress"
        and any(ast.unparse(each) in {"asyncio.CancelledError", "BaseException"} for each in call.args)
    ]
    assert not wrong, wrong
