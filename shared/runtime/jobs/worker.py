"""Does the jobs of a service: claims what is due, keeps its lease, and settles how it went."""

import asyncio
import contextlib
import logging
import random
import time
from datetime import datetime, timedelta
from typing import NamedTuple

from prometheus_client import Counter, Gauge
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime.away import is_away
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.jobs.declared import Job, Jobs, Kind, LeaseLost, Work
from shared.runtime.jobs.queue import Queue, enqueue
from shared.runtime.jobs.statements import STATE
from shared.runtime.loops import end, forever
from shared.runtime.retrying import until_through
from shared.runtime.statements import Query, Statement

_log = logging.getLogger(__name__)
_done = Counter("marque_jobs_done", "Jobs, or steps of them, that went well", ["kind"])
_failures = Counter("marque_job_failures", "Failures of jobs that are tried again", ["kind"])
_dead = Counter("marque_jobs_died", "Jobs that failed for the last time", ["kind"])
_waiting = Gauge("marque_jobs", "Jobs by kind and state: due, later, leased or dead", ["kind", "state"])
_oldest = Gauge("marque_jobs_oldest_seconds", "Age of the oldest job that is due, by kind", ["kind"])

POLL_SECONDS = 0.2
_IDLE_SECONDS = 2.0
"""Between two looks where nobody asks for work: all there is is done again and again."""

_PLAN_SECONDS = 60
_KEY = "again and again"
"""The key of a job that is done so: there is one of its kind."""

_LONGEST_PAUSE = 600.0
_LONGEST_PAUSE_OF_SWEEPS = 30.0
"""They are never dead, so that nobody can have one tried at once: it goes on soon after what was wrong is mended."""


class JobCount(NamedTuple):
    """How many jobs of a kind are in a state, and when the first of them is due."""

    kind: str
    state: str
    number: int
    oldest: datetime


_COUNT = Query(
    "count_jobs",
    f"""
SELECT kind, {STATE} AS state, count(*) AS number, min(due_at) AS oldest
FROM jobs GROUP BY 1, 2
""",
    JobCount,
)

# Of a release before or after this one, which makes its own again within a minute where it still runs.
_DROP_UNKNOWN = Statement(
    "drop_unknown_sweeps",
    "DELETE FROM jobs WHERE key = :key AND kind <> ALL(:kinds::text[]) AND (NOT leased OR due_at <= :now)",
)


async def measure(session: AsyncSession, jobs: Jobs, now: datetime) -> None:
    """Bring the gauges of depth and age up to date."""
    rows = await _COUNT.all(session, now=now)
    found = {(row.kind, row.state): row for row in rows}
    for kind in jobs.kinds:
        for state in ("due", "later", "leased", "dead"):
            _waiting.labels(kind, state).set(found[kind, state].number if (kind, state) in found else 0)
        due = found.get((kind, "due"))
        _oldest.labels(kind).set((now - due.oldest).total_seconds() if due else 0)


