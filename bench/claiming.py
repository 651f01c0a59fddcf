"""Claim and judge against two task queues on the same server: 32 claimers, 100,000 and 1,000,000 pending.

Ours does the whole job: the claim with its audit row, the packet with clauses in force, the judgement under its lease,
the decision, the request to the marketplace and every event in the outbox, durably. It is called where the
HTTP endpoint calls it (`WorkCoalescer`), as the peers are libraries too. The slices are taken in turn; the figures are
medians.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import orjson

from bench.ceilings.claiming import POOL, Peer, pgqueuer_with, procrastinate_with
from deploy.local.postgres import Postgres
from services.review.decisions.answers import Answer
from services.review.decisions.judgements import JudgeRequest
from services.review.policies.built_in import load_pack
from services.review.settings import Settings
from services.review.tasks.claims import ClaimRequest
from services.review.work.endpoints.coalescer import KeyedClaim, KeyedJudgements, WorkCoalescer, open_coalescer
from services.review.work.endpoints.judgements import JudgementIn, results_response
from shared.contracts.codes import Outcome, ReasonCode
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.clock import SystemClock
from shared.runtime.collector import nothing_old_to_search
from shared.runtime.database import Database, service_url
from shared.runtime.evidence_links import EvidenceLinks
from shared.runtime.ids import new_id
from shared.runtime.migrate import migrate

CLAIMERS = int(os.environ.get("BENCH_CLAIMERS", "32"))
SLICE_SECONDS = float(os.environ.get("BENCH_SLICE_SECONDS", "2"))
SLICES = int(os.environ.get("BENCH_SLICES", "5"))
SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100000,1000000").split(",")]
GOALS = {1: 2.2, 10: 0.6}
"""Of the better peer, by tasks of a claim. What the peers finish leaves no packet, judgement, decision or event."""

BATCHES = tuple(GOALS)
_BATCHES = ("batch_size", "batches_at_once")

# Tasks, items and places in the queue as reports would make them, only faster. Ids are TypeIDs in the series' order.
_SEED = """
WITH made AS (
    INSERT INTO tasks (id, marketplace, listing_id, right_id, right_key, right_type, language, severity, due_at, state,
                       round, version, listing, right_snapshot, findings, notes, created_at, updated_at)
    SELECT 'tsk_' || lpad(to_hex(n), 26, '0'), 'shop', n::text, $2, $2, 'trademark', 'en', 'p2',
           now() + n * interval '1 millisecond' + interval '1 day', 'pending', 1, 2,
           json_build_object('marketplace', 'shop', 'listing_id', n::text, 'url', 'https://shop.example/item/' || n,
                              'media_type', 'listing'),
           $3::text::json, '[]', '[]', now(), now()
    FROM generate_series($4::int, $5::int) n RETURNING id, due_at
), hung AS (
    INSERT INTO task_items (item_id, task_id, report_id, account_id, thing, severity, due_at)
    SELECT 'itm_' || right(id, 26), id, 'rep_' || right(id, 26), $1,
           json_build_object(
               'report_id', 'rep_' || right(id, 26), 'item_id', 'itm_' || right(id, 26), 'account_id', $1::text,
               'claim', 'counterfeit', 'legal_basis', 'dsa', 'part', 'whole',
               'explanation', 'The goods carry the mark and the owner never made them.', 'evidence', '[]'::json,
               'markets', '["DE", "FR"]'::json, 'submitted_at', now()
           ), 'p2', due_at
    FROM made
)
INSERT INTO waiting (task_id, queue, severity, due_at, since, fresh, marketplace)
SELECT id, 'trademark.en.p2', 'p2', due_at, now(), true, 'shop' FROM made
"""


class Ours:
    """Marque's review service, without HTTP."""

    name = "marque"

    def __init__(self, coalescer: WorkCoalescer) -> None:
        self._coalescer = coalescer
        self._account = new_id(AccountId)

    async def work(self, claimer: int, batch: int) -> int:
        wish = ClaimRequest(self._account, f"r-{claimer}", batch, 600, None, None)
        response = await self._coalescer.claim(KeyedClaim(wish, None, last=True), wait_seconds=0)
        tasks = orjson.loads(response.body)["tasks"]
        if tasks:
            given = [_judgement(task) for task in tasks]
            requests = [self._request(one) for one in given]
            respond = partial(results_response, given)
            await self._coalescer.judge(KeyedJudgements(requests, None, respond))
        return len(tasks)

    def _request(self, given: JudgementIn) -> JudgeRequest:
        answer = Answer(given.outcome, given.code, tuple(given.clauses), given.note, given.seconds_spent)
        fence = self._coalescer.fence_of(given.task_id, given.lease_token)
        return JudgeRequest(given.task_id, self._account, fence, answer, None)


def _judgement(task: dict[str, Any]) -> JudgementIn:
    """Return the answer as the endpoint has it by then: read and found sound."""
    return JudgementIn.model_construct(
        task_id=TaskId(task["id"]), lease_token=task["lease"]["token"], outcome=Outcome.ACCEPT,
        code=ReasonCode.A_COUNTERFEIT, clauses=["TM-1.1"], seconds_spent=30,
    )  # fmt: skip


def _right(account: str) -> str:
    right = {
        "id": "rgt_00000000000000000000000001", "version": 3, "account_id": account, "type": "trademark",
        "title": "ACME", "state": "verified", "owner": {"name": "Acme GmbH", "country": "DE"},
        "territories": ["EU"], "office": "EUIPO",
        "registration_number": "018012345", "nice_classes": [25], "details": {"mark_type": "word", "mark_text": "ACME"},
    }  # fmt: skip
    return json.dumps(right)


