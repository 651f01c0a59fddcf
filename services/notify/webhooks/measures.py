"""Measures of the webhook deliveries that wait, for Prometheus."""

from datetime import datetime

from prometheus_client import Gauge

from services.notify.webhooks import statements
from shared.runtime.statements import Executor

_COUNTED = 10_000

_pending = Gauge("marque_webhook_deliveries_pending", f"Deliveries that are not settled; counted to {_COUNTED:,}")
_due = Gauge("marque_webhook_deliveries_due", "Of these, those whose time has come, of endpoints that are enabled")
_oldest = Gauge("marque_webhook_oldest_due_seconds", "How long the oldest of these has been due; 0 where none is")
_disabled = Gauge("marque_webhook_endpoints_disabled", "Endpoints that get nothing until their owner enables them")


async def measure_backlog(connection: Executor, *, now: datetime) -> None:
    """Bring the gauges up to date."""
    found = await statements.MEASURE_BACKLOG.one(connection, now=now, most=_COUNTED)
    _pending.set(found.pending)
    _due.set(found.due)
    _oldest.set((now - found.oldest).total_seconds() if found.oldest else 0)
    _disabled.set(found.disabled)
