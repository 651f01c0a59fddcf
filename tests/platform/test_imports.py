"""A file of many rows through the gateway: filed once though its service is killed, worked once for many reporters."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from cli.demo.vendor import Workbench
from deploy.local.api import Api
from tests.live import LivePlatform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("faults")]

ROWS = 3000
PIECE = 10_000
SHARED = 5
SECONDS = 240


async def _right(api: Api, operator: Api) -> str:
    """A mark that a brand and its agent both have in their vaults."""
    right = await api.post("/v1/rights", {
        "type": "trademark", "title": "IMPORTED", "mark_text": "IMPORTED", "mark_type": "word", "office": "EUIPO",
        "registration_number": "018777777", "owner": {"name": "Imported", "country": "DE"}, "nice_classes": [25],
        "registered_on": "2020-01-02", "expires_on": "2050-01-02", "territories": ["EU"],
    })  # fmt: skip
    await operator.post(f"/v1/rights/{right['id']}/verify", {})
    return str(right["id"])


def _rows(name: str, rows: int) -> Iterator[dict[str, str]]:
    for number in range(rows):
        listing = f"https://shop.example/item/{name}-{number}" if number % 1000 else "=HYPERLINK(1)"
        yield {"Listing": listing, "reference": f"{name}-{number // 20}", "comment": "seen"}
    for number in range(SHARED):
        listing = f"https://shop.example/item/shared-{number}"
        yield {"Listing": listing, "reference": f"{name}-shared", "comment": "seen"}


def _csv(name: str, rows: int) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["Listing", "reference", "comment"])
    writer.writeheader()
    writer.writerows(_rows(name, rows))
    return text.getvalue().encode()


def _lines(name: str, rows: int) -> bytes:
    return "\n".join(map(json.dumps, _rows(name, rows))).encode()


async def _send(api: Api, content: bytes, right_id: str, key: str, kind: str = "text/csv") -> dict[str, Any]:
    common = {
        "right_id": right_id, "claim": "counterfeit", "language": "en", "markets": ["DE"], "legal_basis": "dsa",
        "explanation": "None of our factories makes this shoe.", "signature": "Ada Example",
        "statements": {"good_faith": True, "accuracy": True},
        "contact": {"name": "Ada Example", "email": "ada@brand.example"},
    }  # fmt: skip
    mapping = {"Listing": "url", "comment": None}
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": kind, "Idempotency-Key": key}
    params = {"defaults": json.dumps(common), "mapping": json.dumps(mapping)}

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]

    url = api.base_url + "/v1/imports"
    async with api.session.post(url, params=params, data=pieces(), headers=headers) as answer:
        found: dict[str, Any] = await answer.json()
        assert answer.status == 202, found
        return found


async def _until(api: Api, import_id: str, **wanted: Any) -> dict[str, Any]:
    async with asyncio.timeout(SECONDS):
        while True:
            found: dict[str, Any] = await api.get(f"/v1/imports/{import_id}")
            if all(found[name] >= value for name, value in wanted.items()):
                return found
            await asyncio.sleep(0.05)


async def test_an_import_survives_its_service_and_is_worked_once_for_two_reporters(
    killed_platform: LivePlatform,
) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        brand = Api(killed_platform.base_url, killed_platform.keys["brand"], session)
        agent, operator = (brand.with_key(killed_platform.keys[who]) for who in ("brand_two", "marketplace"))
        own, others = await _right(brand, operator), await _right(agent, operator)

        sent = await _send(brand, _csv("a", ROWS), own, "import-a")
        assert sent["rows_seen"] == ROWS + SHARED
        await _until(brand, sent["id"], filed=1)
        killed_platform.kill("intake")
        found = await _until(brand, sent["id"], filed=ROWS + SHARED - ROWS // 1000)
        assert (found["state"], found["refused"]) == ("completed", ROWS // 1000)
        again = await _send(brand, _csv("a", ROWS), own, "import-a")
        assert again["id"] == sent["id"]

        reports = await brand.each("/v1/reports")
        assert len([report for report in reports if str(report["reference"]).startswith("a-")]) == found["reports"]
        await _refused_rows_are_safe(brand, sent["id"])

        second = await _send(agent, _lines("b", 20), others, "import-b", "application/x-ndjson")
        assert (await _until(agent, second["id"], filed=SHARED + 19))["state"] == "completed"
        await _each_is_worked_once_for_both(Workbench(brand.with_key(killed_platform.keys["vendor"]), "vendor"))


async def _refused_rows_are_safe(brand: Api, import_id: str) -> None:
    headers = {"Authorization": f"Bearer {brand.key}"}
    async with brand.session.get(f"{brand.base_url}/v1/imports/{import_id}/errors", headers=headers) as answer:
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(await answer.text(), newline="")))
    assert [row["import_row"] for row in rows] == [str(n + 2) for n in range(0, ROWS, 1000)]
    assert {row["Listing"] for row in rows} == {"'=HYPERLINK(1)"}
    assert {row["import_codes"] for row in rows} == {"N_URL_INVALID"}


async def _each_is_worked_once_for_both(bench: Workbench) -> None:
    """Each listing that both have reported is one task, which both reports have joined."""
    found: dict[str, str] = {}
    async with asyncio.timeout(SECONDS):
        while len(found) < SHARED:
            for task in await bench.claim("reviewer", most=50, wait=2):
                if task["listing"]["listing_id"].startswith("shared-"):
                    assert task["listing"]["listing_id"] not in found
                    found[task["listing"]["listing_id"]] = task["id"]
        for task_id in found.values():
            reporters: set[str] = set()
            while len(reporters) < 2:
                reporters = {item["account_id"] for item in (await bench.api.get(f"/v1/tasks/{task_id}"))["items"]}