@asynccontextmanager
async def ours_with(server: str, size: int) -> AsyncIterator[Ours]:
    """Our review service with this many tasks pending, on a database of its own."""
    await migrate("review", server)
    url = service_url(server, "review")
    database = Database(url, service="review", pool_size=POOL)
    await database.open()
    account = new_id(AccountId)
    async with database.direct() as connection:
        await load_pack(connection, clock=SystemClock().now)
    for start in range(1, size + 1, 50_000):
        async with database.pool.acquire() as connection:
            last = min(start + 49_999, size)
            values = (account, "rgt_00000000000000000000000001", _right(account), start, last)
            await connection.execute(_SEED, *values, timeout=600)
    async with database.pool.acquire() as connection:
        await connection.execute("VACUUM ANALYZE", timeout=600)
    service: Any = SimpleNamespace(
        database=database,
        settings=SimpleNamespace(**{name: Settings.model_fields[name].default for name in _BATCHES}),
        clock=SystemClock(),
        cursor_key=b"k" * 32,
    )
    async with open_coalescer(
        service, EvidenceLinks(b"k" * 32, public_url="http://127.0.0.1", seconds=300)
    ) as coalescer:
        with nothing_old_to_search():
            yield Ours(coalescer)
    await database.close()


async def rate(peer: Peer, batch: int, seconds: float = SLICE_SECONDS) -> float:
    """Tasks claimed and finished a second by all claimers together."""
    began = time.perf_counter()
    done = 0

    async def claimer(n: int) -> None:
        nonlocal done
        while time.perf_counter() - began < seconds:
            finished = await peer.work(n, batch)
            done += finished

    await asyncio.gather(*(claimer(n) for n in range(CLAIMERS)))
    return done / (time.perf_counter() - began)


async def _fresh(server: str, name: str) -> str:
    connection = await asyncpg.connect(server + "/postgres")
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    if name != "marque_review":  # which the migration makes, with its owner
        await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"{server}/{name}"


@asynccontextmanager
async def _contestants(server: str, size: int) -> AsyncIterator[tuple[Ours, list[Peer]]]:
    async with AsyncExitStack() as stack:
        await _fresh(server, "marque_review")
        ours = await stack.enter_async_context(ours_with(server, size))
        peers = [
            await stack.enter_async_context(procrastinate_with(await _fresh(server, "bench_procrastinate"), size)),
            await stack.enter_async_context(pgqueuer_with(await _fresh(server, "bench_pgqueuer"), size)),
        ]
        yield ours, peers


async def _in_turn(contestants: list[Any], batch: int) -> dict[str, float]:
    for contestant in contestants:
        await rate(contestant, batch, 0.5)
    figures: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(SLICES):
        for contestant in contestants:
            figures[contestant.name].append(await rate(contestant, batch))
    return {name: statistics.median(values) for name, values in figures.items()}


@asynccontextmanager
async def _old_snapshot(url: str) -> AsyncIterator[None]:
    """A session that looks at the past, as a long report or a forgotten transaction does."""
    connection = await asyncpg.connect(url)
    await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM policies")
    try:
        yield
    finally:
        await connection.close()


def _row(path: str, ours: float, peer: float, goal: float, against: str) -> dict[str, Any]:
    return {
        "path": path, "ours": round(ours, 1), "peer": round(peer, 1), "ratio": round(ours / peer, 2), "goal": goal,
        "unit": "tasks/s", "against": against,
    }  # fmt: skip


async def run() -> list[dict[str, Any]]:
    """The rows of the table."""
    rows: list[dict[str, Any]] = []
    rates: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="marque-bench-") as folder:
        async with Postgres(Path(folder) / "postgres") as postgres:
            for size in SIZES:
                async with _contestants(postgres.url, size) as (ours, peers):
                    for batch in BATCHES:
                        found = await _in_turn([ours, *peers], batch)
                        best = max(peers, key=lambda peer: found[peer.name]).name
                        path = f"claim and judge, {size:,} pending, {batch} a claim"
                        against = f"{best} ({', '.join(f'{p.name} {found[p.name]:.0f}' for p in peers)})"
                        rows.append(_row(path, found["marque"], found[best], GOALS[batch], against))
                        if batch == 1:
                            rates[size] = found["marque"]
                    if size == max(SIZES):
                        rows.append(await _behind_old_snapshot(postgres.url, ours))
    small, large = min(SIZES), max(SIZES)
    if small != large:
        path = f"claim and judge, {large:,} against {small:,} pending"
        rows.append(_row(path, rates[large], rates[small], 0.8, f"itself at {small:,}"))
    return rows


async def _behind_old_snapshot(server: str, ours: Ours) -> dict[str, Any]:
    """In turn with the snapshot held, where dead rows pile up for as long as the slice lasts, and without."""
    url = service_url(server, "review")
    held, free = [], []
    for _ in range(SLICES):
        free.append(await rate(ours, 1))
        async with _old_snapshot(url):
            await rate(ours, 10, SLICE_SECONDS)  # dead rows to begin with
            held.append(await rate(ours, 1))
    path = "claim and judge, an old snapshot held open"
    return _row(path, statistics.median(held), statistics.median(free), 0.5, "itself without")


if __name__ == "__main__":
    for line in asyncio.run(run()):
        json.dump(line, sys.stdout)
        print()
