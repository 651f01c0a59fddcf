"""When a key was used last, and what a client is good for: shown to whoever looks after it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.runtime.clock import HeldClock
from tests.services.gateway.conftest import RunningGateway, StartGateway

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


async def _shown(gateway: RunningGateway, client: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await gateway.operator.get(f"/v1/clients/{client['id']}")).json()
    return found


async def _written(*gateways: RunningGateway) -> None:
    await asyncio.gather(*(one.application.own.state.parts.authenticator.uses.write() for one in gateways))


async def test_the_last_use_of_a_key_is_shown_once_it_is_written_down(start_gateway: StartGateway) -> None:
    clock = HeldClock(NOON)
    gateway = await start_gateway(clock=clock)
    client = await gateway.client()
    assert (client["last_used_at"], client["keys"][0]["last_used_at"]) == (None, None)
    assert (await gateway.with_key(client["key"]).get("/v1/reports")).status_code == 200
    assert (
        await gateway.with_key(client["key"][:-1] + ("x" if client["key"][-1] == "y" else "y")).get("/v1/reports")
    ).status_code == 401
    await _written(gateway)
    shown = await _shown(gateway, client)
    assert (shown["last_used_at"], shown["keys"][0]["last_used_at"]) == ("2027-03-01T12:00:00Z",) * 2
    assert (await _shown(gateway, await gateway.client()))["last_used_at"] is None


async def test_the_use_of_a_key_that_has_ended_counts_for_its_client(start_gateway: StartGateway) -> None:
    clock = HeldClock(NOON)
    gateway = await start_gateway(clock=clock)
    client = await gateway.client()
    await gateway.with_key(client["key"]).get("/v1/reports")
    await _written(gateway)
    await gateway.operator.post(f"/v1/clients/{client['id']}/rotate", json={"overlap_seconds": 0})
    shown = await _shown(gateway, client)
    assert [key["last_used_at"] for key in shown["keys"]] == [None]
    assert shown["last_used_at"] == "2027-03-01T12:00:00Z"


async def test_replicas_that_write_together_neither_wait_nor_fail(start_gateway: StartGateway) -> None:
    clock = HeldClock(NOON)
    one, two = await start_gateway(clock=clock), await start_gateway(clock=clock)
    keys = [await one.client() for _ in range(5)]
    for gateway in (one, two):
        for client in keys:
            await gateway.with_key(client["key"]).get("/v1/reports")
    await _written(one, two)
    assert [(await _shown(one, client))["last_used_at"] for client in keys] == ["2027-03-01T12:00:00Z"] * 5


async def test_what_could_not_be_written_is_written_the_next_time(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(clock=HeldClock(NOON))
    client = await gateway.client()
    await gateway.with_key(client["key"]).get("/v1/reports")
    uses = gateway.application.own.state.parts.authenticator.uses
    async with gateway.database.pool.acquire() as connection:
        await connection.execute("ALTER TABLE api_keys RENAME COLUMN last_used_at TO away")
        try:
            failed = await asyncio.gather(uses.write(), return_exceptions=True)
        finally:
            await connection.execute("ALTER TABLE api_keys RENAME COLUMN away TO last_used_at")
    assert [type(error).__name__ for error in failed] == ["UndefinedColumnError"]
    await _written(gateway)
    assert (await _shown(gateway, client))["last_used_at"] == "2027-03-01T12:00:00Z"


async def test_a_client_that_opens_nothing_says_so(start_gateway: StartGateway) -> None:
    clock = HeldClock(NOON)
    gateway = await start_gateway(clock=clock)
    live, suspended, revoked = [await gateway.client() for _ in range(3)]
    expired = await gateway.client(expires_at=(NOON + timedelta(hours=1)).isoformat())
    await gateway.operator.post(f"/v1/clients/{suspended['id']}/suspend", json={})
    for client in (revoked, expired):
        await gateway.operator.post(f"/v1/clients/{client['id']}/suspend", json={})
    await gateway.operator.post(f"/v1/clients/{revoked['id']}/revoke", json={})
    clock.move(timedelta(hours=1))
    found = [(await _shown(gateway, client))["state"] for client in (live, suspended, revoked, expired)]
    assert found == ["live", "suspended", "revoked", "expired"]
