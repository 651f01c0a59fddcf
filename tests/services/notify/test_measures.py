"""The gauges of the webhook backlog."""

from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import REGISTRY

from services.notify.webhooks.measures import measure_backlog
from tests.services.notify.test_webhooks import make
from tests.services.notify.things import completed, receiving

SLOW = {"webhook_allow_loopback": "true", "webhook_retry_seconds": "3600", "webhook_retry_jitter": "0"}
GAUGES = ("deliveries_pending", "deliveries_due", "oldest_due_seconds", "endpoints_disabled")


async def _measured(running: Any, now: datetime) -> list[float | None]:
    async with running.database.transaction() as session:
        await measure_backlog(session, now=now)
    return [REGISTRY.get_sample_value(f"marque_webhook_{name}") for name in GAUGES]


async def test_deliveries_that_wait_and_those_that_are_late_are_measured(start_notify: Any) -> None:
    running = await start_notify(**SLOW)
    brand, account = running.as_("brand"), running.caller("brand").account_id
    assert await _measured(running, datetime.now(UTC)) == [0, 0, 0, 0]
    async with receiving(500) as receiver:
        endpoint = await make(brand, receiver.url, ["*"])
        await running.publish(completed(account))

        async def waits_for_its_second_try() -> Any:
            async with running.database.pool.acquire() as connection:
                return await connection.fetchval("SELECT due_at FROM deliveries WHERE last_status = 500")

        due = await running.eventually(waits_for_its_second_try)
        assert await _measured(running, due - timedelta(seconds=1)) == [1, 0, 0, 0]
        assert await _measured(running, due + timedelta(seconds=90)) == [1, 1, 90, 0]
        changed = await brand.patch(f"/v1/webhook-endpoints/{endpoint['id']}", json={"enabled": False})
        assert changed.status_code == 200, changed.text
        assert (await _measured(running, due))[3] == 1
