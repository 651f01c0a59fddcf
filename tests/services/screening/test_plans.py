"""The hot queries read the listings that they are about and no others, whatever the planner knows of the tables."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.screening.listings import statements
from tests.services.screening.conftest import Screening
from tests.statistics import forget_statistics, rows_touched

PLANNED = (
    statements.LOCK_LISTINGS, statements.ADD_LISTINGS, statements.CHANGE_LISTINGS, statements.KEEP_ORDERS,
    statements.LISTINGS_NOW,
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


def _given(*ids: str) -> dict[str, Any]:
    count = len(ids)
    return {
        "marketplaces": ["shop.example"] * count, "listing_ids": list(ids), "versions": [2] * count,
        "changed_at": [NOW] * count, "hashes": [b"0" * 32] * count, "contents": ["{}"] * count, "looked_up": False,
        "now": NOW,
    }  # fmt: skip


async def test_one_listing_costs_one_row_of_each_table(full: Screening) -> None:
    pool = full.running.database.pool
    one = {"marketplaces": ["shop.example"], "listing_ids": ["l-77"]}
    assert await rows_touched(pool, TABLES, statements.LOCK_LISTINGS, **one) == 1
    assert await rows_touched(pool, TABLES, statements.CHANGE_LISTINGS, **_given("l-77")) == 1
    assert await rows_touched(pool, TABLES, statements.ADD_LISTINGS, **_given("new")) == 0
    now = {"marketplace": "shop.example", "listing_ids": ["l-77", "none"]}
    assert await rows_touched(pool, TABLES, statements.LISTINGS_NOW, **now) == 2
