"""An agent's portfolio through the gateway: put in with one file, reported under by an authority, and told of."""

import asyncio
import csv
import io
from typing import Any

import aiohttp
import pytest

from demo.api import Api, Refused
from tests.faults.test_kills import report_body
from tests.live import LivePlatform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

HEADER = ["type", "title", "owner_name", "held_as", "kind_of_work", "author", "created_on", "original_url"]
ROWS = 300


def _file() -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for number in range(ROWS):
        works = [f"Vault {number}", "Vault Ltd", "agent", "photograph", "Ada", "2020-01-01", "https://brand.example/a"]
        writer.writerow(["copyright" if number else "haiku", *works])
    return text.getvalue().encode()


async def _send(api: Api, content: bytes) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "text/csv", "Idempotency-Key": "vault"}
    async with api.session.post(api.base_url + "/v1/rights/import", data=content, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_an_agent_reports_under_a_portfolio_by_its_authority(platform: LivePlatform) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        agent = Api(platform.base_url, platform.keys["brand_two"], session)
        operator = agent.with_key(platform.keys["marketplace"])
        status, found = await _send(agent, _file())
        assert (status, found["created"], found["refused"]) == (200, ROWS - 1, 1)
        assert (await _send(agent, _file()))[1] == found

        right_id = found["rights"][0]["id"]
        await operator.post(f"/v1/rights/{right_id}/verify", {})
        with pytest.raises(Refused) as refused:
            await agent.post("/v1/reports", report_body(right_id, 77_001))
        assert [error["code"] for error in refused.value.problem["errors"]] == ["N_AUTHORITY_MISSING"]
        given = {"kind": "licence", "principal": {"name": "Vault Ltd"}, "valid_from": "2020-01-01"}
        authority = await agent.post("/v1/authorities", given)
        await operator.post(f"/v1/authorities/{authority['id']}/verify", {})
        report = await agent.post("/v1/reports", report_body(right_id, 77_001))
        assert (report["authority_id"], report["authority_version"]) == (authority["id"], 2)
        version = await agent.get(f"/v1/rights/{right_id}/versions/{report['right_version']}")
        assert (version["state"], version["held_as"]) == ("verified", "agent")
        async with asyncio.timeout(60):
            while True:
                events = (await agent.get("/v1/events?limit=200&types=marque.authority.verified.v1"))["data"]
                if authority["id"] in [event["subject"] for event in events]:
                    break
                await asyncio.sleep(0.05)
