"""Each part is killed once under load, the broker loses its disk, and nothing is lost or doubled."""

import asyncio
import contextlib
from typing import Any

import aiohttp
import pytest

from demo.api import Api, Refused
from demo.receiver import Receiver
from demo.vendor import Workbench
from tests.live import LivePlatform

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

REPORTS_BETWEEN_FAULTS = 15
LISTINGS = 3
PARTS = ("gateway", "intake", "review", "escalation", "notify", "nats", "postgres")
SETTLE_SECONDS = 240.0


def report_body(right_id: str, number: int) -> dict[str, Any]:
    urls = [f"https://shop.example/item/{number:05d}{letter}" for letter in "abc"[:LISTINGS]]
    return {
        "right_id": right_id, "claim": "copyright", "reference": f"fault-{number}", "language": "en", "markets": [],
        "items": [{"url": url, "media_type": "listing", "part": "whole"} for url in urls],
        "explanation": "The listing copies our product photograph without a licence.", "legal_basis": "dmca",
        "statements": {"good_faith": True, "accuracy": True, "perjury": True}, "signature": "Fault Test",
        "contact": {"name": "Fault Test", "email": "notices@brand.example"},
    }  # fmt: skip


class Load:
    """A brand that files, two vendors that judge, and a receiver that listens, all of them patient."""

    def __init__(self, platform: LivePlatform, session: aiohttp.ClientSession) -> None:
        keys = platform.keys
        self.brand = Api(platform.base_url, keys["brand"], session)
        self.operator = self.brand.with_key(keys["marketplace"])
        self.benches = [Workbench(self.brand.with_key(keys[who]), who) for who in ("vendor", "vendor_two")]
        self.filed: dict[str, dict[str, Any]] = {}
        self.completed: dict[str, dict[str, Any]] = {}
        self.enough = asyncio.Event()
        self.right_id = ""
        self._number = 0

    async def on_event(self, event: dict[str, Any]) -> None:
        data = event["data"]
        if event["type"] == "marque.report.completed.v1":
            self.completed[data["report_id"]] = data
        elif event["type"] == "marque.report.information_requested.v1":
            body = {
                "item_ids": [item["item_id"] for item in data["items"]],
                "explanation": "The original is attached here.",
            }
            await self.brand.post(f"/v1/reports/{data['report_id']}/information", body, idempotency_key=event["id"])

    async def make_right(self) -> None:
        body = {
            "type": "copyright", "title": "Fault test photographs", "owner": {"name": "Fault Test", "country": "DE"},
            "kind_of_work": "photograph", "author": "Fault Test", "created_on": "2020-01-01",
            "original_url": "https://brand.example/originals", "territories": ["WW"],
        }  # fmt: skip
        right = await self.brand.post("/v1/rights", body, idempotency_key="right")
        self.right_id = right["id"]
        await self.operator.post(f"/v1/rights/{self.right_id}/verify", {}, idempotency_key="verify")

    async def file(self, count: int) -> None:
        """File this many; each is sent again under its key until it is answered."""
        for _ in range(count):
            self._number += 1
            body = report_body(self.right_id, self._number)
            report = await self.brand.post("/v1/reports", body, idempotency_key=f"report-{self._number}")
            self.filed[report["id"]] = report

    async def judge(self, bench: Workbench, reviewer: str) -> None:
        """A reviewer who shrugs at every fault and claims again."""
        while not self.enough.is_set():
            with contextlib.suppress(Refused, aiohttp.ClientError, TimeoutError):
                for task in await bench.claim(reviewer, most=5, lease_seconds=30, wait=1):
                    with contextlib.suppress(Refused, aiohttp.ClientError, TimeoutError):
                        await bench.judge(task)


async def test_nothing_is_lost_whatever_is_killed(killed_platform: LivePlatform) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        load = Load(killed_platform, session)
        async with Receiver(load.on_event) as receiver:
            endpoint = await load.brand.post(
                "/v1/webhook-endpoints", {"url": receiver.url, "event_types": ["report.*"]}
            )
            receiver.secret = endpoint["secret"]
            await _under_load(killed_platform, load, receiver)
        assert receiver.refused == 0, "an event came with a wrong signature"
        checked = await asyncio.to_thread(killed_platform.run, "checker", "--wait", "120")
        assert checked.returncode == 0, checked.stdout[-6000:] + checked.stderr[-3000:]
        await load.brand.call("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")


async def _under_load(platform: LivePlatform, load: Load, receiver: Receiver) -> None:
    await load.make_right()
    reviewers = [
        asyncio.create_task(load.judge(bench, f"{bench.vendor}-{n}")) for bench in load.benches for n in range(2)
    ]
    try:
        for part in PARTS:
            filing = asyncio.create_task(load.file(REPORTS_BETWEEN_FAULTS))
            await asyncio.sleep(0)
            platform.kill(part)
            await filing
            await platform.ready()
        filing = asyncio.create_task(load.file(REPORTS_BETWEEN_FAULTS))
        await asyncio.to_thread(platform.kill_broker_and_its_data)
        await filing
        await platform.ready()
        await receiver.wait_until(lambda: load.filed.keys() <= load.completed.keys(), SETTLE_SECONDS)
    finally:
        load.enough.set()
        await asyncio.gather(*reviewers)
    assert load.filed.keys() <= load.completed.keys(), "these reports were never told as completed"
    for report_id, filed in load.filed.items():
        told = load.completed[report_id]
        assert {item["item_id"] for item in told["items"]} == {item["id"] for item in filed["items"]}
        assert all(item["state"] in {"accepted", "rejected"} for item in told["items"])
