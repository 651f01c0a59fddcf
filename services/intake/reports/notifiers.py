"""Notifiers without an account: their notices, and the mails to them, move with the reports made from them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.reports import statements
from shared.contracts.codes import ReportState
from shared.contracts.events import NoticeLetter
from shared.runtime.jobs import Priority, enqueue
from shared.runtime.statements import Executor

NOTICE_MAIL = "notice_mail"
"""The kind of job that has one letter sent: its payload names the notice and the letter."""


async def complete(session: AsyncSession, reports: Mapping[str, str], *, now: datetime) -> None:
    """Nothing of these reports is open any more, and this is how they ended: their notifiers without account hear."""
    values = {
        "ids": list(reports),
        "withdrawn": [report_id for report_id, state in reports.items() if state == ReportState.WITHDRAWN],
        "closed": [report_id for report_id, state in reports.items() if state == ReportState.CLOSED],
        "now": now,
    }
    told = [row for row in await statements.COMPLETE_NOTICES.all(session, **values) if row.is_told]
    for letter, state in ((NoticeLetter.WITHDRAWN, "withdrawn"), (NoticeLetter.OUTCOME, "completed")):
        await write_to(session, [row.id for row in told if row.state == state], letter, now=now)


async def open_again(session: AsyncSession, report_id: str) -> None:
    """Reopen the notice of a report of which a closed item was reopened."""
    await statements.OPEN_NOTICE_AGAIN.run(session, report_id=report_id)


async def tell(session: AsyncSession, report_ids: Collection[str], letter: NoticeLetter, *, now: datetime) -> None:
    """Write to the notifiers of these reports, where anyone filed them."""
    rows = await statements.NOTICES_OF_REPORTS.all(session, ids=list(report_ids))
    await write_to(session, rows, letter, now=now)


async def write_to(connection: Executor, notice_ids: Iterable[str], letter: NoticeLetter, *, now: datetime) -> None:
    """Have a letter about each of these notices sent, in the caller's transaction."""
    for notice_id in notice_ids:
        payload = {"notice_id": notice_id, "letter": letter.value}
        await enqueue(connection, NOTICE_MAIL, payload, priority=Priority.URGENT, now=now)
