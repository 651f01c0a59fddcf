"""Sizes and shapes of the code: what has grown past them is asked what it is really about."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from deploy.registry import services

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "services", "libraries", "shared", "deploy", "cli", "tools", "clients")


@cache
def _parsed() -> dict[Path, ast.Module]:
    made = {"migrations", "core", "sync"}
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if made.isdisjoint(file.parts))
    return {file.relative_to(ROOT): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def _functions() -> Iterator[tuple[int, str]]:
    for file, tree in _parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield (node.end_lineno or 0) - node.lineno + 1, f"{file}: {node.name}"


def test_no_function_is_longer_than_45_lines_and_few_are_longer_than_24() -> None:
    lengths = sorted(_functions())
    assert [named for length, named in lengths if length > 45] == []
    assert lengths[len(lengths) * 95 // 100][0] <= 24


def test_no_file_is_longer_than_400_lines() -> None:
    long = {str(file): len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in _parsed()}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_no_module_imports_itself_through_others() -> None:
    modules = {_name(file): file for file in _parsed()}
    imports = {
        name: {one for one in _imported(file) if one in modules and one != name} for name, file in modules.items()
    }
    done: set[str] = set()

    def follow(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in imports[name]:
                follow(other, (*path, name))
            done.add(name)

    for name in modules:
        follow(name, ())


def _name(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def _imported(file: Path) -> Iterator[str]:
    """The modules that a file names in its imports; what it takes out of a package is not the package itself."""
    tree = _parsed()[file]
    types = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    ignored = {id(node) for block in types for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in ignored:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = file.parts[: len(file.parts) - node.level] if node.level else ()
            module = ".".join([*above, *filter(None, [node.module])])
            inside = {
                alias.name for alias in node.names if (ROOT / Path(*module.split("."), f"{alias.name}.py")).exists()
            }
            yield from (f"{module}.{name}" for name in inside)
            if len(inside) < len(node.names):
                yield module


LONGEST_CHAIN = 10


@pytest.mark.parametrize("service", [service.package for service in services()])
def test_the_longest_chain_of_imports_inside_a_service_is_short(service: str) -> None:
    """At run time: what is imported for type checking alone does not count."""
    modules = {_name(file): file for file in _parsed() if _name(file).startswith(f"{service}.")}
    chains: dict[str, tuple[str, ...]] = {}

    def longest(name: str) -> tuple[str, ...]:
        if name not in chains:
            below = [longest(one) for one in sorted(set(_imported(modules[name]))) if one in modules and one != name]
            chains[name] = (name, *max(below, key=len, default=()))
        return chains[name]

    chain = max(map(longest, modules), key=len)
    assert len(chain) <= LONGEST_CHAIN, " -> ".join(chain)
