"""The coalescer of claims and judgements: it gathers what many reviewers ask at once into batches."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from starlette.responses import Response

from services.review.decisions.judgement_store import Judgement
from services.review.decisions.judgements import Answered, Busy, JudgeRequest, judge_tasks
from services.review.policies.clauses import ClauseCache
from services.review.tasks import lease_tokens
from services.review.tasks.accounts import ACCOUNTS_CHANNEL
from services.review.tasks.claims import ClaimCursors, ClaimRequest, claim_tasks
from services.review.tasks.packets import ClaimedTask, with_links
from services.review.tasks.queues import CHANNEL
from services.review.work import statements
from services.review.work.endpoints.stored_responses import first_answers, keep_answers
from shared.runtime.coalescing import Coalescer
from shared.runtime.errors import MarqueError, OutcomeUnknown
from shared.runtime.evidence_links import EvidenceLinks
from shared.runtime.idempotency import Key
from shared.runtime.loops import end
from shared.runtime.retrying import until_through
from shared.runtime.service import Service
from shared.runtime.statements import Query

_log = logging.getLogger(__name__)
_RECONNECT_SECONDS = 1.0


@dataclass(frozen=True)
class KeyedClaim:
    """A claim with its idempotency key.

    `last`: the caller waits no longer, so that an empty answer is the answer. `again`: it has found nothing before.
    """

    request: ClaimRequest
    key: Key | None
    last: bool
    again: bool = False


@dataclass(frozen=True)
class KeyedJudgements:
    """The answers of one request with its idempotency key. `respond` makes its response of what became of them."""

    requests: Sequence[JudgeRequest]
    key: Key | None
    respond: Callable[[Sequence[Answered]], Response | MarqueError]


@dataclass(frozen=True)
class Served:
    """The answer to a claim; `found`: whether there was work in it."""

    response: Response
    found: bool


class WorkCoalescer:
    """One for each process."""

    def __init__(self, service: Service, links: EvidenceLinks) -> None:
        self._service = service
        self._links = links
        self._cursors = ClaimCursors(elapsed=time.monotonic)
        self._clause_cache = ClauseCache()
        self._arrival = asyncio.Event()
        self._changes: Counter[str] = Counter()
        size, at_once = service.settings.batch_size, service.settings.batches_at_once
        self._most_tasks = size
        self._claims: Coalescer[KeyedClaim, Served] = Coalescer(
            self._claim_together, size=size, at_once=at_once, weight=_wanted
        )
        self._judgements: Coalescer[KeyedJudgements, Response] = Coalescer(
            self._judge_together, size=size, at_once=at_once, weight=_judged
        )
        self._busy: Coalescer[KeyedJudgements, Response] = Coalescer(self._judge_together, size=1, at_once=at_once)

    async def claim(self, claim: KeyedClaim, *, wait_seconds: int) -> Response:
        """Hand out work; where there is none, wait for it. Nothing is held in the database meanwhile.

        Where the account changes meanwhile, the answer is empty: it asks again, as what it is by then.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_seconds
        changes = self._changes[claim.request.account_id]
        while True:
            if self._changes[claim.request.account_id] != changes:
                return self._served([], self._service.clock.now()).response
            arrival = self._arrival
            left = until - loop.time()
            if claim.last != (left <= 0):
                claim = replace(claim, last=left <= 0)
            served = await self._claims.ask(claim)
            if served.found or left <= 0:
                return served.response
            claim = replace(claim, again=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(until - loop.time()):
                    await arrival.wait()

    async def judge(self, judgements: KeyedJudgements) -> Response:
        """Take answers to tasks; where someone else has one locked for this moment, wait for it alone."""
        try:
            return await self._judgements.ask(judgements)
        except Busy:
            return await self._busy.ask(judgements)

    def seal(self, task_id: str, fence: int) -> str:
        return lease_tokens.seal(self._service.cursor_key, task_id, fence)

    def fence_of(self, task_id: str, token: str) -> int | None:
        return lease_tokens.fence_of(self._service.cursor_key, task_id, token)

    async def _claim_together(self, claims: Sequence[KeyedClaim]) -> list[Served | Exception]:
        try:
            return await until_through(lambda: self._claim_once(claims), boundary="batch")
        except BaseException:
            self._cursors.forget()  # what was claimed is free again, and lies before where the cursors have got to
            raise

    async def _claim_once(self, claims: Sequence[KeyedClaim]) -> list[Served | Exception]:
        now = self._service.clock.now()
        granted: Sequence[Sequence[ClaimedTask]] = ()
        answers: list[Served | Exception] = []
        try:
            async with self._service.database.direct() as connection:
                first = await first_answers(connection, [claim.key for claim in claims])
                new = [claim for claim, answer in zip(claims, first, strict=True) if answer is None]
                granted = await claim_tasks(
                    connection,
                    _bounded(new, self._most_tasks),
                    cursors=self._cursors,
                    clause_cache=self._clause_cache,
                    now=now,
                )
                made = iter([self._served(tasks, now) for tasks in granted])
                answers = [next(made) if answer is None else _as_served(answer) for answer in first]
                kept = [
                    (claim.key, served.response)
                    for claim, served, answer in zip(claims, answers, first, strict=True)
                    if answer is None and isinstance(served, Served) and (served.found or claim.last)
                ]
                await keep_answers(connection, kept, now)
        except OutcomeUnknown as unknown:
            task = next((task for tasks in granted for task in tasks), None)
            if task is not None:
                await self._require_stored(unknown, statements.STORED_CLAIM, task_id=task.task_id, fence=task.fence)
        return answers

    async def _require_stored(self, unknown: OutcomeUnknown, question: Query[str], /, **parameters: object) -> None:
        """Return where the transaction was committed, by something that it would have stored.

        Raises what broke the connection where nothing was stored, and `OutcomeUnknown` where that cannot be seen.
        """
        if not await self._service.database.look_after(unknown, question, **parameters):
            raise unknown.__cause__ or unknown

    def _served(self, tasks: Sequence[ClaimedTask], now: datetime) -> Served:
        shown = [
            {
                **with_links(task.packet, self._links, now=now),
                "lease": {"token": self.seal(task.task_id, task.fence), "expires_at": task.expires_at},
            }
            for task in tasks
        ]
        in_force = {id(task.published): task.published for task in tasks if task.published is not None}
        clauses = [clause for published in in_force.values() for clause in published.shown]
        return Served(json_response({"tasks": shown, "clauses": clauses}), bool(tasks))

    async def _judge_together(self, judgements: Sequence[KeyedJudgements]) -> list[Response | Exception]:
        return await until_through(lambda: self._judge_once(judgements), boundary="batch")

    async def _judge_once(self, judgements: Sequence[KeyedJudgements]) -> list[Response | Exception]:
        now = self._service.clock.now()
        judged: Sequence[Sequence[Answered] | Busy] = ()
        answers: list[Response | Exception] = []
        try:
            async with self._service.database.direct() as connection:
                first = await first_answers(connection, [one.key for one in judgements])
                new = [one for one, answer in zip(judgements, first, strict=True) if answer is None]
                judged = await judge_tasks(
                    connection, [one.requests for one in new], clause_cache=self._clause_cache, now=now
                )
                made = iter(
                    [
                        answered if isinstance(answered, Busy) else one.respond(answered)
                        for one, answered in zip(new, judged, strict=True)
                    ]
                )
                answers = [next(made) if answer is None else answer for answer in first]
                kept = [
                    (one.key, answer)
                    for one, answer, earlier in zip(judgements, answers, first, strict=True)
                    if earlier is None and isinstance(answer, Response)
                ]
                await keep_answers(connection, kept, now)
        except OutcomeUnknown as unknown:
            stored = (one for group in judged if not isinstance(group, Busy) for one in group)
            made_one = next((one for one in stored if isinstance(one, Judgement)), None)
            if made_one is not None:
                await self._require_stored(unknown, statements.STORED_JUDGEMENT, id=made_one.id)
        return answers

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """Work has come in: look there, and wake whoever waits."""
        severity, due_at, task_id = str(payload).split(" ")
        self._cursors.announce((severity, datetime.fromisoformat(due_at), task_id))
        self._wake()

    def _hear_of_account(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._changes[str(payload)] += 1
        self._wake()

    def _wake(self) -> None:
        self._arrival.set()
        self._arrival = asyncio.Event()

    async def listen(self) -> None:
        """Hear of new work until cancelled; after every gap, look everywhere."""
        while True:
            try:
                connection = await asyncpg.connect(self._service.database.url)
                try:
                    lost = asyncio.Event()
                    connection.add_termination_listener(lambda _, lost=lost: lost.set())
                    await connection.add_listener(CHANNEL, self._hear)
                    await connection.add_listener(ACCOUNTS_CHANNEL, self._hear_of_account)
                    self._cursors.announce(None)
                    self._wake()
                    await lost.wait()
                finally:
                    connection.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                _log.warning("cannot listen for new work: %s", type(error).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)


def _as_served(answer: Response | MarqueError) -> Served | Exception:
    """An answer that was given before; where nothing was found then, nothing is found now."""
    return answer if isinstance(answer, MarqueError) else Served(answer, found=True)


def _wanted(claim: KeyedClaim) -> int:
    """Return how many tasks a claim may come to. Of the many that wait, and are woken by each new task, it is one."""
    return 1 if claim.again else claim.request.most


def _bounded(claims: Sequence[KeyedClaim], most: int) -> list[ClaimRequest]:
    """Return the requests of claims, and of those that waited for one task no more than fits into the transaction."""
    left = most - sum(_wanted(claim) for claim in claims)
    requests = []
    for claim in claims:
        request = claim.request
        if (wanted := _wanted(claim)) < request.most:
            more = min(request.most - wanted, max(left, 0))
            left -= more
            request = replace(request, most=wanted + more)
        requests.append(request)
    return requests


def _judged(judgements: KeyedJudgements) -> int:
    return max(1, len(judgements.requests))


def json_response(value: Any) -> Response:
    """An answer that is JSON already in parts."""
    body = orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z)
    return Response(body, media_type="application/json")


@asynccontextmanager
async def open_coalescer(service: Service, links: EvidenceLinks) -> AsyncIterator[WorkCoalescer]:
    """The coalescer of a running service."""
    coalescer = WorkCoalescer(service, links)
    listening = asyncio.create_task(coalescer.listen())
    try:
        yield coalescer
    finally:
        await end([listening])
