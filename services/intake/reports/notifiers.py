"""Notifiers without an account: their notices, and the mails to them, move with the reports made from them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.codes import ReportState

# What was closed for want of an answer completes a notice without an outcome: its own letter says so. It may be decided
# or taken back all the same, and then the notice completes once more.
_COMPLETE = text("""
WITH done AS (
    UPDATE public_notices SET completed_at = :now, version = version + 1,
        state = CASE WHEN report_id = ANY(CAST(:withdrawn AS text[])) THEN 'withdrawn' ELSE 'completed' END
    WHERE report_id = ANY(CAST(:ids AS text[])) AND state IN ('filed', 'completed')
    RETURNING id, report_id, email, state
)
INSERT INTO mails (notice_id, letter, created_at, due_at)
SELECT id, CASE state WHEN 'withdrawn' THEN 'withdrawn' ELSE 'outcome' END, :now, :now FROM done
WHERE email IS NOT NULL AND NOT report_id = ANY(CAST(:closed AS text[]))
""")


_OPEN_AGAIN = text("""
UPDATE public_notices SET state = 'filed', completed_at = NULL, version = version + 1
WHERE report_id = :report_id AND state = 'completed'
""")


_TELL = text("""
INSERT INTO mails (notice_id, letter, created_at, due_at)
SELECT id, :letter, :now, :now FROM public_notices WHERE report_id = ANY(CAST(:ids AS text[])) AND email IS NOT NULL
""")


async def complete(session: AsyncSession, reports: Mapping[str, str], *, now: datetime) -> None:
    """Nothing of these reports is open any more, and this is how they ended: their notifiers without account hear."""
    values = {
        "ids": list(reports),
        "withdrawn": [report_id for report_id, state in reports.items() if state == ReportState.WITHDRAWN],
        "closed": [report_id for report_id, state in reports.items() if state == ReportState.CLOSED],
        "now": now,
    }
    await (await session.connection()).execute(_COMPLETE, values)


async def open_again(session: AsyncSession, report_id: str) -> None:
    """Reopen the notice of a report of which a closed item was reopened."""
    await (await session.connection()).execute(_OPEN_AGAIN, {"report_id": report_id})


async def tell(session: AsyncSession, report_ids: Collection[str], letter: str, *, now: datetime) -> None:
    """Write to the notifiers of these reports, where anyone filed them."""
    values = {"ids": list(report_ids), "letter": letter, "now": now}
    await (await session.connection()).execute(_TELL, values)
