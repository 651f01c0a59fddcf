"""Where tasks wait: by right type, language and severity."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.review.tasks import lease_statements as statements
from services.review.tasks.lease_statements import Placed
from shared.contracts.codes import RightType, Severity
from shared.runtime.statements import Executor
from shared.runtime.wake_signals import notify

CHANNEL = "review_waiting"
"""The channel on which the database tells every replica that work has come in; the payload is its place."""


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


async def place(connection: Executor, task_ids: Sequence[str], *, fresh: bool) -> None:
    """Let tasks wait that are pending and held by nobody. The caller has locked them."""
    if task_ids:
        await _call(connection, await statements.PLACE.all(connection, ids=task_ids, fresh=fresh))


async def move(connection: Executor, task_ids: Sequence[str]) -> None:
    """Put waiting tasks where their severity and due time now belong. The caller has locked them."""
    if task_ids:
        await _call(connection, await statements.MOVE.all(connection, ids=task_ids))


async def _call(connection: Executor, placed: Sequence[Placed]) -> None:
    """Wake those who wait for work, once this transaction is committed."""
    if placed:
        first = min(placed)
        payload = f"{first.severity} {first.due_at.isoformat()} {first.task_id}"
        await notify(connection, CHANNEL, payload)


async def list_queues(
    connection: Executor,
    *,
    now: datetime,
    due_soon_seconds: int,
    counted: int,
    marketplaces: Collection[str] | None = None,
) -> list[Queue]:
    """Every queue in which something waits, counting only the tasks of these marketplaces; none: of all."""
    bounds = {"most": counted, "due_before": now + timedelta(seconds=due_soon_seconds)}
    if marketplaces is None:
        rows = await statements.QUEUES.all(connection, **bounds)
    else:
        rows = await statements.QUEUES_OF_MARKETPLACES.all(connection, **bounds, marketplaces=list(marketplaces))
    queues = []
    for row in rows:
        if not row.depth or row.oldest is None:
            continue
        right_type, language, severity = row.queue.split(".")
        age = max(0, int((now - row.oldest).total_seconds()))
        queues.append(
            Queue(
                row.queue,
                RightType(right_type),
                language,
                Severity(severity),
                row.depth,
                row.due_soon,
                row.depth < counted,
                age,
            )
        )
    return queues
