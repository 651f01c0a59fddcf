"""From a filed report to a task that a reviewer holds, through the whole running platform, at 50 reports a second."""

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from cli.demo.vendor import Workbench
from tests.faults.load import Load, report_body, told_of
from tests.live import LivePlatform, start_platform

RATE = 50
REPORTS = 300
ALONE = 40
CLAIMERS = 4


class _Watch:
    """When each listing was sent, answered and claimed."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.sent: dict[str, float] = {}
        self.claimed: dict[str, float] = {}
        self.news = asyncio.Event()

    async def file(self, number: int) -> None:
        body = report_body(self.load.right_id, number)
        body["items"] = body["items"][:1]
        url = body["items"][0]["url"]
        self.sent[url] = time.perf_counter()
        await self.load.brand.post("/v1/reports", body)

    async def claim(self, reviewer: str) -> None:
        bench = Workbench(self.load.benches[0].api, "vendor")
        while True:
            for task in await bench.claim(reviewer, most=10, lease_seconds=600, wait=5):
                self.claimed[task["listing"]["url"]] = time.perf_counter()
                self.news.set()

    async def settled(self, count: int) -> None:
        while len(self.claimed) < count:
            self.news.clear()
            await self.news.wait()

    def waits(self, since: int = 0) -> list[float]:
        return [self.claimed[url] - sent for url, sent in list(self.sent.items())[since:]]


@dataclass(frozen=True)
class _Waits:
    """Seconds from filing to claiming: one at a time, many a second, and many whose listings are known and captured."""

    alone: list[float]
    loaded: list[float]
    captured: list[float]


async def _measure(platform: LivePlatform) -> _Waits:
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=200)) as session:
        load = Load(platform, session)
        await load.make_right()
        watch = _Watch(load)
        claimers = [asyncio.create_task(watch.claim(f"bench-{n}")) for n in range(CLAIMERS)]
        for number in range(ALONE):
            await watch.file(number)
            await watch.settled(number + 1)
        alone = watch.waits()
        loaded = await _loaded(watch, ALONE)
        await _make_known(load, range(ALONE + REPORTS, ALONE + 2 * REPORTS))
        captured = await _loaded(watch, ALONE + REPORTS)
        for claimer in claimers:
            claimer.cancel()
        await asyncio.gather(*claimers, return_exceptions=True)
        return _Waits(alone, loaded, captured)


async def _make_known(load: Load, numbers: range) -> None:
    told = [item for number in numbers for item in told_of(report_body(load.right_id, number))]
    await load.operator.post("/v1/listings", {"listings": told})


async def _loaded(watch: _Watch, first: int) -> list[float]:
    began = time.perf_counter()
    filings = []
    for number in range(REPORTS):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        filings.append(asyncio.create_task(watch.file(first + number)))
    await asyncio.gather(*filings)
    await asyncio.wait_for(watch.settled(first + REPORTS), 120)
    return watch.waits(since=first)


async def run() -> list[dict[str, Any]]:
    """The rows of the table, in milliseconds: under load, and with one report at a time, the sum of its parts alone.

    And what it adds that a listing is known, so that a capture of it is made, told of and shown.
    """
    with tempfile.TemporaryDirectory() as folder:
        platform = await asyncio.to_thread(start_platform, Path(folder) / "home")
        try:
            waits = await _measure(platform)
        finally:
            await asyncio.to_thread(platform.stop)
    rows = []
    for name, share in (("p50", 50), ("p99", 99)):
        ours, captured, peer = (_share(seconds, share) for seconds in (waits.loaded, waits.captured, waits.alone))
        path = f"filed to claimed at {RATE}/s, {name}, ms"
        rows.append({"path": path, "ours": ours, "peer": peer, "ratio": ours / peer, "goal": "<= 2.00"})
        path = f"filed to claimed at {RATE}/s, what a capture adds, {name}, ms"
        added = captured - ours
        rows.append({"path": path, "ours": added, "peer": peer, "ratio": added / peer, "goal": "<= 0.10"})
    return rows


def _share(seconds: list[float], share: int) -> float:
    return statistics.quantiles(seconds, n=100)[share - 1] * 1000
