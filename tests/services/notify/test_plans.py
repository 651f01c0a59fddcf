"""The hot queries read what they need by an index, also where the planner knows nothing of the tables yet."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify.feed import statements as feed
from services.notify.webhooks import statements as webhooks
from shared.runtime.clock import SystemClock
from tests.services.notify.test_webhooks import FAST, make
from tests.statistics import forget_statistics, rows_touched

PLANNED = (webhooks.TAKE_DUE, feed.READ, feed.READ_WHOLE)
MANY = 3000
TABLES = ("deliveries", "feed", "webhook_endpoints")
READ_FROM = ("deliveries", "feed")
_DELIVERIES = f"""
INSERT INTO deliveries (id, account_id, endpoint_id, event_id, event_type, subject, position, ordered, state, tries,
                        lease, due_at, created_at)
SELECT 'dlv_' || i, 'acc', $1, 'evt_' || i, 'marque.report.completed.v1', 'rep_' || i, i, true, 'pending', 0, 0,
       now() + interval '1 day', now() FROM generate_series(1, {MANY}) i
"""
_FEED = f"""
INSERT INTO feed (event_id, type, subject, account_id, envelope, received_at)
SELECT 'evt_' || i, 'marque.report.completed.v1', 'rep_' || i, 'acc_' || i % 10, '{{}}', now()
FROM generate_series(1, {MANY}) i
"""


@pytest.fixture(params=["fresh", "analyzed"])
async def full(start_notify: Any, request: pytest.FixtureRequest) -> Any:
    running = await start_notify(**FAST)
    endpoint = await make(running.as_("brand"), "https://brand.example/hook", ["*"])
    async with running.database.pool.acquire() as connection:
        await forget_statistics(connection, *TABLES)
        await connection.execute(_DELIVERIES, endpoint["id"])
        await connection.execute(_FEED)
        if request.param == "analyzed":
            await connection.execute(f"ANALYZE {', '.join(TABLES)}")
    return running, endpoint["id"]


async def test_taking_deliveries_reads_those_it_takes(full: Any) -> None:
    running, endpoint_id = full
    due = SystemClock().now() + timedelta(days=2)
    values = {
        "now": due, "busy": [endpoint_id], "busy_counts": [0], "ordered_tries": 3, "per_endpoint": 8, "most": 100,
        "leased_until": due + timedelta(seconds=30),
    }  # fmt: skip
    assert await rows_touched(running.database.pool, READ_FROM, webhooks.TAKE_DUE, **values) < 100


@pytest.mark.parametrize("account", ["acc_3", None])
async def test_reading_the_feed_reads_what_it_shows(full: Any, account: str | None) -> None:
    running, _ = full
    read = feed.READ if account else feed.READ_WHOLE
    async with running.database.pool.acquire() as connection:
        middle = int(await connection.fetchval("SELECT max(position) FROM feed")) - MANY // 2
    assert (
        await rows_touched(
            running.database.pool, READ_FROM, read, after=middle, account_id=account, patterns=["%"], limit=20
        )
        < 300
    )
