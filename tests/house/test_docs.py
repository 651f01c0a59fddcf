"""The examples in the documents for developers work as they stand."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg

from shared.contracts.ids import JobId
from shared.runtime.clock import SystemClock
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.jobs import Again, Job, Work

DOCS = Path(__file__).parents[2] / "docs"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


async def test_the_example_of_a_job_goes_on_until_it_is_done() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (DOCS / "adding-a-job.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, "adding-a-job.md", "exec"), names)
    every = {kind.name: kind.every for kind in names["background"].kinds.values()}
    assert every == {"greet": None, "forget_greetings": timedelta(seconds=600)}
    for done, again in ((None, Again(done=1)), (1, None)):
        job = Job(new_id(JobId), "greet", None, {"times": 2}, 1, 1, done, None, NOW)
        assert await names["greet"](None, Work(job, cast("Database", None), SystemClock())) == again


async def test_the_example_of_a_statement_asks_by_name_and_answers_with_rows(
    migrated: Callable[[str], Awaitable[str]],
) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (DOCS / "adding-an-endpoint.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, "adding-an-endpoint.md", "exec"), names)
    connection = await asyncpg.connect(await migrated("escalation"))
    try:
        await connection.execute("CREATE TEMPORARY TABLE greetings (id text, account_id text, sent_at timestamptz)")
        await connection.execute(
            "INSERT INTO greetings VALUES ('b', 'one', $1), ('a', 'one', $1), ('c', 'two', $1)", NOW
        )
        assert await names["greetings_of"](connection, "one") == [("a", NOW), ("b", NOW)]
    finally:
        await connection.close()


def test_the_house_in_the_readme_is_the_house() -> None:
    """Every capability of a service stands behind its service, and every folder that is named is there."""
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    (house,) = re.findall(r"## The house\n\n```\n(.*?)```", readme, re.DOTALL)
    shown: dict[str, set[str]] = {}
    for line in house.splitlines():
        at, _, words = line.partition(" ") if not line.startswith(" ") else (list(shown)[-1], "", line)
        shown.setdefault(at, set()).update(re.findall(r"\b([a-z_]+)/", words))
    services = sorted((DOCS.parent / "services").glob("*/app.py"))
    there = {f"services/{app.parent.name}/": _capabilities(app.parent) for app in services}
    assert {at: names for at, names in shown.items() if at.startswith("services/")} == there
    assert all((DOCS.parent / at).is_dir() for at in shown)


def _capabilities(service: Path) -> set[str]:
    folders = {path.parent.name for path in service.glob("*/__init__.py")}
    return folders - {"migrations", "endpoints"}
