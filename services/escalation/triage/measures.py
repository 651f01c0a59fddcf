"""Measures of the clocks that run, of the time that decisions took, and of the desk, for Prometheus."""

from datetime import datetime, timedelta

from prometheus_client import Gauge, Histogram

from services.escalation.triage import statements
from shared.contracts.codes import EscalationState, Severity
from shared.runtime.statements import Executor

_COUNTED = 10_000
_SOON = timedelta(hours=1)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

_due_soon = Gauge("marque_clocks_due_soon", f"Report items that have to be decided within the hour; to {_COUNTED:,}")
_late = Gauge("marque_clocks_late", f"Report items that should have been decided; counted to {_COUNTED:,}")
_escalations = Gauge("marque_escalations", f"Escalations on the desk, by state; to {_COUNTED:,} each", ["state"])
_decided = Histogram(
    "marque_decision_seconds",
    "Seconds from the report of an item to its end, by severity; what happened before its report is 0",
    ["severity"],
    buckets=(
        *(minutes * _MINUTE for minutes in (1, 5, 15, 30)), *(hours * _HOUR for hours in (1, 2, 4, 8)),
        *(days * _DAY for days in (1, 2, 3, 5, 10)),
    ),
)  # fmt: skip


async def measure_work(connection: Executor, *, now: datetime) -> None:
    """Bring the gauges up to date. Each count is read from an index, up to its bound."""
    counts = await statements.COUNT_CLOCKS.one(connection, now=now, soon=now + _SOON, most=_COUNTED)
    _due_soon.set(counts.due_soon)
    _late.set(counts.late)
    for state in (EscalationState.OPEN, EscalationState.ACKNOWLEDGED):
        count = await statements.COUNT_ESCALATIONS.one(connection, state=state, most=_COUNTED)
        _escalations.labels(state.value).set(count)


def observe_decision(severity: Severity, submitted_at: datetime, ended_at: datetime) -> None:
    """Count an item that has ended."""
    _decided.labels(severity.value).observe(max(0.0, (ended_at - submitted_at).total_seconds()))
