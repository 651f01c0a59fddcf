"""Clients: what they may be given, who looks after them, and that a key is shown once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.granted_scopes import DEFAULT_SCOPES, require_may_grant
from shared.contracts.codes import AccountKind, Scope
from shared.contracts.ids import AccountId, ClientId
from shared.runtime.identity import Caller
from shared.runtime.ids import new_id
from tests.services.gateway.conftest import RunningGateway, StartGateway


@pytest.mark.parametrize("kind", list(DEFAULT_SCOPES))
async def test_a_client_gets_the_usual_scopes_of_its_kind(gateway: RunningGateway, kind: AccountKind) -> None:
    account = await gateway.account(kind=kind)
    client = await gateway.client(account["id"])
    assert set(client["scopes"]) == set(DEFAULT_SCOPES[kind])
    assert Scope.ACCOUNTS_ADMIN not in client["scopes"]


async def test_a_key_is_shown_once(gateway: RunningGateway) -> None:
    client = await gateway.client(scopes=["reports:write"])
    for path in (f"/v1/clients/{client['id']}", f"/v1/accounts/{client['account_id']}/clients"):
        answer = await gateway.operator.get(path)
        assert answer.status_code == 200
        assert client["key"] not in answer.text
        assert client["key"][:24] in answer.text
    shown = (await gateway.operator.get(f"/v1/clients/{client['id']}")).json()
    assert shown == {name: value for name, value in client.items() if name != "key"}


async def test_a_repeated_request_gets_the_same_key_again_and_none_lies_about(gateway: RunningGateway) -> None:
    account = await gateway.account()
    path, body = f"/v1/accounts/{account['id']}/clients", {"name": "x"}
    first = await gateway.operator.post(path, json=body, headers={"Idempotency-Key": "once"})
    again = await gateway.operator.post(path, json=body, headers={"Idempotency-Key": "once"})
    assert again.json() == first.json()
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-type"] == first.headers["content-type"] == "application/json"
    async with gateway.database.pool.acquire() as connection:
        kept = await connection.fetchval("SELECT body FROM idempotency_keys WHERE key = 'once'")
        assert await connection.fetchval("SELECT count(*) FROM clients WHERE account_id = $1", account["id"]) == 1
    assert kept
    assert first.json()["key"].encode() not in kept
    assert b'"name"' not in kept
    other = await gateway.client(gateway.admin["account_id"], scopes=["accounts:admin"])
    stranger = await gateway.with_key(other["key"]).post(path, json=body, headers={"Idempotency-Key": "once"})
    assert stranger.json().get("key") != first.json()["key"]


async def test_a_repeated_rotation_gives_one_new_key(gateway: RunningGateway) -> None:
    client = await gateway.client()
    path = f"/v1/clients/{client['id']}/rotate"
    headers = {"Idempotency-Key": "r1"}
    one = await gateway.operator.post(path, json={"overlap_seconds": 60}, headers=headers)
    two = await gateway.operator.post(path, json={"overlap_seconds": 60}, headers=headers)
    assert one.json() == two.json()
    reused = await gateway.operator.post(path, json={"overlap_seconds": 61}, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


async def test_no_client_is_given_what_its_maker_lacks(gateway: RunningGateway) -> None:
    account = await gateway.account()
    admin = await gateway.client(account["id"], scopes=["accounts:admin", "reports:write"])
    maker = gateway.with_key(admin["key"])
    path = f"/v1/accounts/{account['id']}/clients"
    made = await maker.post(path, json={"name": "less", "scopes": ["reports:read", "accounts:read"]})
    assert (made.status_code, made.json()["scopes"]) == (201, ["accounts:read", "reports:read"])
    for more in ("rights:write", "tasks:manage", "policies:write"):
        refused = await maker.post(path, json={"name": "more", "scopes": ["reports:read", more]})
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_not_held")
        assert refused.json()["errors"] == [
            {"pointer": "/scopes/1", "code": "scope_not_held", "message": f"You do not hold {more}."}
        ]
    usual = (await maker.post(path, json={"name": "usual"})).json()
    assert usual["scopes"] == ["reports:write"]


async def test_a_scope_that_guards_nothing_is_given_to_nobody(gateway: RunningGateway) -> None:
    account = await gateway.account()
    path = f"/v1/accounts/{account['id']}/clients"
    planned = ["appeals:read", "appeals:write", "metrics:read"]
    made = await gateway.operator.post(path, json={"name": "some", "scopes": ["reports:read", *planned]})
    assert (made.status_code, made.json()["scopes"]) == (201, ["reports:read"])
    usual = (await gateway.operator.post(path, json={"name": "usual"})).json()
    assert not set(usual["scopes"]) & set(planned)
    little = Caller(new_id(ClientId), new_id(AccountId), AccountKind.BRAND, frozenset({"reports:read"}))
    require_may_grant(little, ["reports:read", *planned])  # a client of before, whose key is changed
    none = await gateway.operator.post(path, json={"name": "none", "scopes": planned})
    assert (none.status_code, none.json()["code"]) == (422, "no_scopes")


async def test_nobody_takes_over_a_stronger_client_by_rotating_it(gateway: RunningGateway) -> None:
    account = await gateway.account()
    strong = await gateway.client(account["id"], scopes=["accounts:admin", "reports:write", "rights:write"])
    weak = await gateway.client(account["id"], scopes=["accounts:admin"])
    path = f"/v1/clients/{strong['id']}/rotate"
    refused = await gateway.with_key(weak["key"]).post(path, json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_not_held")
    assert (await gateway.with_key(strong["key"]).get("/v1/reports")).status_code == 200
    assert (await gateway.with_key(strong["key"]).post(path, json={})).status_code == 200
    operators_weak = await gateway.client(gateway.admin["account_id"], scopes=["accounts:admin"])
    admin = f"/v1/clients/{gateway.admin['client_id']}/rotate"
    assert (await gateway.with_key(operators_weak["key"]).post(admin, json={})).status_code == 403


async def test_a_token_makes_no_client_stronger_than_itself(gateway: RunningGateway) -> None:
    client = await gateway.client(scopes=["accounts:admin", "reports:write"])
    form = {"grant_type": "client_credentials", "scope": "accounts:admin"}
    answer = await gateway.anonymous.post("/oauth/token", data=form, auth=(client["id"], client["key"]))
    maker = gateway.with_key(answer.json()["access_token"])
    path = f"/v1/accounts/{client['account_id']}/clients"
    assert (await maker.post(path, json={"name": "x", "scopes": ["reports:write"]})).status_code == 403
    assert (await maker.post(path, json={"name": "x", "scopes": ["accounts:read"]})).status_code == 201


async def test_clients_of_another_account_are_not_there(gateway: RunningGateway) -> None:
    mine = await gateway.client(scopes=["accounts:admin"])
    other = await gateway.client()
    me = gateway.with_key(mine["key"])
    for method, path, body in (
        ("GET", f"/v1/clients/{other['id']}", None),
        ("GET", f"/v1/accounts/{other['account_id']}/clients", None),
        ("POST", f"/v1/accounts/{other['account_id']}/clients", {"name": "x", "scopes": ["accounts:read"]}),
        ("POST", f"/v1/clients/{other['id']}/rotate", {}),
        ("POST", f"/v1/clients/{other['id']}/revoke", None),
        ("PATCH", f"/v1/accounts/{other['account_id']}", {"name": "x"}),
        ("POST", f"/v1/accounts/{other['account_id']}/close", None),
    ):
        answer = await me.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert (await gateway.with_key(other["key"]).get("/v1/reports")).status_code == 200


async def test_each_call_needs_its_scope(gateway: RunningGateway) -> None:
    client = await gateway.client(scopes=["reports:write"])
    me = gateway.with_key(client["key"])
    for method, path, body, scope in (
        ("GET", "/v1/accounts", None, "accounts:read"),
        ("GET", f"/v1/clients/{client['id']}", None, "accounts:read"),
        ("POST", f"/v1/accounts/{client['account_id']}/clients", {"name": "x"}, "accounts:admin"),
        ("POST", f"/v1/clients/{client['id']}/rotate", {}, "accounts:admin"),
        ("POST", f"/v1/clients/{client['id']}/revoke", None, "accounts:admin"),
    ):
        answer = await me.request(method, path, json=body)
        assert (answer.status_code, answer.json()["required_scope"]) == (403, scope)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x", "scopes": []}, "/scopes"),
        ({"name": "x", "scopes": ["reports:fly"]}, "/scopes/0"),
        ({"name": "x", "scopes": "reports:read"}, "/scopes"),
        ({"name": "x", "scopes": ["reports:read"] * 100}, "/scopes"),
        ({"name": "x", "expires_at": 7}, "/expires_at"),
        ({"name": "x", "expires_at": "tomorrow"}, "/expires_at"),
        ({"name": "x", "expires_at": "2026-01-01T00:00:00"}, "/expires_at"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "x", "key": "mine"}, "/key"),
        ({"scopes": ["reports:read"]}, "/name"),
    ],
)
async def test_a_bad_client_is_refused_with_its_place(gateway: RunningGateway, body: Any, pointer: str) -> None:
    account = await gateway.account()
    answer = await gateway.operator.post(f"/v1/accounts/{account['id']}/clients", json=body)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert (await gateway.operator.get(f"/v1/accounts/{account['id']}/clients")).json()["data"] == []


@pytest.mark.parametrize("overlap", [-1, 7 * 86_400 + 1, "60", 1.5, True, None])
async def test_a_bad_overlap_changes_nothing(gateway: RunningGateway, overlap: Any) -> None:
    client = await gateway.client()
    answer = await gateway.operator.post(f"/v1/clients/{client['id']}/rotate", json={"overlap_seconds": overlap})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/overlap_seconds")
    assert len((await gateway.operator.get(f"/v1/clients/{client['id']}")).json()["keys"]) == 1


async def test_what_is_over_is_not_rotated(gateway: RunningGateway) -> None:
    revoked = await gateway.client()
    first = (await gateway.operator.post(f"/v1/clients/{revoked['id']}/revoke")).json()
    assert (first["revoked_at"] is not None, first["keys"]) == (True, [])
    assert (await gateway.operator.post(f"/v1/clients/{revoked['id']}/revoke")).json() == first
    answer = await gateway.operator.post(f"/v1/clients/{revoked['id']}/rotate", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "client_revoked")
    expired = await gateway.client(expires_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    async with gateway.database.pool.acquire() as connection:
        await connection.execute("UPDATE clients SET expires_at = now() WHERE id = $1", expired["id"])
    answer = await gateway.operator.post(f"/v1/clients/{expired['id']}/rotate", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "client_expired")


async def test_rotations_at_once_leave_at_most_two_keys(gateway: RunningGateway) -> None:
    client = await gateway.client()
    path = f"/v1/clients/{client['id']}/rotate"
    answers = await asyncio.gather(*(gateway.operator.post(path, json={"overlap_seconds": 60}) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["key"] for answer in answers}) == 10
    assert len((await gateway.operator.get(f"/v1/clients/{client['id']}")).json()["keys"]) == 2


async def test_an_account_has_a_bound_on_its_clients_also_at_once(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(clients_per_account=3)
    account = await gateway.account()
    path = f"/v1/accounts/{account['id']}/clients"
    answers = await asyncio.gather(*(gateway.operator.post(path, json={"name": "x"}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    made = next(answer.json() for answer in answers if answer.status_code == 201)
    await gateway.operator.post(f"/v1/clients/{made['id']}/revoke")
    assert (await gateway.operator.post(path, json={"name": "x"})).status_code == 201


async def test_clients_are_listed_in_pages(gateway: RunningGateway) -> None:
    account = await gateway.account()
    made = [(await gateway.client(account["id"]))["id"] for _ in range(3)]
    path = f"/v1/accounts/{account['id']}/clients"
    page = (await gateway.operator.get(f"{path}?limit=2")).json()
    rest = (await gateway.operator.get(f"{path}?limit=2&cursor={page['next_cursor']}")).json()
    assert [row["id"] for row in page["data"] + rest["data"]] == list(reversed(made))
    assert rest["next_cursor"] is None
