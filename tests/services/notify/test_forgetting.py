"""What is old goes some at a time, and all of it goes, however much there is."""

from typing import Any

from tests.services.notify.test_webhooks import FAST, make

OLD = "now() - interval '500 days'"
OF_BEFORE = {
    "feed": f"""INSERT INTO feed (event_id, type, subject, envelope, received_at)
        SELECT 'old-' || n, 'marque.right.verified.v1', 'rgt', '{{}}', {OLD} FROM generate_series(1, 5001) n""",
    "inbox": f"INSERT INTO inbox SELECT 'old-' || n, 'notify', {OLD} FROM generate_series(1, 10001) n",
    "deliveries": f"""INSERT INTO deliveries (id, account_id, endpoint_id, event_id, event_type, subject,
            position, ordered, state, tries, lease, due_at, created_at, settled_at)
        SELECT 'dlv-' || n, e.account_id, e.id, 'old-' || n, 'right.verified', 'rgt',
            n, false, 'delivered', 1, 1, {OLD}, {OLD}, {OLD} FROM webhook_endpoints e, generate_series(1, 5001) n""",
}


async def test_more_than_one_sweep_may_take_goes_at_once_all_the_same(start_notify: Any) -> None:
    """The next sweep by its interval would be ten minutes later."""
    running = await start_notify(**FAST)
    await make(running.as_("brand"), "https://brand.example/hook", ["right.verified"])
    async with running.database.pool.acquire() as connection:
        for statement in OF_BEFORE.values():
            await connection.execute(statement)
        await connection.execute("UPDATE jobs SET due_at = now() WHERE key = 'again and again' AND NOT leased")

    async def all_gone() -> bool:
        async with running.database.pool.acquire() as connection:
            left = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in OF_BEFORE]
        return left == [0, 0, 0]

    await running.eventually(all_gone)
