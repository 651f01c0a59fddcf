"""What is on its way to an endpoint comes to an end, whenever the endpoint, or its account, does."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from services.notify.webhooks import deliveries
from shared.contracts.codes import AccountKind
from shared.contracts.events import AccountChanged, AccountState
from shared.runtime.clock import SystemClock
from tests.services.notify.test_webhooks import FAST, make
from tests.services.notify.things import Receiver, completed, receiving

PENDING = "SELECT count(*) FROM deliveries WHERE state = 'pending'"


async def _count(running: Any, query: str, *values: Any) -> int:
    async with running.database.pool.acquire() as connection:
        return int(await connection.fetchval(query, *values))


async def _heard(running: Any, number: int) -> None:
    async def all_in_feed() -> bool:
        query = "SELECT count(*) FROM feed WHERE type = 'marque.report.completed.v1'"
        return await _count(running, query) >= number

    await running.eventually(all_in_feed)


async def _gone(running: Any, brand: Any, endpoint: dict[str, Any], receiver: Receiver) -> None:
    """The receiver wants no more."""
    receiver.answers = [410]

    async def disabled() -> bool:
        return not (await brand.get(f"/v1/webhook-endpoints/{endpoint['id']}")).json()["enabled"]

    await running.eventually(disabled)


async def _deleted(_: Any, brand: Any, endpoint: dict[str, Any], __: Receiver) -> None:
    assert (await brand.delete(f"/v1/webhook-endpoints/{endpoint['id']}")).status_code == 204


async def _closed(running: Any, _: Any, endpoint: dict[str, Any], __: Receiver) -> None:
    await running.publish(_account(running, AccountState.CLOSED))

    async def deleted() -> bool:
        query = "SELECT count(*) FROM webhook_endpoints WHERE id = $1 AND deleted_at IS NOT NULL AND secret = ''"
        return await _count(running, query, endpoint["id"]) == 1

    await running.eventually(deleted)


def _account(running: Any, state: AccountState, version: int = 2) -> AccountChanged:
    account = running.caller("brand").account_id
    return AccountChanged(
        version=version, account_id=account, kind=AccountKind.BRAND, state=state, changed_at=SystemClock().now()
    )


@pytest.mark.parametrize("end", [_gone, _deleted, _closed])
async def test_nothing_stays_on_its_way_to_an_endpoint_that_ends_in_the_same_moment(
    start_notify: Any, end: Callable[..., Awaitable[None]]
) -> None:
    """Events come in while the endpoint is being ended, round after round."""
    running = await start_notify(**FAST, consumer_gather_seconds="0")
    brand, account = running.as_("brand"), running.caller("brand").account_id
    rounds = 1 if end is _closed else 6
    async with receiving(204) as receiver:
        for number in range(1, rounds + 1):
            receiver.answers = [204]
            endpoint = await make(brand, receiver.url, ["report.completed"])
            stop = asyncio.Event()

            async def report(stop: asyncio.Event = stop) -> int:
                sent = 0
                while not stop.is_set() or sent < 8:
                    await running.publish(completed(account))
                    sent += 1
                return sent

            reporting = asyncio.create_task(report())
            await end(running, brand, endpoint, receiver)
            stop.set()
            await reporting
            await _heard(running, 8 * number)

            async def ended() -> bool:
                return await _count(running, PENDING) == 0

            await running.eventually(ended)


async def test_an_endpoint_that_is_being_disabled_gets_no_delivery_behind_its_back(start_notify: Any) -> None:
    """Between any two statements: the events wait for the end that has begun, and then see that it has ended."""
    running = await start_notify(**FAST)
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving(204) as receiver:
        endpoint = await make(brand, receiver.url, ["report.completed"])
        async with running.database.direct() as connection:
            await connection.execute(
                "UPDATE webhook_endpoints SET enabled = false, disabled_reason = 'the receiver answered 410 Gone' "
                "WHERE id = $1", endpoint["id"],
            )  # fmt: skip
            await running.publish(completed(account))

            async def waits() -> bool:
                query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1"
                return await _count(running, query, "marque_notify") > 0

            await running.eventually(waits)
        await _heard(running, 1)
        assert await _count(running, "SELECT count(*) FROM deliveries") == 0


async def test_asking_again_and_disabling_at_once_leaves_nothing_pending(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving(204) as receiver:
        endpoint = await make(brand, receiver.url, ["report.completed"])
        for _ in range(12):
            await running.publish(completed(account))

        async def delivered() -> list[str] | None:
            found = (await brand.get("/v1/deliveries", params={"state": "delivered"})).json()["data"]
            return [one["id"] for one in found] if len(found) == 12 else None

        ids = await running.eventually(delivered)
        again = [brand.post(f"/v1/deliveries/{one}/redeliver") for one in ids]
        answers = await asyncio.gather(*again[:6], brand.delete(f"/v1/webhook-endpoints/{endpoint['id']}"), *again[6:])
        assert {answer.status_code for answer in answers} <= {202, 204, 409}

        async def ended() -> bool:
            return await _count(running, PENDING) == 0

        await running.eventually(ended)


async def test_a_suspended_account_is_sent_nothing_until_it_is_reinstated(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving(204) as receiver:
        endpoint = await make(brand, receiver.url, ["report.completed"])
        path = f"/v1/webhook-endpoints/{endpoint['id']}"

        async def is_enabled(wanted: bool) -> bool:
            return bool((await brand.get(path)).json()["enabled"] is wanted)

        await running.publish(_account(running, AccountState.SUSPENDED))
        await running.eventually(lambda: is_enabled(wanted=False))
        await running.publish(completed(account))
        await _heard(running, 1)
        refused = await brand.post("/v1/webhook-endpoints", json={"url": receiver.url, "event_types": ["*"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "account_shut")
        await running.publish(_account(running, AccountState.OPEN, version=3))
        await running.eventually(lambda: is_enabled(wanted=True))
        await running.publish(_account(running, AccountState.SUSPENDED))
        event = await running.publish(completed(account))

        async def came() -> bool:
            return event.id in receiver.ids

        await running.eventually(came)
        assert len(receiver.ids) == 1


async def test_what_waits_for_an_endpoint_that_stays_disabled_is_given_up_in_the_end(start_notify: Any) -> None:
    running = await start_notify(**{**FAST, "webhook_retry_seconds": "3600,3600"})
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving(503) as receiver:
        endpoint = await make(brand, receiver.url, ["report.completed"])
        await running.publish(completed(account))
        await running.eventually(lambda: _count(running, f"{PENDING} AND last_status = 503"))
        changed = await brand.patch(f"/v1/webhook-endpoints/{endpoint['id']}", json={"enabled": False})
        assert changed.status_code == 200
        now = SystemClock().now()
        for days, left in ((29, 1), (31, 0)):
            async with running.database.transaction() as session:
                await deliveries.forget_old_deliveries(session, now + timedelta(days=days), 30)
            assert await _count(running, PENDING) == left
        (dead,) = (await brand.get("/v1/deliveries", params={"state": "dead"})).json()["data"]
        assert dead["last_error"] == "status 503"


async def test_what_is_asked_for_again_when_its_event_is_forgotten_dies_and_says_so(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand = running.as_("brand")
    async with receiving(204) as receiver:
        await make(brand, receiver.url, ["report.completed"])
        await running.publish(completed(running.caller("brand").account_id))

        async def in_state(state: str) -> Any:
            return (await brand.get("/v1/deliveries", params={"state": state})).json()["data"]

        (delivery,) = await running.eventually(lambda: in_state("delivered"))
        async with running.database.pool.acquire() as connection:
            await connection.execute("DELETE FROM feed")
        assert (await brand.post(f"/v1/deliveries/{delivery['id']}/redeliver")).status_code == 202
        (dead,) = await running.eventually(lambda: in_state("dead"))
        assert dead["last_error"] == "the event is no longer in the feed"
