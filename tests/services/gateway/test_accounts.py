"""Accounts: who opens them, who sees them, and how they are closed."""

import asyncio
from typing import Any

import pytest

from shared.contracts.ids import AccountId
from shared.runtime.ids import new_id
from tests.services.gateway.conftest import RunningGateway


async def test_the_operator_opens_an_account(gateway: RunningGateway) -> None:
    body = {"kind": "vendor", "name": "Clearview", "trusted_flagger": False}
    answer = await gateway.operator.post("/v1/accounts", json=body)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    account = answer.json()
    assert AccountId(account["id"])
    assert {name: account[name] for name in body} == body
    assert account["closed_at"] is None
    read = await gateway.operator.get(f"/v1/accounts/{account['id']}")
    assert (read.json(), read.headers["etag"]) == (account, '"1"')


async def test_nobody_else_opens_accounts(gateway: RunningGateway) -> None:
    account = await gateway.account()
    admin = await gateway.client(account["id"], scopes=["accounts:admin"])
    answer = await gateway.with_key(admin["key"]).post("/v1/accounts", json={"kind": "marketplace", "name": "Mine"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    reader = await gateway.client(gateway.admin["account_id"], scopes=["accounts:read"])
    answer = await gateway.with_key(reader["key"]).post("/v1/accounts", json={"kind": "brand", "name": "Mine"})
    assert (answer.status_code, answer.json()["required_scope"]) == (403, "accounts:admin")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/kind"),
        ({"kind": "brand"}, "/name"),
        ({"kind": "shop", "name": "x"}, "/kind"),
        ({"kind": "brand", "name": ""}, "/name"),
        ({"kind": "brand", "name": "   "}, "/name"),
        ({"kind": "brand", "name": "x" * 201}, "/name"),
        ({"kind": "brand", "name": 7}, "/name"),
        ({"kind": "brand", "name": "a\u0000b"}, "/name"),
        ({"kind": "brand", "name": "a\u202eb"}, "/name"),
        ({"kind": "brand", "name": "a\nb"}, "/name"),
        ({"kind": "brand", "name": "x", "trusted_flagger": "yes"}, "/trusted_flagger"),
        ({"kind": "brand", "name": "x", "id": "acc_1"}, "/id"),
        ([], ""),
        ("text", ""),
    ],
)
async def test_a_bad_account_is_refused_with_its_place(gateway: RunningGateway, body: Any, pointer: str) -> None:
    answer = await gateway.operator.post("/v1/accounts", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert len((await gateway.operator.get("/v1/accounts")).json()["data"]) == 1


async def test_a_lone_surrogate_and_deep_nesting_are_refused(gateway: RunningGateway) -> None:
    json_type = {"Content-Type": "application/json"}
    surrogate = await gateway.operator.post(
        "/v1/accounts", content=b'{"kind":"brand","name":"a\\ud800"}', headers=json_type
    )
    assert surrogate.status_code in {400, 422}
    for content in (b"[" * 10_000, b'{"kind":"brand","name":' + b"[" * 10_000, b"\xff\xfe", b"{", b"nul"):
        answer = await gateway.operator.post("/v1/accounts", content=content, headers=json_type)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), content[:30]


async def test_an_account_sees_itself_and_no_other(gateway: RunningGateway) -> None:
    mine, other = await gateway.account(name="Mine"), await gateway.account(name="Other")
    client = await gateway.client(mine["id"], scopes=["accounts:read"])
    reader = gateway.with_key(client["key"])
    assert [row["id"] for row in (await reader.get("/v1/accounts")).json()["data"]] == [mine["id"]]
    assert (await reader.get(f"/v1/accounts/{mine['id']}")).json()["name"] == "Mine"
    for path in (f"/v1/accounts/{other['id']}", f"/v1/accounts/{new_id(AccountId)}"):
        answer = await reader.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await reader.get("/v1/accounts/acc_x")).status_code == 422


async def test_the_operator_lists_accounts_in_pages_and_by_kind(gateway: RunningGateway) -> None:
    made = [(await gateway.account(name=f"Brand {number}"))["id"] for number in range(5)]
    vendor = (await gateway.account(kind="vendor"))["id"]
    seen, cursor = [], ""
    while True:
        page = (await gateway.operator.get(f"/v1/accounts?limit=2{cursor}")).json()
        seen += [row["id"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [vendor, *reversed(made), gateway.admin["account_id"]]
    page = (await gateway.operator.get("/v1/accounts?kind=vendor")).json()
    assert [row["id"] for row in page["data"]] == [vendor]
    bad = await gateway.operator.get("/v1/accounts?cursor=AAAA")
    assert (bad.status_code, bad.json()["code"]) == (422, "cursor_invalid")
    assert (await gateway.operator.get("/v1/accounts?limit=201")).status_code == 422


async def test_a_change_needs_the_version_that_was_read(gateway: RunningGateway) -> None:
    account = await gateway.account()
    path = f"/v1/accounts/{account['id']}"
    changed = await gateway.operator.patch(path, json={"name": "New"}, headers={"If-Match": '"1"'})
    assert (changed.json()["name"], changed.headers["etag"]) == ("New", '"2"')
    stale = await gateway.operator.patch(path, json={"name": "Newer"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (await gateway.operator.get(path)).json()["name"] == "New"


async def test_a_closed_account_stays_closed_and_gets_no_clients(gateway: RunningGateway) -> None:
    account = await gateway.account()
    path = f"/v1/accounts/{account['id']}"
    first = (await gateway.operator.post(f"{path}/close")).json()
    assert first["closed_at"] is not None
    assert (await gateway.operator.post(f"{path}/close")).json() == first
    for answer in (
        await gateway.operator.patch(path, json={"name": "x"}),
        await gateway.operator.post(f"{path}/clients", json={"name": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "account_closed")


async def test_the_operator_cannot_shut_itself_out(gateway: RunningGateway) -> None:
    answer = await gateway.operator.post(f"/v1/accounts/{gateway.admin['account_id']}/close")
    assert (answer.status_code, answer.json()["code"]) == (409, "own_account")
    assert (await gateway.operator.get("/v1/accounts")).status_code == 200


async def test_the_same_key_opens_one_account_also_at_once(gateway: RunningGateway) -> None:
    async def open_one() -> tuple[int, str]:
        answer = await gateway.operator.post(
            "/v1/accounts", json={"kind": "brand", "name": "Once"}, headers={"Idempotency-Key": "k"}
        )
        return answer.status_code, answer.json().get("id") or answer.json()["code"]

    answers = set(await asyncio.gather(*(open_one() for _ in range(20))))
    assert answers <= {(201, next(text for code, text in answers if code == 201)), (409, "idempotency_key_in_use")}
    assert len((await gateway.operator.get("/v1/accounts")).json()["data"]) == 2
    reused = await gateway.operator.post(
        "/v1/accounts", json={"kind": "brand", "name": "Twice"}, headers={"Idempotency-Key": "k"}
    )
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
