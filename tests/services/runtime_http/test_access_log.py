"""The log of a service as it is written: one JSON object a line, one line for each request, an error once."""

import asyncio
import json
from typing import Any

import pytest

from shared.runtime.access_log import access_log, log_requests
from shared.runtime.telemetry import log_as_json
from tests.running import Running

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _log_here() -> None:
    """The service has begun before what it writes was caught."""
    log_as_json("INFO")
    log_requests("INFO")


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    access_log.flush()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line["logger"] != "httpx"]  # which asks here


def _of(lines: list[dict[str, Any]], logger: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["logger"] == logger]


async def test_a_request_is_one_line_with_its_route_and_without_what_it_holds(
    capsys: pytest.CaptureFixture[str], running: Running
) -> None:
    _log_here()
    brand = running.caller("brand")
    headers = {"X-Request-Id": "req-of-mine", "traceparent": TRACE}
    note = (await running.as_("brand").post("/v1/notes", json={"name": "A private name"}, headers=headers)).json()
    await running.as_("brand").patch(f"/v1/notes/{note['id']}", json={"name": "Another"})
    await running.as_("brand").get("/v1/notes", params={"name": "a private name"})
    await running.as_("brand").get("/v1/nothing")
    await running.anonymous.get("/v1/notes")
    lines = _lines(capsys)
    access = _of(lines, "access")
    assert [(line["method"], line["route"], line["status"], line["account"]) for line in access] == [
        ("POST", "/v1/notes", 201, brand.account_id), ("PATCH", "/v1/notes/{note_id}", 200, brand.account_id),
        ("GET", "/v1/notes", 200, brand.account_id), ("GET", None, 404, None), ("GET", "/v1/notes", 401, None),
    ]  # fmt: skip
    first = access[0]
    assert (first["request_id"], first["trace_id"]) == ("req-of-mine", TRACE[3:35])
    assert (first["level"], first["message"]) == ("info", "POST /v1/notes 201")
    assert 0 < first["duration_ms"] < 60_000
    assert len({line["request_id"] for line in access}) == 5
    assert "private" not in json.dumps(lines)


async def test_an_unexpected_error_is_logged_once_with_its_traceback_in_one_field(
    capsys: pytest.CaptureFixture[str], running: Running
) -> None:
    _log_here()
    answer = await running.as_("brand").post("/v1/explosions", headers={"X-Request-Id": "req-of-mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "req-of-mine")
    assert answer.headers["content-type"] == "application/problem+json"
    lines = _lines(capsys)
    [error] = [line for line in lines if "exception" in line]
    assert (error["level"], error["request_id"]) == ("error", "req-of-mine")
    assert error["exception"].splitlines()[-1] == "RuntimeError: a secret that no partner may see"
    [access] = _of(lines, "access")
    assert (access["route"], access["status"], access["request_id"]) == ("/v1/explosions", 500, "req-of-mine")


async def test_lines_are_written_without_being_asked_for(capsys: pytest.CaptureFixture[str], running: Running) -> None:
    _log_here()
    await running.as_("brand").get("/v1/notes")
    async with asyncio.timeout(20):
        found = ""
        while '"route":"/v1/notes"' not in found:
            await asyncio.sleep(0.01)
            found += capsys.readouterr().out
