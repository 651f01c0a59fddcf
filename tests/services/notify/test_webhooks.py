"""What a partner is promised of webhooks."""

import json
from typing import Any

from standardwebhooks.webhooks import Webhook

from tests.services.notify.things import completed, decision, receiving

FAST = {"webhook_allow_loopback": "true", "webhook_retry_seconds": "0.05,0.05", "webhook_poll_seconds": "0.05"}


async def make(client: Any, url: str, event_types: list[str], **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/webhook-endpoints", json={"url": url, "event_types": event_types, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_event_reaches_the_endpoints_that_ask_for_it_signed(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving() as wide, receiving() as narrow, receiving() as strange:
        endpoint = await make(brand, wide.url, ["*"])
        await make(brand, narrow.url, ["decision.*"])
        await make(running.as_("brand", "two"), strange.url, ["*"])
        report = await running.publish(completed(account))
        made = await running.publish(decision(account))

        async def told() -> bool:
            return sorted(wide.ids) == sorted([report.id, made.id]) and narrow.ids == [made.id]

        await running.eventually(told)
        assert strange.ids == []
        headers, body = wide.received[wide.ids.index(report.id)]
        Webhook(endpoint["secret"]).verify(body, headers)
        event = json.loads(body)
        assert (event["id"], event["type"]) == (report.id, "marque.report.completed.v1")
        assert event["data"]["report_id"] == report.subject
