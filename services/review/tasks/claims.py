"""Claiming: the most pressing tasks that wait go to whoever asks, each to one reviewer only.

The requests of all callers of this process that are there at the same moment are one statement (see `coalescing`). It
takes rows out of `waiting` past those that another process has locked, puts them into `holds` under new fences, writes
the audit, tells of each task that is taken up for the first time in its round, and reads the packets. The task rows are
read, not written.

Claimed rows leave dead entries at the head of the index, which cannot be cleared while any session holds an old
snapshot, and every claim would have to step over all of them. The same is true of the tasks of marketplaces that a
vendor may not work on, for which there is a cursor of its own. So each cursor remembers how far it has claimed and
starts there. That memory is a hint: new work announces its place and moves it back, it is dropped every second and
whenever a cursor seems empty, so what lies before it is found a moment later at worst.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson

from services.review.policies.clauses import ClauseCache, PublishedVersion
from services.review.tasks import lease_statements as statements
from services.review.tasks.lease_statements import ClaimedRow
from services.review.tasks.leases import free_expired
from services.review.tasks.packets import ClaimedTask, packet_of
from shared.contracts.events import TaskClaimed
from shared.contracts.ids import AccountId, EventId, TaskId
from shared.runtime import outbox
from shared.runtime.ids import new_id
from shared.runtime.statements import Executor

Place = tuple[str, datetime, str]
"""Severity, due time, task: the order in which work is given out."""

_FIRST: Place = ("", datetime(1970, 1, 1, tzinfo=UTC), "")
_LOOK_AGAIN_SECONDS = 1.0
_SLOW_LOOK = 0.05
_LOOK_SHARE = 20.0
MOST_CURSORS = 256
_STATEMENTS = {  # by whether a queue is named, and whether marketplaces are
    (False, False): statements.CLAIM,
    (True, False): statements.CLAIM_OF_QUEUE,
    (False, True): statements.CLAIM_OF_MARKETPLACES,
    (True, True): statements.CLAIM_OF_QUEUE_OF_MARKETPLACES,
}
Work = tuple[str | None, frozenset[str] | None]
"""The scope of a claim: one queue or all, and these marketplaces or all."""


@dataclass(frozen=True)
class ClaimRequest:
    """One caller's wish for work."""

    account_id: AccountId
    reviewer: str
    most: int
    lease_seconds: int
    queue: str | None
    trace: str | None
    marketplaces: frozenset[str] | None = None
    """The only ones whose tasks this caller may have; none: all."""

    @property
    def work(self) -> Work:
        return self.queue, self.marketplaces


@dataclass
class ClaimCursor:
    """How far one order of work has been claimed by this process, and when it was last looked at from its start."""

    low: Place
    looked_at: float = float("-inf")
    look_again_at: float = float("-inf")


@dataclass
class ClaimCursors:
    """The cursors of this process: of the orders of work that were claimed last, for callers name queues at will.

    `elapsed` is a stopwatch, in seconds. A cursor that was forgotten begins at its start again.
    """

    elapsed: Callable[[], float]
    _cursors: OrderedDict[Work, ClaimCursor] = field(default_factory=OrderedDict)

    def of(self, work: Work) -> ClaimCursor:
        cursor = self._cursors.setdefault(work, ClaimCursor(_FIRST))
        self._cursors.move_to_end(work)
        while len(self._cursors) > MOST_CURSORS:
            self._cursors.popitem(last=False)
        return cursor

    def from_start(self, cursor: ClaimCursor, *, empty: bool) -> bool:
        """Return whether a claim begins at the cursor's start: now and then, and whenever nothing else is found."""
        at = self.elapsed()
        return at >= cursor.look_again_at and (empty or at - cursor.looked_at >= _LOOK_AGAIN_SECONDS)

    def looked(self, cursor: ClaimCursor, began: float) -> None:
        """Remember a look from the start. Where it took long, because much lies dead there, the next one can wait."""
        cursor.looked_at = self.elapsed()
        took = cursor.looked_at - began
        cursor.look_again_at = cursor.looked_at + took * _LOOK_SHARE if took > _SLOW_LOOK else cursor.looked_at

    def announce(self, place: Place | None) -> None:
        """New work came in at this place; None: unknown where, so look everywhere."""
        for cursor in self._cursors.values():
            before = _FIRST if place is None else (place[0], place[1] - timedelta(microseconds=1), "")
            cursor.low = min(cursor.low, before)

    def forget(self) -> None:
        """Start every cursor anew."""
        self._cursors.clear()


