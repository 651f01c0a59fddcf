"""Filing a report beside the least code that could do it: 32 connections, one worker each, one durable PostgreSQL.

Ours does the whole job: identity, validation, the right, every finding, duplicates, the idempotency key, report, item,
timeline and event, and its relay publishes to a durable broker meanwhile. Load comes from wrk in a process of its own
(from a Python process where there is no wrk), the same for both; the slices are taken in turn, the figures are medians.
"""

import asyncio
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from bench.ceilings.filing import SCHEMA
from bench.loading import CONNECTIONS, served
from deploy.local.nats import NatsServer
from deploy.local.postgres import Postgres
from shared.contracts.codes import AccountKind, Scope
from shared.contracts.ids import AccountId, ClientId
from shared.runtime import identity
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from shared.runtime.migrate import migrate
from tests.running import write_keys

SLICE_SECONDS = int(os.environ.get("BENCH_SLICE_SECONDS", "4"))
SLICES = int(os.environ.get("BENCH_SLICES", "7"))
RIGHTS = 20
BOUNDED = ("--http", "shared.runtime.http_protocol:BoundedProtocol")
GOAL = 0.6

RIGHT = {
    "type": "trademark", "title": "ACME", "mark_text": "ACME", "mark_type": "word", "office": "EUIPO",
    "registration_number": "018012345", "owner": {"name": "Acme GmbH", "country": "DE"}, "nice_classes": [25],
    "registered_on": "2020-01-02", "expires_on": "2050-01-02", "territories": ["EU"],
}  # fmt: skip
REPORT = {
    "right_id": "RIGHT", "claim": "counterfeit", "reference": "CASE-1042", "language": "en", "markets": ["DE", "FR"],
    "items": [{"url": "https://shop.example/item/LISTING", "media_type": "listing", "part": "whole"}],
    "explanation": "The mark is on the sole, and none of our factories makes this shoe.", "legal_basis": "dsa",
    "statements": {"good_faith": True, "accuracy": True, "perjury": True}, "signature": "Ada Example",
    "contact": {"name": "Ada Example", "email": "ada@brand.example"},
}  # fmt: skip

BODY = json.dumps(REPORT)

# Every request has a listing and a key of its own; the rights take turns.
_LUA = """
local rights = {%(rights)s}
local body = [[%(body)s]]
local count = 0
local thread_id = 0
local threads = 0
function setup(thread) threads = threads + 1; thread:set("thread_id", threads) end
function request()
  count = count + 1
  local listing = "%(slice)s-" .. thread_id .. "-" .. count
  local sent = body:gsub("RIGHT", rights[count %% #rights + 1]):gsub("LISTING", listing)
  return wrk.format("POST", "/v1/reports", {
    ["Content-Type"] = "application/json", ["%(header)s"] = "%(token)s", ["Idempotency-Key"] = listing
  }, sent)
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %%d %%d %%d %%d\\n", summary.requests, summary.duration,
           e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Slice:
    """The result of one slice of load."""

    rate: float
    p99_ms: float


@dataclass
class Target:
    """One of the two: where it listens, and who files which rights there."""

    name: str
    port: int
    rights: list[str]
    caller: identity.Caller
    key: Any
    taken: int = 0

    async def load(self, seconds: int) -> Slice:
        """Send reports for this long."""
        self.taken += 1
        token = identity.sign(self.caller, audience="intake", key=self.key, clock=SystemClock())
        values = {
            "rights": ", ".join(f'"{right}"' for right in self.rights), "body": BODY,
            "slice": f"{self.name[:1]}{self.taken}", "header": identity.HEADER, "token": token,
        }  # fmt: skip
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(_LUA % values)
            script.flush()
            command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", script.name]
            if shutil.which("wrk") is None:
                command = [sys.executable, "-m", "bench.filing", json.dumps({**values, "seconds": seconds})]
            process = await asyncio.create_subprocess_exec(
                *command, f"http://127.0.0.1:{self.port}", stdout=asyncio.subprocess.PIPE
            )
            output, _ = await process.communicate()
        found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", output.decode())
        if found is None or int(found[3]):
            raise RuntimeError(f"{self.name}: {output.decode()[-2000:]}")
        return Slice(int(found[1]) / int(found[2]) * 1e6, int(found[4]) / 1e3)


async def _rights(port: int, brand: identity.Caller, operator: identity.Caller, key: Any) -> list[str]:
    """Verified rights of the brand's."""

    def header(caller: identity.Caller) -> dict[str, str]:
        return {identity.HEADER: identity.sign(caller, audience="intake", key=key, clock=SystemClock())}

    ids = []
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", raise_for_status=True) as session:
        for _ in range(RIGHTS):
            async with session.post("/v1/rights", json=RIGHT, headers=header(brand)) as answer:
                right = await answer.json()
            async with session.post(f"/v1/rights/{right['id']}/verify", headers=header(operator)):
                ids.append(right["id"])
    return ids


