"""A capture with three pictures, beside reading and hashing the same three alone.

Both get them at once from a marketplace's server that answers as fast as a content network does, hash them, and keep
the files durably in the same store. Ours also looks into each file in a process of its own, and writes the capture:
its rows, its document with the hash, the event, and the item that it is for.
"""

import asyncio
import hashlib
import io
import os
import statistics
import tempfile
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp

from bench.preflight import started
from services.screening.captures import occasions
from services.screening.captures.capturing import COMPLETE_CAPTURE
from services.screening.captures.pictures.completing import complete
from services.screening.jobs import background
from services.screening.listings import storing
from services.screening.listings.listing_body import EXAMPLE, ListingIn
from shared.contracts.events import ListingCaptured
from shared.runtime.jobs import Work
from shared.runtime.jobs.queue import Queue
from shared.runtime.objects import Objects
from tests.libraries.documents.pictures import chunk, png
from tests.running import Running
from tests.services.runtime_outgoing.servers import Connection, ok, serving
from tests.services.screening.conftest import report

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
ONES = 20
PICTURES = 3
BYTES = 300_000
ANSWERS_AFTER = 0.03
"""Seconds: a content network near by."""


def _picture(number: int, which: int) -> bytes:
    """A photograph that no other capture shows, as far as a reader of its structure can tell."""
    noise = hashlib.shake_128(f"{number}/{which}".encode()).digest(BYTES)
    return png(chunk(b"IDAT", zlib.compress(noise, 0)), width=1000, height=1000)


@asynccontextmanager
async def _shop() -> AsyncIterator[str]:
    async def answer(connection: Connection) -> None:
        number, which = connection.path.strip("/").split("/")
        content = ok(_picture(int(number), int(which)))
        await asyncio.sleep(ANSWERS_AFTER)
        await connection.say(content)

    async with serving(answer) as server:
        yield server.url


async def _read(url: str, numbers: range, objects: Objects) -> float:
    """The median of the milliseconds in which three pictures are read, hashed and kept, without anything more."""
    took = []

    async def one(session: aiohttp.ClientSession, address: str) -> None:
        async with session.get(address) as answered:
            content = await answered.read()
        await objects.put(hashlib.sha256(content).hexdigest(), io.BytesIO(content))

    async with aiohttp.ClientSession() as session:
        for number in numbers:
            began = time.perf_counter()
            await asyncio.gather(*(one(session, f"{url}{number}/{which}") for which in range(PICTURES)))
            took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


async def _captured(running: Running, url: str, numbers: range) -> float:
    """The same, of a report's capture from its arrival to its end; a worker's look for jobs is not counted."""
    took = []
    queue = Queue(running.database, background.kinds)
    for number in numbers:
        images = [{"url": f"{url}{number}/{which}"} for which in range(PICTURES)]
        listing = ListingIn.model_validate({**EXAMPLE, "listing_id": f"l-{number}", "images": images})
        async with running.database.transaction() as session:
            await storing.store(session, [listing], now=running.service.clock.now())
        filed = report(f"l-{number}", submitted_at=running.service.clock.now())
        began = time.perf_counter()
        async with running.database.transaction() as session:
            await occasions.capture(session, [filed], [], now=running.service.clock.now())
        job = await queue.claim([COMPLETE_CAPTURE], running.service.clock.now())
        if job is None:
            raise RuntimeError("no job was asked for")
        work = Work(job, running.database, running.service.clock, running.service)
        await complete(work, running.service.resources.pictures)
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


async def run() -> list[dict[str, Any]]:
    """Milliseconds for one capture, and for reading its pictures."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = {"MARQUE_CAPTURE_ALLOW_LOOPBACK": "true", "MARQUE_CAPTURE_URL": str(folder / "captures")}
        stack.enter_context(mock.patch.dict(os.environ, settings))
        stack.enter_context(mock.patch.dict(background.at_once, {COMPLETE_CAPTURE: 0}))
        url = await stack.enter_async_context(_shop())
        running = await started(stack, "screening")
        objects = Objects(str(folder / "read"))
        pairs = []
        for number in range(ROUNDS + 1):
            first = number * 2 * ONES
            ours = await _captured(running, url, range(first, first + ONES))
            pairs.append((ours, await _read(url, range(first + ONES, first + 2 * ONES), objects)))
        told = await running.recorded(ListingCaptured)
        if len(told) != ONES * (ROUNDS + 1) or any(image.problem for event in told for image in event.images):
            raise RuntimeError("a capture lacks a picture")
    ours, peer = (statistics.median(pair[side] for pair in pairs[1:]) for side in (0, 1))
    ratio = statistics.median(own / other for own, other in pairs[1:])
    path = f"a capture with {PICTURES} pictures, beside reading and hashing them (ms)"
    return [{"path": path, "ours": ours, "peer": peer, "ratio": ratio, "goal": "<= 2.00"}]
