"""Deliveries: at least once, in order as far as retries allow, told where they end; whatever a receiver does."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from services.notify.webhooks import deliveries, dispatch
from services.notify.webhooks.deliveries import Answer, Schedule, Taken
from services.notify.webhooks.states import DeliveryState, may_become
from services.notify.webhooks.tables import WebhookEndpoint
from shared.contracts.events import WebhookFailed
from shared.contracts.ids import ReportId
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from tests.services.notify.test_webhooks import FAST, make
from tests.services.notify.things import Receiver, completed, never, receiving

HOUR = "3600"
EVERYTHING = ["*"]


async def told(running: Any, receiver: Receiver, number: int) -> None:
    async def enough() -> bool:
        return len(receiver.received) >= number

    await running.eventually(enough)


async def settled(client: Any, running: Any, state: str, number: int = 1) -> list[dict[str, Any]]:
    """The deliveries in a state, once there are so many; the newest first."""

    async def there() -> Any:
        found = (await client.get("/v1/deliveries", params={"state": state})).json()["data"]
        return len(found) >= number and found

    found: list[dict[str, Any]] = await running.eventually(there)
    return found


async def attempts(client: Any, delivery_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/deliveries/{delivery_id}")).json()["attempts"]
    return found


async def test_what_fails_is_sent_again_until_it_is_taken(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand = running.as_("brand")
    async with receiving(500, 503, 200) as receiver:
        await make(brand, receiver.url, EVERYTHING)
        event = await running.publish(completed(running.caller("brand").account_id))
        [delivery] = await settled(brand, running, "delivered")
        assert receiver.ids == [event.id] * 3
        assert (delivery["event_id"], delivery["tries"], delivery["next_try_at"]) == (event.id, 3, None)
        assert [tried["status"] for tried in await attempts(brand, delivery["id"])] == [500, 503, 200]


async def test_what_is_never_taken_dies_and_is_told_once(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving(500) as deaf, receiving(204) as watching, receiving(500) as deaf_too:
        dead_endpoint = await make(brand, deaf.url, EVERYTHING)
        await make(brand, watching.url, ["webhook.failed"])
        event = await running.publish(completed(account))
        [delivery] = await settled(brand, running, "dead")
        assert deaf.ids == [event.id] * 3
        assert (delivery["last_status"], delivery["last_error"], delivery["tries"]) == (500, "status 500", 3)
        await told(running, watching, 1)
        failed = json.loads(watching.received[0][1])["data"]
        assert (failed["event_id"], failed["endpoint_id"], failed["attempts"]) == (event.id, dead_endpoint["id"], 3)

        await make(brand, deaf_too.url, ["webhook.failed"])
        await running.publish(completed(account))
        await settled(brand, running, "dead", 3)  # the event at one, and the news of it at the other
        last = await running.publish(completed(running.caller("brand", "two").account_id))

        async def passed() -> bool:
            page = (await running.as_("marketplace").get("/v1/events", params={"after": last.id})).json()
            return bool(page.get("data") == [])

        await running.eventually(passed)
        assert len(await running.recorded(WebhookFailed)) == 2
        types = [event["type"] for event in (await brand.get("/v1/events")).json()["data"]]
        assert types.count(WebhookFailed.name) == 2


async def test_a_receiver_that_does_not_answer_is_left_after_the_time_out(start_notify: Any) -> None:
    running = await start_notify(**{**FAST, "webhook_retry_seconds": HOUR}, webhook_timeout_seconds="0.2")
    brand = running.as_("brand")
    async with receiving(never) as receiver:
        await make(brand, receiver.url, EVERYTHING)
        await running.publish(completed(running.caller("brand").account_id))

        async def tried() -> Any:
            found = (await brand.get("/v1/deliveries")).json()["data"]
            return next((delivery for delivery in found if delivery["last_error"]), None)

        delivery = await running.eventually(tried)
        assert (delivery["state"], delivery["last_error"]) == ("pending", "no answer within 0.2 s")
        assert delivery["next_try_at"] > SystemClock().now().isoformat()


async def test_a_redirect_is_not_followed(start_notify: Any) -> None:
    running = await start_notify(**{**FAST, "webhook_retry_seconds": HOUR})
    brand = running.as_("brand")
    async with receiving(204) as inside:

        async def elsewhere(_: web.Request) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": inside.url})

        async def metadata(_: web.Request) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})

        for answer in (elsewhere, metadata):
            async with receiving(answer) as receiver:
                endpoint = await make(brand, receiver.url, EVERYTHING)
                await brand.post(f"/v1/webhook-endpoints/{endpoint['id']}/test")
                await told(running, receiver, 1)

                async def refused(endpoint_id: str = endpoint["id"]) -> Any:
                    [one] = (await brand.get("/v1/deliveries", params={"endpoint_id": endpoint_id})).json()["data"]
                    return "redirects are not followed" in (one["last_error"] or "")

                await running.eventually(refused)
        assert inside.received == []


async def test_410_disables_the_endpoint_and_ends_what_waits_for_it(start_notify: Any) -> None:
    running = await start_notify(**FAST, webhook_endpoint_concurrency="1")
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving(410) as receiver:
        endpoint = await make(brand, receiver.url, EVERYTHING)
        for _ in range(3):
            await running.publish(completed(account))

        async def disabled() -> Any:
            found = (await brand.get(f"/v1/webhook-endpoints/{endpoint['id']}")).json()
            return not found["enabled"] and found

        found = await running.eventually(disabled)
        assert "410" in found["disabled_reason"]
        [first, *_] = reversed(await settled(brand, running, "dead"))
        [failed] = await running.recorded(WebhookFailed)
        assert (failed.endpoint_disabled, failed.last_status, failed.delivery_id) == (True, 410, first["id"])
        answer = await brand.post(f"/v1/deliveries/{first['id']}/redeliver")
        assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_disabled")
        assert (await brand.post(f"/v1/webhook-endpoints/{endpoint['id']}/test")).status_code == 409
        assert len(receiver.received) == 1


async def test_an_answer_that_never_ends_or_is_huge_counts_by_its_status(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand = running.as_("brand")

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        await response.write(b"taken")
        await asyncio.Event().wait()
        return response

    async def flooding(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    for answer, beginning in ((dripping, "taken"), (flooding, "x" * 2048)):
        async with receiving(answer) as receiver:
            endpoint = await make(brand, receiver.url, EVERYTHING)
            delivery = (await brand.post(f"/v1/webhook-endpoints/{endpoint['id']}/test")).json()

            async def done(delivery_id: str = delivery["id"]) -> Any:
                return (await brand.get(f"/v1/deliveries/{delivery_id}")).json()["state"] == "delivered"

            await running.eventually(done)
            [tried] = await attempts(brand, delivery["id"])
            assert (tried["status"], tried["answer"]) == (200, beginning)


async def test_a_test_event_goes_to_its_endpoint_alone_and_into_no_feed(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand = running.as_("brand")
    async with receiving() as tested, receiving() as other:
        endpoint = await make(brand, tested.url, ["report.completed"])
        await make(brand, other.url, EVERYTHING)
        answer = await brand.post(f"/v1/webhook-endpoints/{endpoint['id']}/test")
        assert (answer.status_code, answer.json()["event_type"]) == (202, "marque.webhook.tested.v1")
        await told(running, tested, 1)
        assert json.loads(tested.received[0][1])["data"]["endpoint_id"] == endpoint["id"]
        assert other.received == []
        assert (await brand.get("/v1/events")).json()["data"] == []


async def test_a_delivery_can_be_asked_for_again_with_the_same_id(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand = running.as_("brand")
    async with receiving(500, 500, 500, 500, 200) as receiver:
        await make(brand, receiver.url, ["report.*"])
        event = await running.publish(completed(running.caller("brand").account_id))
        [dead] = await settled(brand, running, "dead")
        again = await brand.post(f"/v1/deliveries/{dead['id']}/redeliver")
        assert (again.status_code, again.json()["state"], again.json()["tries"]) == (202, "pending", 0)
        [delivered] = await settled(brand, running, "delivered")
        assert (delivered["id"], delivered["tries"]) == (dead["id"], 2)
        assert receiver.ids == [event.id] * 5
        assert [tried["number"] for tried in await attempts(brand, dead["id"])] == [1, 2, 3, 4, 5]
        answers = await asyncio.gather(*(brand.post(f"/v1/deliveries/{dead['id']}/redeliver") for _ in range(4)))
        assert sorted({answer.status_code for answer in answers} - {409}) == [202]


async def test_what_is_still_on_its_way_cannot_be_asked_for_again(start_notify: Any) -> None:
    running = await start_notify(**{**FAST, "webhook_retry_seconds": HOUR})
    brand = running.as_("brand")
    async with receiving(500) as receiver:
        await make(brand, receiver.url, EVERYTHING)
        await running.publish(completed(running.caller("brand").account_id))
        await told(running, receiver, 1)
        [pending] = (await brand.get("/v1/deliveries")).json()["data"]
        answer = await brand.post(f"/v1/deliveries/{pending['id']}/redeliver")
        assert (answer.status_code, answer.json()["code"]) == (409, "delivery_pending")


async def test_a_later_event_of_a_subject_waits_while_the_earlier_is_in_its_first_tries(start_notify: Any) -> None:
    running = await start_notify(**FAST, webhook_ordered_tries="3")
    account, report = running.caller("brand").account_id, new_id(ReportId)
    async with receiving(500, 500, 204) as receiver:
        await make(running.as_("brand"), receiver.url, EVERYTHING)
        sent = [
            (await running.publish(completed(account, report_id=report, version=version))).id for version in (1, 2, 3)
        ]
        await told(running, receiver, 5)
        assert receiver.ids == [sent[0], sent[0], sent[0], sent[1], sent[2]]


async def test_a_later_event_goes_past_one_that_keeps_failing(start_notify: Any) -> None:
    running = await start_notify(
        **{**FAST, "webhook_retry_seconds": f"0.05,{HOUR}"}, webhook_ordered_tries="2", webhook_endpoint_concurrency="1"
    )
    account, report = running.caller("brand").account_id, new_id(ReportId)
    async with receiving(500, 500, 204) as receiver:
        await make(running.as_("brand"), receiver.url, EVERYTHING)
        first = await running.publish(completed(account, report_id=report))
        second = await running.publish(completed(account, report_id=report, version=2))
        await told(running, receiver, 3)
        assert receiver.ids == [first.id, first.id, second.id]


async def test_one_endpoint_that_hangs_does_not_hold_up_another(start_notify: Any) -> None:
    running = await start_notify(**FAST, webhook_endpoint_concurrency="2")
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving(never) as hanging, receiving() as well:
        await make(brand, hanging.url, EVERYTHING)
        await make(brand, well.url, EVERYTHING)
        sent = {(await running.publish(completed(account))).id for _ in range(20)}
        await told(running, well, 20)
        assert set(well.ids) == sent
        assert hanging.most_at_once == 2


async def test_a_disabled_endpoint_is_sent_what_waited_once_it_is_enabled_again(start_notify: Any) -> None:
    running = await start_notify(**{**FAST, "webhook_retry_seconds": "0.2"})
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving(500, 204) as receiver:
        endpoint = await make(brand, receiver.url, EVERYTHING)
        path = f"/v1/webhook-endpoints/{endpoint['id']}"
        waited = await running.publish(completed(account))
        await told(running, receiver, 1)
        assert (await brand.patch(path, json={"enabled": False})).status_code == 200
        meanwhile = await running.publish(completed(account))

        async def in_feed() -> bool:
            return [e["id"] for e in (await brand.get("/v1/events")).json()["data"]] == [waited.id, meanwhile.id]

        await running.eventually(in_feed)
        assert (await brand.patch(path, json={"enabled": True})).status_code == 200
        await settled(brand, running, "delivered")
        assert receiver.ids == [waited.id] * 2


async def test_a_deleted_endpoint_is_sent_nothing_more(start_notify: Any) -> None:
    running = await start_notify(**{**FAST, "webhook_retry_seconds": "0.5"})
    brand = running.as_("brand")
    async with receiving(500) as receiver:
        endpoint = await make(brand, receiver.url, EVERYTHING)
        await running.publish(completed(running.caller("brand").account_id))
        await told(running, receiver, 1)
        assert (await brand.delete(f"/v1/webhook-endpoints/{endpoint['id']}")).status_code == 204
        [cancelled] = await settled(brand, running, "cancelled")
        answer = await brand.post(f"/v1/deliveries/{cancelled['id']}/redeliver")
        assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_disabled")


async def test_what_was_sent_and_not_written_down_is_sent_again(
    start_notify: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a sender is killed between the receiver's answer and its own commit."""
    settle, crashed = deliveries.settle_taken, asyncio.Event()

    async def crash_once(connection: Any, *args: Any, **options: Any) -> str:
        if not crashed.is_set():
            crashed.set()
            raise ConnectionResetError("the process is gone")
        return await settle(connection, *args, **options)

    monkeypatch.setattr(deliveries, "settle_taken", crash_once)
    monkeypatch.setattr("services.notify.settings.NotifySettings.lease_seconds", 0.3)
    running = await start_notify(**FAST)
    async with receiving() as receiver:
        await make(running.as_("brand"), receiver.url, EVERYTHING)
        event = await running.publish(completed(running.caller("brand").account_id))
        await settled(running.as_("brand"), running, "delivered")
        assert receiver.ids == [event.id] * 2


