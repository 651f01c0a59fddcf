"""The rules of the house that no linter knows."""

import ast
import re
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


SQL = re.compile(r"\s*(WITH\s+(RECURSIVE\s+)?\w+\s+AS|SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s")
SQL_PLACES = frozenset({"statements.py", "lease_statements.py", "moves.py"})
"""Those of a capability, and what is read once from the tables of another service."""


def _sql_of(path: Path) -> Iterator[str]:
    docstrings = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.add(id(node.value))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docstrings:
            continue
        if SQL.match(node.value):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.value.strip()[:60]}"


def test_the_sql_of_a_service_stands_in_its_statements() -> None:
    services = [path for path in CODE if path.is_relative_to(ROOT / "services") and "migrations" not in path.parts]
    there = [path for path in services if path.name in SQL_PLACES]
    assert len([line for path in there for line in _sql_of(path)]) > 100
    wrong = [line for path in services if path not in there for line in _sql_of(path)]
    assert not wrong, wrong


def test_nobody_but_the_registry_numbers_an_advisory_lock() -> None:
    wrong = []
    for path in CODE:
        if "migrations" in path.parts or path.name == "locks.py":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"pg_(try_)?advisory\w*\((?!\{)", line):
                wrong.append(f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}")
    assert not wrong, wrong
