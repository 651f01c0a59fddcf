"""The hot queries read the listings that they are about and no others, whatever the planner knows of the tables."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.screening.listings import statements
from shared.runtime.statements import Statement
from tests.services.screening.conftest import Screening
from tests.statistics import forget_statistics, nodes

PLANNED = (
    statements.LOCK_LISTINGS, statements.ADD_LISTINGS, statements.CHANGE_LISTINGS, statements.LISTINGS_NOW,
)  # fmt: skip
MANY = 5000
NOW = datetime(2026, 11, 27, tzinfo=UTC)
TABLES = ("listings", "listing_versions")
_FILLED = (
    f"""INSERT INTO listings SELECT 'shop.example', 'l-' || n, n, 1, now(), sha256('')
        FROM generate_series(1, {MANY}) n""",
    f"""INSERT INTO listing_versions SELECT n, 'shop.example', 'l-' || n, 1, now(), now(), sha256(''), '{{}}'
        FROM generate_series(1, {MANY}) n""",
    f"SELECT setval('listing_numbers', {MANY})",
)


@pytest.fixture(params=["fresh", "analyzed"])
async def full(screening: Screening, request: pytest.FixtureRequest) -> Screening:
    async with screening.running.database.pool.acquire() as connection:
        await forget_statistics(connection, *TABLES)
        for statement in _FILLED:
            await connection.execute(statement)
        if request.param == "analyzed":
            await connection.execute(f"ANALYZE {', '.join(TABLES)}")
    return screening


async def _touched(screening: Screening, statement: Statement, **values: Any) -> int:
    """How many rows of the tables a statement read; a scan of a whole table is not allowed at all."""
    touched = 0
    async with screening.running.database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        asked = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}"
        found = await connection.fetchval(asked, *statement.arguments(**values))
        await transaction.rollback()
    [explained] = json.loads(found) if isinstance(found, str) else found
    for node in nodes(explained["Plan"]):
        if node.get("Relation Name") in TABLES and "Scan" in node["Node Type"]:
            assert node["Node Type"] != "Seq Scan", node
            passed_over = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            touched += int((node["Actual Rows"] + passed_over) * node["Actual Loops"])
    return touched


def _given(*ids: str) -> dict[str, Any]:
    count = len(ids)
    return {
        "marketplaces": ["shop.example"] * count, "listing_ids": list(ids), "versions": [2] * count,
        "changed_at": [NOW] * count, "hashes": [b"0" * 32] * count, "contents": ["{}"] * count, "now": NOW,
    }  # fmt: skip


async def test_one_listing_costs_one_row_of_each_table(full: Screening) -> None:
    one = {"marketplaces": ["shop.example"], "listing_ids": ["l-77"]}
    assert await _touched(full, statements.LOCK_LISTINGS, **one) == 1
    assert await _touched(full, statements.CHANGE_LISTINGS, **_given("l-77")) == 1
    assert await _touched(full, statements.ADD_LISTINGS, **_given("new")) == 0
    now = {"marketplace": "shop.example", "listing_ids": ["l-77", "none"]}
    assert await _touched(full, statements.LISTINGS_NOW, **now) == 2
