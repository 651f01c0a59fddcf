"""Traces that reports leave behind, sent to the service that sees them beside each other."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tracing import normal_forms, statements
from services.intake.tracing.keyed_hashes import keyed_hash
from services.intake.tracing.statements import UntracedReport
from shared.contracts.events import ReportsTraced
from shared.contracts.events.conduct import LateItem, TracedReport
from shared.contracts.ids import AccountId, ItemId, ReportId, RightId
from shared.runtime.outbox import record

MOST = 2000
"""Reports of one transaction."""

IN_EVENT = 100
"""Reports of one event: with 500 items each it stays below the broker's limit."""


async def trace_reports(session: AsyncSession, *, settle: timedelta, now: datetime) -> int:
    """Send what the next reports left behind: one replica at a time, so that none is missed; how many these were.

    `settle` is longer than filing takes, so that no report can still become visible behind one that was sent.
    """
    turn = await statements.TAKE_TURN.one(session)
    rows = await statements.UNTRACED.all(session, after=turn.report_id, until=now - settle, most=MOST)
    if not rows:
        return 0
    late: dict[str, list[LateItem]] = {}
    for row in await statements.LATE.all(session, ids=[row.id for row in rows]):
        item = LateItem(item_id=row.item_id, listing_id=row.listing_id, registered_on=row.registered_on)
        late.setdefault(row.report_id, []).append(item)
    traced = [_traced(row, turn.key, late.get(row.id, [])) for row in rows]
    for first in range(0, len(traced), IN_EVENT):
        record(session, ReportsTraced(version=1, reports=traced[first : first + IN_EVENT]), now=now)
    await statements.MOVE_ON.run(session, report_id=rows[-1].id)
    return len(rows)


def _traced(row: UntracedReport, key: bytes, late: Sequence[LateItem]) -> TracedReport:
    texts = {normal_forms.text_trace(text) for text in (row.explanation, *(row.explanations or ()))}
    return TracedReport(
        report_id=ReportId(row.id),
        account_id=AccountId(row.account_id),
        right_id=RightId(row.right_id),
        item_ids=[ItemId(item_id) for item_id in row.items],
        explanations=sorted(keyed_hash(key, trace) for trace in texts if trace),
        signature=_keyed(key, normal_forms.name_trace(row.signature)),
        contact=_keyed(key, normal_forms.email_trace(row.email or "")),
        late=list(late),
        submitted_at=row.created_at,
    )


def _keyed(key: bytes, trace: str | None) -> str | None:
    return keyed_hash(key, trace) if trace else None
