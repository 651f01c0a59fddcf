"""The operator's switch: a key or an account stops within a second, at every replica, whatever is under way."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.contracts.events import AccountChanged, AccountState
from tests.running import eventually
from tests.services.gateway.conftest import RunningGateway, StartGateway

ASK = {"X-Original-URI": "/v1/reports"}


async def recorded(gateway: RunningGateway) -> list[AccountChanged]:
    rows = await gateway.database.pool.fetch(
        "SELECT payload FROM outbox WHERE type = 'marque.account.changed.v1' ORDER BY event_id"
    )
    return [AccountChanged.model_validate_json(_data(row["payload"])) for row in rows]


def _data(payload: str) -> str:
    return payload[payload.index('"data":') + 7 : -1]


async def token_of(gateway: RunningGateway, client: dict[str, Any]) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": client["key"]}
    return await gateway.anonymous.post("/oauth/token", data=form)


@pytest.mark.parametrize(
    ("switch", "code"),
    [("/v1/accounts/{account_id}", "account_suspended"), ("/v1/clients/{id}", "client_suspended")],
)
async def test_what_is_suspended_is_refused_within_a_second_at_every_replica(
    start_gateway: StartGateway, switch: str, code: str
) -> None:
    replicas = [await start_gateway(), await start_gateway()]
    first = replicas[0]
    client = await first.client()
    token = (await token_of(first, client)).json()["access_token"]
    keys = (client["key"], token)
    for replica in replicas:
        for key in keys:
            assert (await replica.with_key(key).get("/v1/reports")).status_code == 200
    path = switch.format(**client)
    assert (await first.operator.post(f"{path}/suspend", json={})).json()["suspended_at"] is not None

    async def refused_everywhere() -> bool:
        answers = [await replica.with_key(key).get("/v1/reports") for replica in replicas for key in keys]
        answers += [await replica.with_key(client["key"]).get("/auth", headers=ASK) for replica in replicas]
        return all((answer.status_code, answer.json().get("code")) == (403, code) for answer in answers)

    loop = asyncio.get_running_loop()
    began = loop.time()
    await eventually(refused_everywhere)
    assert loop.time() - began < 5.0, "one second, with the patience that a busy machine needs"
    assert (await token_of(first, client)).status_code == 401
    assert (await first.operator.post(f"{path}/resume", json={})).json()["suspended_at"] is None

    async def let_in_again() -> bool:
        answers = [await replica.with_key(key).get("/v1/reports") for replica in replicas for key in keys]
        return all(answer.status_code == 200 for answer in answers)

    await eventually(let_in_again)


async def test_only_who_has_the_key_learns_of_the_suspension(gateway: RunningGateway) -> None:
    client = await gateway.client()
    await gateway.operator.post(f"/v1/clients/{client['id']}/suspend", json={})
    wrong = client["key"][:-1] + ("a" if client["key"][-1] != "a" else "b")

    async def refused() -> bool:
        answer = await gateway.with_key(client["key"]).get("/v1/reports")
        return bool(answer.status_code == 403)

    await eventually(refused)
    assert (await gateway.with_key(wrong).get("/v1/reports")).status_code == 401


@pytest.mark.parametrize("begun", [False, True], ids=["a waiting claim", "an open stream"])
async def test_what_a_suspended_account_has_under_way_is_cut(gateway: RunningGateway, begun: bool) -> None:
    client = await gateway.client()
    arrived, left = asyncio.Event(), asyncio.Event()

    async def answer(_: Any, receive: Any, send: Any) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        arrived.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    gateway.service.answer = answer
    asking = asyncio.create_task(gateway.with_key(client["key"]).get("/v1/events"))
    await arrived.wait()
    await gateway.operator.post(f"/v1/accounts/{client['account_id']}/suspend", json={"reason": "Keys in a repository"})
    if begun:
        with pytest.raises(httpx.RemoteProtocolError):
            await asking
    else:
        refused = await asking
        assert (refused.status_code, refused.json()["code"]) == (403, "account_suspended")
    await asyncio.wait_for(left.wait(), 30)


@pytest.mark.parametrize("path", ["/v1/reports", "/v1/accounts"], ids=["a service's", "the gateway's own"])
async def test_a_request_whose_body_comes_after_the_suspension_is_not_passed_on(
    gateway: RunningGateway, path: str
) -> None:
    client = await gateway.client(scopes=["reports:write", "accounts:admin"])
    begun, suspended = asyncio.Event(), asyncio.Event()
    passed_on: list[str] = []

    async def answer(scope: Any, _: Any, send: Any) -> None:
        passed_on.append(scope["path"])
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        begun.set()
        await suspended.wait()
        yield b"}"

    gateway.service.answer = answer
    headers = {"content-type": "application/json"}
    asking = asyncio.create_task(gateway.with_key(client["key"]).post(path, content=body(), headers=headers))
    await begun.wait()
    await gateway.operator.post(f"/v1/accounts/{client['account_id']}/suspend", json={"reason": "Keys in a repository"})
    await eventually(lambda: _refused(gateway, client["key"]))
    suspended.set()
    refused = await asking
    assert (refused.status_code, refused.json()["code"]) == (403, "account_suspended")
    assert path not in passed_on


async def _refused(gateway: RunningGateway, key: str) -> bool:
    return (await gateway.with_key(key).get("/v1/events")).status_code == 403


async def test_a_revoked_clients_stream_is_cut_and_anothers_goes_on(gateway: RunningGateway) -> None:
    client, other = await gateway.client(), await gateway.client()
    under_way: list[str] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        under_way.append(scope["path"])
        while (await receive())["type"] != "http.disconnect":
            pass

    gateway.service.answer = answer
    asking = asyncio.create_task(gateway.with_key(client["key"]).get("/v1/events"))
    staying = asyncio.create_task(gateway.with_key(other["key"]).get("/v1/events"))
    await eventually(lambda: _now(len(under_way) == 2))
    await gateway.operator.post(f"/v1/clients/{client['id']}/revoke", json={})
    assert (await asking).status_code == 401
    assert not staying.done()
    staying.cancel()


async def _now(value: bool) -> bool:
    return value


async def test_the_switch_is_the_operators_alone_and_never_turned_on_oneself(gateway: RunningGateway) -> None:
    own = await gateway.client(scopes=["accounts:admin"])
    for path in (f"/v1/accounts/{own['account_id']}", f"/v1/clients/{own['id']}"):
        for verb in ("suspend", "resume"):
            assert (await gateway.with_key(own["key"]).post(f"{path}/{verb}", json={})).status_code == 404
    account, client = gateway.admin["account_id"], gateway.admin["client_id"]
    refused = await gateway.operator.post(f"/v1/accounts/{account}/suspend", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "own_account")
    refused = await gateway.operator.post(f"/v1/clients/{client}/suspend", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "own_client")


async def test_what_is_over_for_good_is_not_suspended(gateway: RunningGateway) -> None:
    client = await gateway.client()
    await gateway.operator.post(f"/v1/clients/{client['id']}/revoke", json={})
    await gateway.operator.post(f"/v1/accounts/{client['account_id']}/close", json={})
    for verb in ("suspend", "resume"):
        refused = await gateway.operator.post(f"/v1/clients/{client['id']}/{verb}", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "client_revoked")
        refused = await gateway.operator.post(f"/v1/accounts/{client['account_id']}/{verb}", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "account_closed")


async def test_every_change_of_an_account_is_told_once_and_reaches_the_stream(gateway: RunningGateway) -> None:
    account = await gateway.account(kind="vendor", marketplaces=["shop.example"])
    path = f"/v1/accounts/{account['id']}"
    for _ in range(2):
        await gateway.operator.post(f"{path}/suspend", json={"reason": "An audit"}, headers={"Idempotency-Key": "once"})
    await gateway.operator.post(f"{path}/resume", json={})
    await gateway.operator.patch(path, json={"marketplaces": None, "limits": {"open_reports": 3}})
    await gateway.operator.post(f"{path}/close", json={})
    told = [event for event in await recorded(gateway) if event.account_id == account["id"]]
    assert [(event.state, event.marketplaces, event.limits.open_reports, event.reason) for event in told] == [
        (AccountState.OPEN, ["shop.example"], None, None),
        (AccountState.SUSPENDED, ["shop.example"], None, "An audit"),
        (AccountState.OPEN, ["shop.example"], None, None),
        (AccountState.OPEN, None, 3, None),
        (AccountState.CLOSED, None, 3, None),
    ]
    assert [event.version for event in told] == [1, 2, 3, 4, 5]

    async def published() -> bool:
        left = await gateway.database.pool.fetchval("SELECT count(*) FROM outbox WHERE stream_seq IS NULL")
        return bool(left == 0)

    await eventually(published)


async def test_marketplaces_travel_with_a_vendors_requests_within_a_second(gateway: RunningGateway) -> None:
    account = await gateway.account(kind="vendor", marketplaces=["b.example", "a.example", "a.example"])
    assert account["marketplaces"] == ["a.example", "b.example"]
    client = await gateway.client(account["id"])
    vendor = gateway.with_key(client["key"])
    await vendor.get("/v1/tasks")
    assert gateway.vouched("review").marketplaces == frozenset({"a.example", "b.example"})
    token = gateway.with_key((await token_of(gateway, client)).json()["access_token"])
    await token.get("/v1/tasks")
    assert gateway.vouched("review").marketplaces == frozenset({"a.example", "b.example"})
    await gateway.operator.patch(f"/v1/accounts/{account['id']}", json={"marketplaces": None})

    async def everywhere() -> bool:
        await vendor.get("/v1/tasks")
        return gateway.vouched("review").marketplaces is None

    await eventually(everywhere)


async def test_only_a_vendor_is_limited_to_marketplaces(gateway: RunningGateway) -> None:
    body = {"kind": "brand", "name": "Ashgrove", "marketplaces": ["shop.example"]}
    refused = await gateway.operator.post("/v1/accounts", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_vendor")
    assert refused.json()["errors"][0]["pointer"] == "/marketplaces"
    brand = await gateway.account()
    refused = await gateway.operator.patch(f"/v1/accounts/{brand['id']}", json={"marketplaces": ["shop.example"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_vendor")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("marketplaces", []),
        ("marketplaces", [""]),
        ("marketplaces", "shop.example"),
        ("marketplaces", [f"m{n}" for n in range(101)]),
        ("limits", {"open_reports": -1}),
        ("limits", {"open_reports": "3"}),
        ("limits", {"rights": 1.5}),
        ("limits", {"reports": 3}),
        ("limits", None),
    ],
)
async def test_limits_and_marketplaces_that_are_none_are_refused(
    gateway: RunningGateway, field: str, value: Any
) -> None:
    refused = await gateway.operator.post("/v1/accounts", json={"kind": "vendor", "name": "V", field: value})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith(f"/{field}")
