"""What people do on the platform while parts of it fail, all of them patient.

A brand files, answers what it is asked, takes reports back and renews a right; two vendors judge, ask and escalate; the
operator settles what is escalated and confirms renewals; an agreement of two seconds is missed; a receiver listens.
"""

import asyncio
import contextlib
import time
import uuid
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp

from cli.demo.receiver import Receiver
from cli.demo.vendor import Workbench
from deploy.local.api import Api, Refused
from tests.days import office_today
from tests.live import LivePlatform

LISTINGS = 3
SETTLE_SECONDS = 240.0
REVIEWERS_OF_A_VENDOR = 2
_SHRUGGED_AT = (Refused, aiohttp.ClientError, TimeoutError)
_OUTCOMES = frozenset({"accepted", "rejected", "withdrawn", "actioned"})


def report_body(right_id: str, number: int, *, run: str = "") -> dict[str, Any]:
    urls = [f"https://shop.example/item/{run}{number:05d}{letter}" for letter in "abc"[:LISTINGS]]
    return {
        "right_id": right_id, "claim": "copyright", "reference": f"fault-{number}", "language": "en", "markets": [],
        "items": [{"url": url, "media_type": "listing", "part": "whole"} for url in urls],
        "explanation": "The listing copies our product photograph without a licence.", "legal_basis": "dmca",
        "statements": {"good_faith": True, "accuracy": True, "perjury": True}, "signature": "Fault Test",
        "contact": {"name": "Fault Test", "email": "notices@brand.example"},
    }  # fmt: skip