async def claim_tasks(
    connection: Executor,
    requests: Sequence[ClaimRequest],
    *,
    cursors: ClaimCursors,
    clause_cache: ClauseCache,
    now: datetime,
) -> list[list[ClaimedTask]]:
    """Give each request, in their order, up to as many tasks as it asks for."""
    rows: list[list[ClaimedRow]] = [[] for _ in requests]
    for work in dict.fromkeys(request.work for request in requests):
        wanted = [i for i, request in enumerate(requests) if request.work == work]
        await _serve(connection, requests, wanted, rows, cursors, now)
    if any(rows):
        outbox.wake()
    return [
        [
            _handed_over(
                row, await clause_cache.in_force(connection, row.right_type, row.policy_id, row.policy_version)
            )
            for row in found
        ]
        for found in rows
    ]


def _slots(slots: Sequence[ClaimRequest], now: datetime) -> str:
    """Return who gets the first row, who the second, and so on."""
    rows = [
        {
            "slot": n,
            "account_id": slot.account_id,
            "reviewer": slot.reviewer,
            "expires_at": now + timedelta(seconds=slot.lease_seconds),
            "event_id": new_id(EventId),
            "trace": slot.trace or "",
        }
        for n, slot in enumerate(slots, 1)
    ]
    return orjson.dumps(rows).decode()


def _handed_over(row: ClaimedRow, published: PublishedVersion | None) -> ClaimedTask:
    return ClaimedTask(TaskId(row.id), row.fence, row.expires_at, packet_of(row, published), published)


async def _serve(
    connection: Executor, requests: Sequence[ClaimRequest], wanted: Sequence[int], rows: list[list[ClaimedRow]],
    cursors: ClaimCursors, now: datetime,
) -> None:  # fmt: skip
    """Look where the cursor stands; if someone is left with nothing, from its start; then among what has expired."""
    work = requests[wanted[0]].work
    cursor = cursors.of(work)

    async def look(*, whole: bool) -> bool:
        slots = [(i, requests[i]) for i in wanted for _ in range(requests[i].most - len(rows[i]))]
        began = cursors.elapsed()
        low = _FIRST if whole else cursor.low
        found = await _take(connection, [request for _, request in slots], work, low, now)
        for row in found:
            rows[slots[row.slot - 1][0]].append(row)
        if whole:
            cursors.looked(cursor, began)
        if found:
            cursor.low = max((row.severity, row.due_at, row.id) for row in found)
        return all(rows[i] for i in wanted)

    whole = cursors.from_start(cursor, empty=False)
    served = await look(whole=whole)
    if not served and not whole and cursors.from_start(cursor, empty=True):
        served = await look(whole=True)
    if not served and await free_expired(connection, now=now):
        await look(whole=True)


async def _take(
    connection: Executor, slots: Sequence[ClaimRequest], work: Work, low: Place, now: datetime
) -> list[ClaimedRow]:
    queue, marketplaces = work
    bounds = {"severity": low[0]} if queue is None else {"queue": queue}
    own = {} if marketplaces is None else {"marketplaces": list(marketplaces)}
    return await _STATEMENTS[queue is not None, marketplaces is not None].all(
        connection,
        most=len(slots),
        slots=_slots(slots, now),
        now=now,
        now_text=now.isoformat().replace("+00:00", "Z"),
        type=TaskClaimed.name,
        due_at=low[1],
        task_id=low[2],
        **bounds,
        **own,
    )