async def take(running: Any, now: datetime) -> list[Taken]:
    async with running.database.direct() as connection:
        return await dispatch.take_due(
            connection, busy={}, ordered_tries=3, per_endpoint=8, limit=50, lease_seconds=30, now=now
        )


async def test_a_sender_whose_lease_has_ended_cannot_settle_the_delivery(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    made = await make(running.as_("brand"), "https://brand.example/hook", EVERYTHING)
    later = SystemClock().now() + timedelta(days=1)  # so that the service's own sender keeps away
    async with running.database.transaction() as session:
        endpoint = await session.get(WebhookEndpoint, made["id"])
        delivery = await deliveries.send_test(session, endpoint, source="/marque/notify", now=later)
    [first] = await take(running, later)
    assert await take(running, later) == []
    [second] = await take(running, later + timedelta(seconds=31))
    assert (first.id, second.id, second.lease) == (delivery.id, delivery.id, first.lease + 1)
    taken, refused = Answer(later, 5, 200, None), Answer(later, 5, 500, "status 500")
    async with running.database.transaction() as session:
        schedule = Schedule((60,), 0)
        assert (
            await deliveries.settle_refused(session, first, refused, schedule=schedule, chance=0, now=later) == "lost"
        )
    async with running.database.direct() as connection:
        assert await deliveries.settle_taken(connection, second, taken, now=later) == "delivered"
    third = Taken(**{**vars(second), "lease": second.lease + 1})
    async with running.database.direct() as connection:
        assert await deliveries.settle_taken(connection, third, taken, now=later) == "lost"


async def test_what_a_stopping_sender_hands_back_can_be_taken_at_once(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    made = await make(running.as_("brand"), "https://brand.example/hook", EVERYTHING)
    later = SystemClock().now() + timedelta(days=1)
    async with running.database.transaction() as session:
        endpoint = await session.get(WebhookEndpoint, made["id"])
        await deliveries.send_test(session, endpoint, source="/marque/notify", now=later)
    [first] = await take(running, later)
    async with running.database.direct() as connection:
        await dispatch.hand_back(connection, [first], later)
    [second] = await take(running, later)
    assert second.lease == first.lease + 1


@pytest.mark.parametrize(
    "params", [{"endpoint_id": "whk_nonsense"}, {"state": "nowhere"}, {"event_type": "no.such"}, {"limit": "201"}]
)
async def test_a_filter_that_makes_no_sense_is_refused(start_notify: Any, params: dict[str, str]) -> None:
    running = await start_notify()
    assert (await running.as_("brand").get("/v1/deliveries", params=params)).status_code == 422


async def test_deliveries_are_listed_by_endpoint_state_and_event(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand = running.as_("brand")
    async with receiving() as receiver:
        endpoint = await make(brand, receiver.url, EVERYTHING)
        await running.publish(completed(running.caller("brand").account_id))
        await settled(brand, running, "delivered")
        for params, number in (
            ({"endpoint_id": endpoint["id"], "event_type": "report.*"}, 1),
            ({"event_type": "decision.made"}, 0),
            ({"state": "dead"}, 0),
        ):
            assert len((await brand.get("/v1/deliveries", params=params)).json()["data"]) == number


@given(st.lists(st.floats(0, 1e6), max_size=12), st.integers(1, 20), st.floats(0, 1), st.floats(0, 1))
def test_the_schedule_pauses_no_less_than_it_says_and_ends(
    pauses: list[float], tries: int, jitter: float, chance: float
) -> None:
    pause = Schedule(pauses, jitter).pause(tries, chance)
    assert (pause is None) == (tries > len(pauses))
    if pause is not None:
        least, most = pauses[tries - 1], pauses[tries - 1] * (1 + jitter)
        assert least - 1e-3 <= pause.total_seconds() <= most + 1e-3


def test_a_delivery_lives_as_written_here() -> None:
    expected = {
        ("pending", "pending"), ("pending", "delivered"), ("pending", "dead"), ("pending", "cancelled"),
        ("delivered", "pending"), ("dead", "pending"),
    }  # fmt: skip
    assert {
        (state.value, target.value) for state in DeliveryState for target in DeliveryState if may_become(state, target)
    } == expected
