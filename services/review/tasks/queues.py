"""Where tasks wait: by right type, language and severity."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.contracts.codes import RightType, Severity

CHANNEL = "review_waiting"
"""The channel on which the database tells every replica that work has come in; the payload is its place."""

_PLACE = """
INSERT INTO waiting (task_id, queue, severity, due_at, since, fresh, marketplace)
SELECT t.id, t.right_type || '.' || t.language || '.' || t.severity, t.severity, t.due_at,
       CASE WHEN t.round = 1 THEN t.created_at ELSE t.updated_at END, $2, t.marketplace
FROM tasks t
WHERE t.id = ANY($1) AND t.state = 'pending' AND NOT EXISTS (SELECT FROM holds h WHERE h.task_id = t.id)
RETURNING severity, due_at, task_id
"""
_MOVE = """
UPDATE waiting w
SET queue = t.right_type || '.' || t.language || '.' || t.severity, severity = t.severity, due_at = t.due_at
FROM tasks t
WHERE w.task_id = ANY($1) AND t.id = w.task_id AND (w.severity <> t.severity OR w.due_at <> t.due_at)
RETURNING w.severity, w.due_at, w.task_id
"""

# Each step of the recursion finds the next queue's name in the index; each queue is then counted up to a bound.
_QUEUES = """
WITH RECURSIVE names AS (
    (SELECT queue FROM waiting ORDER BY queue LIMIT 1)
    UNION ALL
    SELECT (SELECT w.queue FROM waiting w WHERE w.queue > n.queue ORDER BY w.queue LIMIT 1)
    FROM names n WHERE n.queue IS NOT NULL
)
SELECT n.queue,
       (SELECT count(*) FROM (SELECT FROM waiting w WHERE w.queue = n.queue {own} LIMIT $1) counted) AS depth,
       (SELECT w.since FROM waiting w WHERE w.queue = n.queue {own} ORDER BY w.since LIMIT 1) AS oldest,
       (SELECT count(*) FROM (SELECT FROM waiting w WHERE w.queue = n.queue AND w.due_at <= $2 {own} LIMIT $1) s)
           AS due_soon
FROM names n WHERE n.queue IS NOT NULL ORDER BY n.queue
"""
_ALL_QUEUES = _QUEUES.format(own="")
_QUEUES_OF_MARKETPLACES = _QUEUES.format(own="AND w.marketplace = ANY($3)")


@dataclass(frozen=True)
class Queue:
    """How much waits in one queue. Counts stop at a bound; `counted_fully` says whether they got there."""

    name: str
    right_type: RightType
    language: str
    severity: Severity
    depth: int
    due_soon: int
    counted_fully: bool
    oldest_seconds: int


def queue_name(right_type: str, language: str, severity: str) -> str:
    """The queue of a task, such as `trademark.en.p2`."""
    return f"{right_type}.{language}.{severity}"


def language_of(tag: str) -> str:
    """The language a reviewer must read: the first subtag of a BCP 47 tag."""
    return tag.partition("-")[0].lower() or "und"


async def place(connection: Any, task_ids: Sequence[str], *, fresh: bool) -> None:
    """Let tasks wait that are pending and held by nobody. The caller has locked them."""
    if task_ids:
        await _call(connection, await connection.fetch(_PLACE, task_ids, fresh))


async def move(connection: Any, task_ids: Sequence[str]) -> None:
    """Put waiting tasks where their severity and due time now belong. The caller has locked them."""
    if task_ids:
        await _call(connection, await connection.fetch(_MOVE, task_ids))


async def _call(connection: Any, placed: Sequence[Any]) -> None:
    """Wake those who wait for work, once this transaction is committed."""
    if placed:
        first = min(tuple(row) for row in placed)
        payload = f"{first[0]} {first[1].isoformat()} {first[2]}"
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)


async def list_queues(
    connection: Any, *, now: datetime, due_soon_seconds: int, counted: int, marketplaces: Collection[str] | None = None
) -> list[Queue]:
    """Every queue in which something waits, counting only the tasks of these marketplaces; none: of all."""
    values: list[Any] = [counted, now + timedelta(seconds=due_soon_seconds)]
    if marketplaces is None:
        rows = await connection.fetch(_ALL_QUEUES, *values)
    else:
        rows = await connection.fetch(_QUEUES_OF_MARKETPLACES, *values, list(marketplaces))
    queues = []
    for row in rows:
        if not row["depth"]:
            continue
        right_type, language, severity = row["queue"].split(".")
        age = max(0, int((now - row["oldest"]).total_seconds()))
        queues.append(
            Queue(
                row["queue"],
                RightType(right_type),
                language,
                Severity(severity),
                row["depth"],
                row["due_soon"],
                row["depth"] < counted,
                age,
            )
        )
    return queues
