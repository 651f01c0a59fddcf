"""Measures of the work that waits and of the work that is held, for Prometheus."""

from datetime import datetime

from prometheus_client import Gauge

from services.review.tasks import lease_statements as statements
from services.review.tasks import queues
from shared.runtime.statements import Executor

_COUNTED = 10_000
"""Tasks of a queue, or leases, that are counted, at most: the time that a look takes is bounded."""

_SOON_SECONDS = 3600

_waiting = Gauge("marque_queue_tasks", f"Tasks that wait, by queue; counted to {_COUNTED:,}", ["queue"])
_due_soon = Gauge("marque_queue_tasks_due_soon", "Tasks that wait and are late, or due within the hour", ["queue"])
_oldest = Gauge("marque_queue_oldest_seconds", "Age of the oldest task that waits, by queue", ["queue"])
_leases = Gauge("marque_leases_open", f"Tasks that reviewers hold; counted to {_COUNTED:,}")


async def measure_work(connection: Executor, *, now: datetime) -> None:
    """Bring the gauges up to date. A queue that is empty is not shown."""
    found = await queues.list_queues(connection, now=now, due_soon_seconds=_SOON_SECONDS, counted=_COUNTED)
    for gauge in (_waiting, _due_soon, _oldest):
        gauge.clear()
    for queue in found:
        _waiting.labels(queue.name).set(queue.depth)
        _due_soon.labels(queue.name).set(queue.due_soon)
        _oldest.labels(queue.name).set(queue.oldest_seconds)
    _leases.set(await statements.COUNT_HELD.one(connection, now=now, most=_COUNTED))