def told_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The listings of a report as their marketplace tells of them."""
    return [
        {
            "marketplace": "shop.example", "listing_id": item["url"].rpartition("/")[2], "version": 1,
            "url": item["url"], "title": "Printed poster", "description": "On heavy paper, rolled in a tube.",
            "price": {"amount": 1290, "currency": "EUR"}, "seller": {"seller_id": "s-1", "name": "Fault Test Sales"},
        }
        for item in report["items"]
    ]  # fmt: skip


class Load:
    """The people of one test, each with a key."""

    def __init__(self, platform: LivePlatform, session: aiohttp.ClientSession) -> None:
        keys = platform.keys
        self.brand = Api(platform.base_url, keys["brand"], session)
        self.operator = self.brand.with_key(keys["marketplace"])
        self.benches = [Workbench(self.brand.with_key(keys[who]), who) for who in ("vendor", "vendor_two")]
        self.filed: dict[str, dict[str, Any]] = {}
        self.filed_at: list[float] = []
        """When each filing was answered (`time.monotonic`)."""
        self.completed: dict[str, dict[str, Any]] = {}
        self.told_twice: list[str] = []
        self.enough = asyncio.Event()
        self.right_id = ""
        self.done: Counter[str] = Counter()
        """How often what else is in the load has come about."""
        self._run = uuid.uuid4().hex[:6]
        self._number = 0
        self._telling: set[asyncio.Task[None]] = set()

    async def on_event(self, event: dict[str, Any]) -> None:
        data = event["data"]
        if event["type"] == "marque.report.completed.v1":
            if data["report_id"] in self.completed:
                self.told_twice.append(data["report_id"])
            self.completed[data["report_id"]] = data
        elif event["type"] == "marque.report.information_requested.v1":
            body = {
                "item_ids": [item["item_id"] for item in data["items"]],
                "explanation": "The original is attached here.",
            }
            with contextlib.suppress(Refused):  # what was taken back meanwhile is asked about no more
                await self.brand.post(f"/v1/reports/{data['report_id']}/information", body, idempotency_key=event["id"])
                self.done["answered"] += 1

    async def make_right(self) -> None:
        body = {
            "type": "copyright", "title": "Fault test photographs", "owner": {"name": "Fault Test", "country": "DE"},
            "kind_of_work": "photograph", "author": "Fault Test", "created_on": "2020-01-01",
            "original_url": "https://brand.example/originals", "territories": ["WW"],
        }  # fmt: skip
        right = await self.brand.post("/v1/rights", body, idempotency_key=f"right-{self._run}")
        self.right_id = right["id"]
        await self.operator.post(f"/v1/rights/{self.right_id}/verify", {}, idempotency_key=f"verify-{self._run}")

    async def file(self, count: int) -> None:
        """File this many; each is sent again under its key until it is answered. Every seventh is taken back.

        Of most the marketplace tells at about the same time, so that captures of them are made.
        """
        for _ in range(count):
            self._number += 1
            number = self._number
            body = report_body(self.right_id, number, run=self._run)
            key = f"report-{self._run}-{number}"
            if number % 3 != 0:  # of every third the marketplace tells nothing
                self._telling.add(asyncio.create_task(self._tell(body, f"told-{key}")))
            report = await self._filed(body, key)
            self.filed[report["id"]] = report
            self.filed_at.append(time.monotonic())
            if number % 7 == 0:
                with contextlib.suppress(Refused):  # it may have been decided before
                    await self.brand.post(f"/v1/reports/{report['id']}/withdraw", {}, idempotency_key=f"back-{key}")
                    self.done["withdrawn"] += 1

    async def _tell(self, report: dict[str, Any], key: str) -> None:
        """Tell of the listings of a report, at about the time at which it is filed."""
        with contextlib.suppress(*_SHRUGGED_AT):
            await self.operator.post("/v1/listings", {"listings": told_of(report)}, idempotency_key=key)

    async def told(self) -> None:
        """Wait until the marketplace has told of every listing, or has given up on it."""
        await asyncio.gather(*self._telling)

    async def _filed(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        """The answer to a report, sent again under its key while a gateway that is being killed answers 500."""
        while True:
            try:
                report: dict[str, Any] = await self.brand.post("/v1/reports", body, idempotency_key=key)
            except Refused as refusal:
                if refusal.status != 500 or refusal.problem:
                    raise
                await self._pause(0.1)
            else:
                return report

    async def file_until_enough(self, a_second: float = 10.0) -> None:
        """File one after the other, at a steady pace where the platform keeps it."""
        while not self.enough.is_set():
            due = time.monotonic() + 1 / a_second
            with contextlib.suppress(*_SHRUGGED_AT):
                await self.file(1)
            await self._pause(max(0.0, due - time.monotonic()))

    async def judge(self, bench: Workbench, reviewer: str) -> None:
        """A reviewer who shrugs at every fault and claims again; every eleventh listing is asked of the desk once."""
        while not self.enough.is_set():
            with contextlib.suppress(*_SHRUGGED_AT):
                for task in await bench.claim(reviewer, most=5, lease_seconds=30, wait=1):
                    with contextlib.suppress(*_SHRUGGED_AT):
                        if task["round"] == 1 and zlib.crc32(task["listing"]["url"].encode()) % 11 == 1:
                            await self._escalate(bench, task)
                        else:
                            await bench.judge(task)

    async def _escalate(self, bench: Workbench, task: dict[str, Any]) -> None:
        body = {
            "lease_token": task["lease"]["token"], "seconds_spent": 5, "outcome": "escalate", "clauses": [],
            "note": "Is this ours to decide?",
        }  # fmt: skip
        key = f"{task['id']}/{task['lease']['token'][:64]}/escalate"
        await bench.api.post(f"/v1/tasks/{task['id']}/judge", body, idempotency_key=key)
        self.done["escalated"] += 1

    async def settle_escalations(self) -> None:
        """The duty lead, who takes up and settles whatever is open."""
        while not self.enough.is_set():
            with contextlib.suppress(*_SHRUGGED_AT):
                for matter in (await self.operator.get("/v1/escalations?limit=200&state=open"))["data"]:
                    path, words = f"/v1/escalations/{matter['id']}", {
                        "reason": "It is ours.", "answer": "Go by the clauses.", "by": "Duty lead",
                    }  # fmt: skip
                    with contextlib.suppress(*_SHRUGGED_AT):
                        await self.operator.post(f"{path}/resolve", words, idempotency_key=f"{matter['id']}-resolve")
                        self.done["settled"] += 1
            await self._pause(0.5)

    async def renew(self) -> None:
        """A trademark that ends in ten days, of which reminders are due, is renewed again and again."""
        ends = office_today() + timedelta(days=10)
        body = {
            "type": "trademark", "title": "FAULT", "mark_text": "FAULT", "mark_type": "word", "office": "EUIPO",
            "registration_number": f"018{zlib.crc32(self._run.encode()) % 1_000_000:06d}", "nice_classes": [25],
            "owner": {"name": "Fault Test", "country": "DE"}, "registered_on": "2016-01-02", "territories": ["EU"],
            "expires_on": ends.isoformat(),
        }  # fmt: skip
        right = await self.brand.post("/v1/rights", body, idempotency_key=f"mark-{self._run}")
        path = f"/v1/rights/{right['id']}"
        await self.operator.post(f"{path}/verify", {}, idempotency_key=f"verify-mark-{self._run}")
        number = 0
        while not self.enough.is_set():
            number += 1
            until = {"expires_on": (ends + timedelta(days=number)).isoformat()}
            with contextlib.suppress(*_SHRUGGED_AT):
                await self.brand.post(f"{path}/renew", until, idempotency_key=f"renew-{self._run}-{number}")
                await self.operator.post(f"{path}/renewal/accept", {}, idempotency_key=f"accept-{self._run}-{number}")
                self.done["renewed"] += 1
            await self._pause(0.5)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.enough.wait(), seconds)

    @asynccontextmanager
    async def agreement_of_two_seconds(self) -> AsyncIterator[None]:
        """Every ninth report has two seconds to be decided, so that clocks strike while parts fail."""
        body = {
            "name": f"Fault test {self._run}", "severity": "p1", "priority": 1,
            "expression": f'report.reference.endsWith("9") && right.id == "{self.right_id}"',
            "clock": {"acknowledge_seconds": 1, "decide_seconds": 2},
        }  # fmt: skip
        rule = await self.operator.post("/v1/severity-rules", body)
        try:
            yield
        finally:
            await self.operator.call("DELETE", f"/v1/severity-rules/{rule['id']}", idempotency_key=f"over-{self._run}")

    def actors(self) -> list[Awaitable[None]]:
        reviewers = [
            self.judge(bench, f"{bench.vendor}-{n}") for bench in self.benches for n in range(REVIEWERS_OF_A_VENDOR)
        ]
        return [*reviewers, self.settle_escalations(), self.renew()]

    def check(self) -> None:
        """Nothing lost, nothing doubled: every report was told as completed, once, with the outcome of each item."""
        assert self.filed.keys() <= self.completed.keys(), "these reports were never told as completed"
        assert not self.told_twice, "these reports were told as completed twice"
        for report_id, filed in self.filed.items():
            told = self.completed[report_id]
            assert {item["item_id"] for item in told["items"]} == {item["id"] for item in filed["items"]}
            assert {item["state"] for item in told["items"]} <= _OUTCOMES


Faults = Callable[[Load], Awaitable[None]]


@asynccontextmanager
async def load_on(platform: LivePlatform, *, seconds: float = 30.0) -> AsyncIterator[tuple[Load, Receiver]]:
    """People of a platform with a right to file under, and the receiver of the brand's webhooks, which tells of each.

    Args:
        seconds: how long each request may take.
    """
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session:
        load = Load(platform, session)
        async with Receiver(load.on_event) as receiver:
            endpoint = await load.brand.post(
                "/v1/webhook-endpoints", {"url": receiver.url, "event_types": ["report.*"]}
            )
            receiver.secret = endpoint["secret"]
            await load.make_right()
            yield load, receiver
            await load.brand.call("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")


async def under_load(platform: LivePlatform, faults: Faults) -> Load:
    """Let parts fail while people are at work; then wait until all is settled, and look whether all of it holds."""
    async with load_on(platform) as (load, receiver):
        async with load.agreement_of_two_seconds():
            await _at_work(load, faults, receiver)
        load.check()
        assert receiver.refused == 0, "an event came with a wrong signature"
        checked = await asyncio.to_thread(platform.run, "cli.check", "--wait", "120")
        assert checked.returncode == 0, checked.stdout[-6000:] + checked.stderr[-3000:]
    return load


async def _at_work(load: Load, faults: Faults, receiver: Receiver) -> None:
    actors = [asyncio.ensure_future(actor) for actor in load.actors()]
    try:
        await faults(load)
        await receiver.wait_until(lambda: load.filed.keys() <= load.completed.keys(), SETTLE_SECONDS)
    finally:
        load.enough.set()
        await asyncio.gather(*actors)
        await load.told()