class Worker:
    """One process's part in the jobs of a service.

    Args:
        at_once: how many jobs are under way at a time, of all kinds together.
        service: what the jobs find at `Work.service`.
    """

    def __init__(self, jobs: Jobs, database: Database, clock: Clock, *, at_once: int, service: object = None) -> None:
        self._declared = list(jobs.kinds)
        self._kinds = {name: kind for name, kind in jobs.kinds.items() if jobs.at_once.get(name) != 0}
        self._most = jobs.at_once
        self._database = database
        self._service = service
        self._clock = clock
        self._at_once = at_once
        self._queue = Queue(database, self._kinds)
        self._under_way: dict[asyncio.Task[None], Kind] = {}
        self._again = [kind for kind in self._kinds.values() if kind.every is not None]
        self._pause_seconds = _IDLE_SECONDS if len(self._again) == len(self._kinds) else POLL_SECONDS
        self._planned_at = float("-inf")

    async def run(self) -> None:
        """Work until cancelled; then what is under way is given back."""
        if not self._kinds:
            return
        try:
            await forever("jobs", self._step, pause=self._pause)
        finally:
            await end(self._under_way)

    async def _step(self) -> bool:
        await self._plan()
        kinds = self._free_kinds()
        if not kinds:
            return False
        job = await self._queue.claim(kinds, self._clock.now())
        if job is None:
            return False
        kind = self._kinds[job.kind]
        task = asyncio.create_task(self._do(kind, job))
        self._under_way[task] = kind
        task.add_done_callback(self._under_way.pop)
        return True

    async def _pause(self) -> None:
        """Until the next look, or until one that is under way has ended."""
        waiting = asyncio.create_task(asyncio.sleep(self._pause_seconds))
        try:
            await asyncio.wait([waiting, *self._under_way], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()

    async def _plan(self) -> None:
        """Have a job of each kind that is done again and again, also where somebody took it away."""
        if time.monotonic() - self._planned_at < _PLAN_SECONDS:
            return
        await _DROP_UNKNOWN.run(self._database.pool, key=_KEY, kinds=self._declared, now=self._clock.now())
        for kind in self._again:
            now = self._clock.now()
            await enqueue(self._database.pool, kind.name, {}, key=_KEY, priority=kind.priority, now=now)
        self._planned_at = time.monotonic()

    def _free_kinds(self) -> list[str]:
        if len(self._under_way) >= self._at_once:
            return []
        busy = [kind.name for kind in self._under_way.values()]
        return [kind for kind in self._kinds if busy.count(kind) < self._most.get(kind, self._at_once)]

    async def _do(self, kind: Kind, job: Job) -> None:
        """Do one job, hold its lease meanwhile, and note at the job what went wrong."""
        doing = asyncio.create_task(self._worked(kind, job))
        beating = asyncio.create_task(self._beat(kind, job))
        try:
            await asyncio.wait([doing, beating], return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                await end([doing])  # it was cancelled, or is another's by now
            elif error := doing.exception():
                await self._note(kind, job, error)
            else:
                _done.labels(kind.name).inc()
        except asyncio.CancelledError:
            await end([doing])
            with contextlib.suppress(Exception):  # else its lease runs out
                await self._queue.give_back(job, self._clock.now())
            raise
        finally:
            await end([beating])

    async def _worked(self, kind: Kind, job: Job) -> None:
        async def work() -> None:
            await kind.work(Work(job, self._database, self._clock, self._service))

        try:
            await until_through(work, boundary="job")
        except LeaseLost:
            _log.info("the job %s (%s) was cancelled, or is another worker's", job.id, kind.name)

    async def _beat(self, kind: Kind, job: Job) -> None:
        """Hold the lease; return once it is lost."""
        while True:
            await asyncio.sleep(kind.lease.total_seconds() / 3)
            try:
                if not await self._queue.beat(job, self._clock.now() + kind.lease):
                    return
            except Exception as error:
                if not is_away(error):
                    raise

    async def _note(self, kind: Kind, job: Job, error: BaseException) -> None:
        """Write down that it failed. Where the database is away, the lease runs out, and it is tried again so."""
        now = self._clock.now()
        longest = _LONGEST_PAUSE if kind.every is None else _LONGEST_PAUSE_OF_SWEEPS
        pause = min(2.0 ** min(job.tries - 1, 10) * random.uniform(0.8, 1.2), longest)  # noqa: S311
        again_at = now + timedelta(seconds=pause)
        words = f"{type(error).__name__}: {error}".replace("\0", "\N{REPLACEMENT CHARACTER}")
        _failures.labels(kind.name).inc()
        dead = False
        try:
            if is_away(error):
                await self._queue.give_back(job, again_at)
            else:
                dead = await self._queue.failed(job, words, tries=kind.tries, again_at=again_at, now=now)
        except Exception as failure:
            if not is_away(failure):
                raise
        if dead:
            _dead.labels(kind.name).inc()
            _log.error("the job %s (%s) is dead after %d tries", job.id, kind.name, job.tries, exc_info=error)
        else:
            _log.warning("the job %s (%s) failed and is tried again", job.id, kind.name, exc_info=error)
