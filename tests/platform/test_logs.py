"""The logs of the running platform: JSON from the first line to the last, and nothing in them that is private."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.registry import names
from tests.live import LivePlatform
from tests.running import eventually

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]


def _log(platform: LivePlatform, name: str) -> Path:
    return platform.home / "logs" / f"{name}.log"


def _lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a log. A file that is written to may end within one."""
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.parametrize("name", names())
def test_every_line_of_a_part_is_one_json_object(platform: LivePlatform, name: str) -> None:
    lines = _lines(_log(platform, name))
    assert any("Started server process" in line["message"] for line in lines), "what the server says is among them"
    for line in lines:
        assert {"time", "level", "logger", "message", "request_id"} <= line.keys()
        assert "\n" not in line["message"]
    assert {line["logger"] for line in lines} & {"uvicorn.access"} == set()


async def test_a_request_is_found_by_its_id_at_the_gateway_and_at_its_service(platform: LivePlatform) -> None:
    key = platform.keys["brand"]
    headers = {"Authorization": f"Bearer {key}", "X-Request-Id": "req-in-the-logs"}
    async with aiohttp.ClientSession() as session:
        url = f"{platform.base_url}/v1/reports?reference=a-private-name"
        async with session.get(url, headers=headers) as answer:
            assert answer.status == 200

    async def line_of(name: str) -> dict[str, Any]:
        found = [line for line in _lines(_log(platform, name)) if line["request_id"] == "req-in-the-logs"]
        assert found
        [line] = found
        return line

    at_gateway = await eventually(lambda: line_of("gateway"))
    at_service = await eventually(lambda: line_of("intake"))
    for line in (at_gateway, at_service):
        assert (line["logger"], line["method"], line["route"], line["status"]) == (
            "access", "GET", "/v1/reports", 200,
        )  # fmt: skip
        assert line["account"].startswith("acc_")
    assert at_gateway["trace_id"] == at_service["trace_id"]
    assert at_gateway["account"] == at_service["account"]
    assert at_gateway["duration_ms"] >= at_service["duration_ms"] * 0.5
    for name in ("gateway", "intake"):
        text = _log(platform, name).read_text()
        assert "a-private-name" not in text
        assert key[25:] not in text
