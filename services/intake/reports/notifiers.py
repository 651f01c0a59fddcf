"""Notifiers without an account: their notices, and the mails to them, move with the reports made from them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.codes import ReportState
from shared.contracts.events import NoticeLetter
from shared.runtime.database import driver
from shared.runtime.jobs import Priority, enqueue

NOTICE_MAIL = "notice_mail"
"""The kind of job that has one letter sent: its payload names the notice and the letter."""

# What was closed for want of an answer completes a notice without an outcome: its own letter says so. It may be decided
# or taken back all the same, and then the notice completes once more.
_COMPLETE = text("""
UPDATE public_notices SET completed_at = :now, version = version + 1,
    state = CASE WHEN report_id = ANY(CAST(:withdrawn AS text[])) THEN 'withdrawn' ELSE 'completed' END
WHERE report_id = ANY(CAST(:ids AS text[])) AND state IN ('filed', 'completed')
RETURNING id, state, email IS NOT NULL AND NOT report_id = ANY(CAST(:closed AS text[])) AS is_told
""")


_OPEN_AGAIN = text("""
UPDATE public_notices SET state = 'filed', completed_at = NULL, version = version + 1
WHERE report_id = :report_id AND state = 'completed'
""")


_OF_REPORTS = text("""
SELECT id FROM public_notices WHERE report_id = ANY(CAST(:ids AS text[])) AND email IS NOT NULL ORDER BY id
""")


async def complete(session: AsyncSession, reports: Mapping[str, str], *, now: datetime) -> None:
    """Nothing of these reports is open any more, and this is how they ended: their notifiers without account hear."""
    values = {
        "ids": list(reports),
        "withdrawn": [report_id for report_id, state in reports.items() if state == ReportState.WITHDRAWN],
        "closed": [report_id for report_id, state in reports.items() if state == ReportState.CLOSED],
        "now": now,
    }
    told = [row for row in await (await session.connection()).execute(_COMPLETE, values) if row.is_told]
    for letter, state in ((NoticeLetter.WITHDRAWN, "withdrawn"), (NoticeLetter.OUTCOME, "completed")):
        await write_to(await driver(session), [row.id for row in told if row.state == state], letter, now=now)


async def open_again(session: AsyncSession, report_id: str) -> None:
    """Reopen the notice of a report of which a closed item was reopened."""
    await (await session.connection()).execute(_OPEN_AGAIN, {"report_id": report_id})


async def tell(session: AsyncSession, report_ids: Collection[str], letter: NoticeLetter, *, now: datetime) -> None:
    """Write to the notifiers of these reports, where anyone filed them."""
    rows = await (await session.connection()).execute(_OF_REPORTS, {"ids": list(report_ids)})
    await write_to(await driver(session), rows.scalars().all(), letter, now=now)


async def write_to(connection: Any, notice_ids: Iterable[str], letter: NoticeLetter, *, now: datetime) -> None:
    """Have a letter about each of these notices sent, in the caller's transaction."""
    for notice_id in notice_ids:
        payload = {"notice_id": notice_id, "letter": letter.value}
        await enqueue(connection, NOTICE_MAIL, payload, priority=Priority.URGENT, now=now)