async def served_marque(stack: AsyncExitStack, folder: Path, postgres: Postgres) -> Target:
    key = write_keys(folder)
    scopes = frozenset(scope.value for scope in Scope)
    brand = identity.Caller(new_id(ClientId), new_id(AccountId), AccountKind.BRAND, scopes)
    operator = identity.Caller(new_id(ClientId), new_id(AccountId), AccountKind.MARKETPLACE, scopes)
    nats = await stack.enter_async_context(NatsServer(folder / "nats", sync_always=True))
    await migrate("intake", postgres.url)
    environment = {
        "MARQUE_DATABASE_URL": postgres.url, "MARQUE_NATS_URL": nats.url, "MARQUE_LOG_LEVEL": "WARNING",
        "MARQUE_IDENTITY_JWKS": str(folder / "identity.jwks.json"),
        "MARQUE_EVIDENCE_LINK_KEY": str(folder / "evidence_links"), "MARQUE_EVIDENCE_URL": str(folder / "evidence"),
    }  # fmt: skip
    port = await stack.enter_async_context(served("services.intake.app:app", environment, options=BOUNDED))
    return Target("marque", port, await _rights(port, brand, operator, key), brand, key)


async def _ceiling(stack: AsyncExitStack, postgres: Postgres, marque: Target) -> Target:
    admin = await asyncpg.connect(postgres.url + "/postgres")
    await admin.execute("CREATE DATABASE filing_ceiling")
    await admin.close()
    url = postgres.url + "/filing_ceiling"
    connection = await asyncpg.connect(url)
    await connection.execute(SCHEMA)
    await connection.close()
    port = await stack.enter_async_context(served("bench.ceilings.filing:app", {"BENCH_CEILING_URL": url}))
    return Target("ceiling", port, marque.rights, marque.caller, marque.key)


async def send(values: Mapping[str, Any], url: str) -> None:
    """The load of the wrk script, for machines without wrk."""
    rights = [right.strip(' "') for right in values["rights"].split(",")]
    loop = asyncio.get_running_loop()
    began = loop.time()
    took: list[float] = []
    wrong = 0

    async def connection(session: aiohttp.ClientSession, number: int) -> None:
        nonlocal wrong
        while loop.time() - began < values["seconds"]:
            listing = f"{values['slice']}-{number}-{len(took)}"
            body = values["body"].replace("RIGHT", rights[len(took) % len(rights)]).replace("LISTING", listing)
            headers = {
                "Content-Type": "application/json", values["header"]: values["token"], "Idempotency-Key": listing,
            }  # fmt: skip
            sent = loop.time()
            async with session.post(url + "/v1/reports", data=body, headers=headers) as answer:
                await answer.read()
                wrong += answer.status != 201
            took.append(loop.time() - sent)

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for number in range(CONNECTIONS):
            group.create_task(connection(session, number))
    seconds = loop.time() - began
    p99 = statistics.quantiles(took, n=100)[-1]
    print(f"RESULT {len(took)} {int(seconds * 1e6)} {wrong} {int(p99 * 1e6)}")


async def run() -> list[dict[str, Any]]:
    """Reports a second, ours and the ceiling's."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = await stack.enter_async_context(Postgres(folder / "postgres"))
        marque = await served_marque(stack, folder, postgres)
        ceiling = await _ceiling(stack, postgres, marque)
        for target in (marque, ceiling):
            await target.load(2)
        pairs = [(await marque.load(SLICE_SECONDS), await ceiling.load(SLICE_SECONDS)) for _ in range(SLICES)]
    ours, peers = ([pair[side] for pair in pairs] for side in (0, 1))
    if "BENCH_DETAILS" in os.environ:
        for one, other in pairs:
            print(f"{one.rate:8.0f} {one.p99_ms:6.1f} ms | {other.rate:8.0f} {other.p99_ms:6.1f} ms")
    rate, peer = (statistics.median(one.rate for one in side) for side in (ours, peers))
    ratio = statistics.median(one.rate / other.rate for one, other in pairs)
    return [
        {
            "path": f"file a report, {CONNECTIONS} connections (reports/s)",
            "ours": rate,
            "peer": peer,
            "ratio": ratio,
            "goal": GOAL,
        }
    ]


if __name__ == "__main__":
    asyncio.run(send(json.loads(sys.argv[1]), sys.argv[2]))
