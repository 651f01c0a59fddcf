"""The log of the gateway: one line for each request, also for those that reach nothing, and each error once."""

import json
from typing import Any

import pytest

from shared.runtime.access_log import access_log
from tests.services.gateway.conftest import StartGateway
from tests.services.gateway.serving import eventually, raw

REPORT = "rep_01j9zq4m2te5rv8c3kx7w0nh6b"


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    access_log.flush()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line["logger"] != "httpx"]  # which asks here


async def test_a_request_is_one_line_with_its_route_its_service_and_its_account(
    capsys: pytest.CaptureFixture[str], start_gateway: StartGateway
) -> None:
    gateway = await start_gateway(log_level="INFO")
    client = await gateway.client()

    async def documented() -> bool:
        return bool(gateway.application.parts.published.paths)

    await eventually(documented)
    _lines(capsys)
    mine = gateway.with_key(client["key"])
    answers = [
        await mine.get(f"/v1/reports/{REPORT}?reference=a%20private%20name"),
        await mine.get("/v1/accounts/somebody@private.example"),
        await gateway.anonymous.get("/v1/reports"),
        await gateway.anonymous.get("/private/name"),
    ]
    refused = await raw(gateway.url, b"GET / HTTP/1.1\r\n\r\n", until_close=True)
    assert b"host_invalid" in refused
    lines = _lines(capsys)
    access = [line for line in lines if line["logger"] == "access"]
    account = client["account_id"]
    assert [
        (line["method"], line["route"], line["status"], line["account"], line.get("service")) for line in access
    ] == [
        ("GET", "/v1/reports/{}", 200, account, "intake"), ("GET", "/v1/accounts/{}", 403, account, "gateway"),
        ("GET", "/v1/reports", 401, None, "intake"), ("GET", None, 404, None, None), (None, None, 400, None, None),
    ]  # fmt: skip
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert [line["request_id"] for line in access[:4]] == ids
    assert access[4]["request_id"].encode() in refused
    assert all(len(line["trace_id"]) == 32 for line in access[:4])
    text = json.dumps(lines)
    assert "private" not in text
    assert client["key"][25:] not in text


async def test_an_unexpected_error_of_the_gateway_is_logged_once(
    capsys: pytest.CaptureFixture[str], start_gateway: StartGateway
) -> None:
    gateway = await start_gateway(log_level="INFO")
    account = await gateway.account()
    async with gateway.database.pool.acquire() as connection:
        await connection.execute("UPDATE accounts SET kind = 'nonsense' WHERE id = $1", account["id"])
    answer = await gateway.operator.get(f"/v1/accounts/{account['id']}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    lines = _lines(capsys)
    [error] = [line for line in lines if "exception" in line]
    assert error["request_id"] == answer.headers["x-request-id"]
    assert "nonsense" in error["exception"]
