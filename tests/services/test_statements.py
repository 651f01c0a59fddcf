"""Every hand-written statement is one that the database takes, and answers what its row says."""

import dataclasses
import importlib
import itertools
import pkgutil
import types
import typing
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from deploy.registry import behind_the_gateway
from shared.runtime.statements import Connection, Query, Statement, sql_list, written

RUNTIME = "shared.runtime"
TYPES: dict[str, type] = {
    "text": str, "json": str, "bool": bool, "int2": int, "int4": int, "int8": int, "numeric": Decimal, "date": date,
    "timestamptz": datetime, "bytea": bytes,
}  # fmt: skip
DECODED = {"jsonb"}
"""What becomes whatever its JSON holds."""

PLANS = (
    "tests.services.review.test_plans", "tests.services.notify.test_plans", "tests.services.intake.test_plans",
    "tests.services.intake.test_registrations",
    "tests.services.screening.test_plans", "tests.services.screening.test_capture_plans",
    "tests.services.intake.test_filing_plans", "tests.services.intake.test_listing_states",
    "tests.services.intake.evidence.test_evidence_plans", "tests.services.test_runtime_plans",
    "tests.services.gateway.test_client_plans",
)  # fmt: skip
"""The modules that look at plans; each names in `PLANNED` the statements that it looks at."""


def _modules(package: str) -> Iterator[types.ModuleType]:
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if ".migrations" not in found.name:
            yield importlib.import_module(found.name)


def statements_of(*packages: str) -> list[tuple[str, Statement]]:
    """The statements that the modules of these packages hold, each with its module, and each once."""
    found: dict[int, tuple[str, Statement]] = {}
    for module in itertools.chain.from_iterable(map(_modules, packages)):
        for value in vars(module).values():
            if isinstance(value, Statement):
                found.setdefault(id(value), (module.__name__, value))
    return list(found.values())


PACKAGES = [*(f"services.{name}" for name in behind_the_gateway()), "gateway"]


def _fault(kind: str, annotation: Any) -> str | None:
    """Say how an annotation differs from what a column of this kind becomes."""
    given = set(typing.get_args(annotation) or (annotation,)) - {type(None)}
    if typing.get_origin(annotation) is list:
        given = {annotation}
    if kind.endswith("[]"):
        element = TYPES.get(kind.removesuffix("[]"), object)
        lists = [one for one in given if typing.get_origin(one) is list]
        inner = {part for one in lists for part in typing.get_args(one)}
        for part in tuple(inner):
            inner |= set(typing.get_args(part)) - {type(None)}
        return None if len(given) == 1 and (element in inner or Any in inner) else f"{annotation} for {kind}"
    if kind in DECODED:
        return None if given & {Any, dict, list} or any(typing.get_origin(one) is dict for one in given) else str(given)
    wanted = TYPES.get(kind, object)
    fits = len(given) == 1 and all(isinstance(one, type) and issubclass(one, wanted) for one in given)
    return None if fits and (wanted is not int or given == {int}) else f"{annotation} for {kind}"


def row_fields(row: Any) -> list[str] | None:
    """The fields of a `NamedTuple`; None for a plain type."""
    return list(row._fields) if hasattr(row, "_fields") else None


async def _faults(connection: Connection, module: str, statement: Statement) -> list[str]:
    try:
        prepared = await connection.prepare(statement.sql)
    except asyncpg.PostgresError as error:
        return [f"{module} {statement.name}: {error}"]
    columns = [(one.name, one.type.name) for one in prepared.get_attributes() if one.type.name != "void"]
    if not isinstance(statement, Query):
        return [f"{module} {statement.name}: answers {columns}, and nobody reads it"] if columns else []
    row = statement.row
    fields = [one.name for one in dataclasses.fields(row)] if dataclasses.is_dataclass(row) else row_fields(row)
    if fields is None:
        fault = _fault(columns[0][1], row) if len(columns) == 1 else f"{row} for {columns}"
        return [f"{module} {statement.name}: {fault}"] if fault else []
    if fields != [name for name, _ in columns]:
        return [f"{module} {statement.name}: {fields} for {columns}"]
    hints = typing.get_type_hints(row)
    wrong = [(name, _fault(kind, hints[name])) for name, kind in columns]
    return [f"{module} {statement.name}: {name} is {fault}" for name, fault in wrong if fault]


@pytest.mark.parametrize("package", PACKAGES)
async def test_every_statement_is_taken_and_answers_what_its_row_says(
    package: str, migrated: Callable[[str], Awaitable[str]]
) -> None:
    found = statements_of(package, RUNTIME)
    assert len(found) > 20
    connection = await asyncpg.connect(await migrated(package.removeprefix("services.")))
    try:
        faults = [fault for module, one in found for fault in await _faults(connection, module, one)]
    finally:
        await connection.close()
    assert faults == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_statements_of_a_service_have_the_same_name(package: str) -> None:
    names = Counter(one.name for _, one in statements_of(package, RUNTIME))
    assert [name for name, times in names.items() if times > 1] == []


def test_every_hot_statement_has_its_plan_looked_at() -> None:
    planned = {id(one) for module in PLANS for one in importlib.import_module(module).PLANNED}
    hot = [(module, one) for module, one in statements_of(*PACKAGES, RUNTIME) if one.hot]
    assert len(hot) > 40
    assert [f"{module} {one.name}" for module, one in hot if id(one) not in planned] == []


@pytest.mark.parametrize(
    ("text", "sql", "names"),
    [
        ("SELECT :b, :a, :b", "SELECT $1, $2, $1", ("b", "a")),
        ("SELECT :a::text[]", "SELECT $1::text[]", ("a",)),
        ("SELECT 'a:b', ':c', '''x :d'''", "SELECT 'a:b', ':c', '''x :d'''", ()),
        ("SELECT x[1:2] -- :a\nFROM t WHERE y = :y", "SELECT x[1:2] -- :a\nFROM t WHERE y = $1", ("y",)),
        ("SELECT '{\"a\": 1}'::jsonb", "SELECT '{\"a\": 1}'::jsonb", ()),
    ],
)
def test_parameters_are_what_stands_outside_of_literals_and_comments(
    text: str, sql: str, names: tuple[str, ...]
) -> None:
    statement = Statement("one", text)
    assert (statement.sql, statement.parameters) == (f"/* one */ {sql}", names)


def test_a_parameter_that_is_missing_or_unknown_is_an_error() -> None:
    statement = Statement("one", "SELECT :b, :a")
    assert statement.arguments(a=1, b=2) == [2, 1]
    with pytest.raises(TypeError, match="one needs the parameter 'a'"):
        statement.arguments(b=2)
    with pytest.raises(TypeError, match=r"one has no parameter \['c'\]"):
        statement.arguments(a=1, b=2, c=3)


def test_only_plain_words_are_rendered_into_sql() -> None:
    assert sql_list(["b_1", "a"]) == "'a', 'b_1'"
    for word in ("it's", "a b", "", "A"):
        with pytest.raises(ValueError, match="no plain word"):
            sql_list([word])


@pytest.mark.parametrize(("tag", "rows"), [("UPDATE 3", 3), ("INSERT 0 1", 1), ("DELETE 0", 0), ("LOCK TABLE", 0)])
def test_the_rows_written_are_read_from_the_command_tag(tag: str, rows: int) -> None:
    assert written(tag) == rows
