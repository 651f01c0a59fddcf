"""Importing 100,000 rows beside the least code that could do it, and the memory that the service takes for it.

Ours is the whole job, from the first byte of the upload to the commit of the last batch: rows checked and spooled,
every finding, duplicates, reports, items, timeline, events, progress, while the relay publishes to a durable broker.
The two are taken in turn, with new listings each time; the figures are medians.
"""

import asyncio
import csv
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from bench.filing import Target, served_marque
from bench.loading import listening
from deploy.local.postgres import Postgres
from shared.runtime import identity
from shared.runtime.clock import SystemClock
from shared.runtime.migrate import migrate_url

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
ROWS_OF_REPORT = 100
GOAL, GOAL_MEGABYTES = 0.5, 200
_PIECE = 65_536


def _defaults(right_id: str) -> dict[str, Any]:
    return {
        "right_id": right_id, "claim": "counterfeit", "language": "en", "markets": ["DE", "FR"], "legal_basis": "dsa",
        "explanation": "The mark is on the sole, and none of our factories makes this shoe.",
        "signature": "Ada Example",
        "statements": {"good_faith": True, "accuracy": True, "perjury": True},
        "contact": {"name": "Ada Example", "email": "ada@brand.example"},
    }  # fmt: skip


def write_rows(path: Path, name: str) -> None:
    """A file of rows that nobody has sent before."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["url", "reference"])
        for number in range(ROWS):
            writer.writerow([f"https://shop.example/item/{name}-{number}", f"CASE-{number // ROWS_OF_REPORT}"])


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


async def _sent(path: Path) -> AsyncIterator[bytes]:
    for piece in _pieces(path):
        yield piece


class Marque:
    """The service, and how a brand imports with it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._url = f"http://127.0.0.1:{target.port}/v1/imports"

    def _headers(self) -> dict[str, str]:
        token = identity.sign(self._target.caller, audience="intake", key=self._target.key, clock=SystemClock())
        return {identity.HEADER: token, "Content-Type": "text/csv"}

    async def load(self, path: Path) -> float:
        """Import a file; the seconds until every row is filed."""
        params = {"defaults": json.dumps(_defaults(self._target.rights[0]))}
        began = time.perf_counter()
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            async with session.post(self._url, params=params, data=_sent(path), headers=self._headers()) as answer:
                found = await answer.json()
            if "BENCH_DETAILS" in os.environ:
                print(f"upload {time.perf_counter() - began:.2f} s")
            while found["state"] != "completed":
                await asyncio.sleep(0.1)
                async with session.get(f"{self._url}/{found['id']}", headers=self._headers()) as answer:
                    found = await answer.json()
        if found["filed"] != ROWS:
            raise RuntimeError(f"not every row was filed: {found}")
        return time.perf_counter() - began


async def _ceiling(url: str, path: Path) -> float:
    command = [sys.executable, "-m", "bench.ceilings.imports", str(path), json.dumps(_defaults("right"))]
    environment = {**os.environ, "BENCH_CEILING_URL": url}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return float(output)


async def _ceiling_database(postgres: Postgres) -> str:
    admin = await asyncpg.connect(postgres.url + "/postgres")
    await admin.execute("CREATE DATABASE imports_ceiling")
    await admin.close()
    url = postgres.url + "/imports_ceiling"
    await migrate_url("intake", url)
    return url


@asynccontextmanager
async def _watched(port: int) -> AsyncIterator[list[float]]:
    """The most memory that the process listening here takes meanwhile, in megabytes."""
    process = listening(port)
    most = [0.0]

    async def watch() -> None:
        while True:
            most[0] = max(most[0], process.memory_info().rss / 1e6)
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    try:
        yield most
    finally:
        watching.cancel()


async def run() -> list[dict[str, Any]]:
    """Rows a second, ours and the ceiling's; and the peak of our memory."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = await stack.enter_async_context(Postgres(folder / "postgres"))
        target = await served_marque(stack, folder, postgres)
        marque, ceiling = Marque(target), await _ceiling_database(postgres)
        most = await stack.enter_async_context(_watched(target.port))
        pairs = []
        for number in range(ROUNDS):
            path = folder / "rows.csv"
            write_rows(path, f"r{number}")
            pairs.append((await marque.load(path), await _ceiling(ceiling, path)))
            if "BENCH_DETAILS" in os.environ:
                print(f"{pairs[-1][0]:8.2f} s | {pairs[-1][1]:8.2f} s | {most[0]:.0f} MB")
    ours, peer = (ROWS / statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(other / own for own, other in pairs)
    return [
        {
            "path": f"import {ROWS:,} rows (rows/s)",
            "ours": ours,
            "peer": peer,
            "ratio": ratio,
            "goal": f">= {GOAL:.2f}",
        },
        {
            "path": f"memory of the service while it imports {ROWS:,} rows (MB)",
            "ours": most[0],
            "peer": float(GOAL_MEGABYTES),
            "ratio": most[0] / GOAL_MEGABYTES,
            "goal": "<= 1.00",
        },
    ]
