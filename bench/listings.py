"""Listings in: through the API, beside a bare loop that copies the same rows; and one among many that are stored.

Both read the same bodies and write the same bytes, durably, a thousand rows a transaction; ours are sent four at a
time. Ours checks each listing, compares it with what is known, keeps it as a version beside the listing's own row, and
records the event that tells the others.
"""

import asyncio
import os
import statistics
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
import orjson

from bench.preflight import started
from services.screening.listings.listing_body import EXAMPLE
from shared.runtime.statements import Connection
from tests.running import Running

BATCH = 1000
BATCHES = int(os.environ.get("BENCH_BATCHES", "20"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
FEW, MANY = 10_000, 1_000_000
ONES = 300
AT_ONCE = 4
_NOW = datetime(2026, 11, 27, tzinfo=UTC)
_COPIED = ("marketplace", "listing_id", "version", "changed_at", "received_at", "content_hash", "content")
_TEXT = "New, in its box, with all papers; sent the same day from our own stock. " * 6
_FILL = """
WITH numbers AS (SELECT n FROM generate_series($1::bigint, $2::bigint) n), stored AS (
    INSERT INTO listings SELECT 'full.example', 'l-' || n, 1000000000 + n, 1, now(), sha256('') FROM numbers
) INSERT INTO listing_versions
SELECT 1000000000 + n, 'full.example', 'l-' || n, 1, now(), now(), sha256(''), $3 FROM numbers
"""


def _listing(number: int, **changes: Any) -> dict[str, Any]:
    return {**EXAMPLE, "listing_id": f"l-{number}", "description": _TEXT, **changes}


def _body(first: int) -> bytes:
    return orjson.dumps({"listings": [_listing(first + one) for one in range(BATCH)]})


async def _put(client: httpx.AsyncClient, body: bytes, status: str) -> None:
    answer = await client.post("/v1/listings", content=body, headers={"Content-Type": "application/json"})
    if {one["status"] for one in answer.json()["results"]} != {status}:
        raise RuntimeError(answer.text[:500])


async def _through_the_api(running: Running, first: int) -> float:
    """Listings a second. The bodies are there before the clock starts."""
    client = running.as_("marketplace")
    bodies = [_body(first + BATCH * number) for number in range(BATCHES)]
    turns = asyncio.Semaphore(AT_ONCE)

    async def put(body: bytes) -> None:
        async with turns:
            await _put(client, body, "created")

    began = time.perf_counter()
    await asyncio.gather(*map(put, bodies))
    return BATCH * BATCHES / (time.perf_counter() - began)


async def _copied(connection: Connection, first: int) -> float:
    """Rows a second of a loop that reads the same bodies as JSON and copies them."""
    bodies = [_body(first + BATCH * number) for number in range(BATCHES)]
    began = time.perf_counter()
    for body in bodies:
        rows = []
        for listing in orjson.loads(body)["listings"]:
            content = orjson.dumps(listing)
            rows.append((
                listing["marketplace"], listing["listing_id"], listing["version"], _NOW, _NOW,
                sha256(content).digest(), content.decode(),
            ))  # fmt: skip
        async with connection.transaction():
            await connection.copy_records_to_table("copied", records=rows, columns=_COPIED)
    return BATCH * BATCHES / (time.perf_counter() - began)


async def _one_at_a_time(running: Running, stored: int, version: int) -> float:
    """The median of the milliseconds that one changed listing takes."""
    client = running.as_("marketplace")
    took = []
    for number in range(ONES):
        listing = _listing(1 + number * stored // ONES, marketplace="full.example", version=version)
        body = orjson.dumps({"listings": [listing]})
        began = time.perf_counter()
        await _put(client, body, "updated")
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


async def run() -> list[dict[str, Any]]:
    """The rows of the table."""
    async with AsyncExitStack() as stack:
        running = await started(stack, "screening")
        async with running.database.pool.acquire() as connection:
            await connection.execute(
                "CREATE TABLE copied (LIKE listing_versions); "
                "ALTER TABLE copied DROP COLUMN number, DROP COLUMN earlier, DROP COLUMN looked_up"
            )
            await connection.execute("ALTER TABLE copied ADD PRIMARY KEY (marketplace, listing_id)")
        rounds = []
        async with running.database.pool.acquire() as connection:
            for number in range(ROUNDS + 1):
                first = 10_000_000 + number * BATCH * BATCHES
                rounds.append((await _through_the_api(running, first), await _copied(connection, first)))
            ones = {}
            content = orjson.dumps(_listing(1)).decode()
            for stored, version in ((FEW, 2), (MANY, 3)):
                await connection.execute(_FILL, 1 if stored == FEW else FEW + 1, stored, content)
                await connection.execute("VACUUM (ANALYZE) listings, listing_versions")
                ones[stored] = await _one_at_a_time(running, stored, version)
    ours, peer = (statistics.median(pair[side] for pair in rounds[1:]) for side in (0, 1))
    ratio = statistics.median(pair[0] / pair[1] for pair in rounds[1:])
    return [
        {"path": "listings in through the API, beside a COPY loop (rows/s)", "ours": ours, "peer": peer,
         "ratio": ratio, "goal": ">= 0.50"},
        {"path": f"one listing among {MANY:,}, beside among {FEW:,} (ms)", "ours": ones[MANY], "peer": ones[FEW],
         "ratio": ones[MANY] / ones[FEW], "goal": "<= 1.20"},
    ]  # fmt: skip
