"""The time that a reporter takes to answer a question is not the platform's: it counts in no promise and no measure."""

from datetime import datetime, timedelta

from services.intake.reports.tables import ReportItem
from shared.contracts.codes import ItemState


def keep_pause(item: ReportItem, now: datetime) -> None:
    """An item took a state: it is paused while its reporter is asked, and what was promised moves by that time."""
    if item.state in (ItemState.NEEDS_INFORMATION, ItemState.CLOSED):
        item.paused_at = item.paused_at or now
    elif item.paused_at is not None:
        paused = max(now - item.paused_at, timedelta(0))
        item.paused_at = None
        item.paused_seconds += paused.total_seconds()
        if item.expected_decision_at is not None:
            item.expected_decision_at += paused


def counted_from(item: ReportItem) -> datetime:
    """Return when the item would have come, had its reporter answered at once."""
    return item.created_at + timedelta(seconds=item.paused_seconds)
