"""Questions to reporters: asked by review, reminded of once, and closed where no answer comes.

The time to answer runs on business days. Who lets it pass has lost nothing but time: the answer reopens the item.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.clocks.business_days import CountryCalendar, advance
from services.intake.reports.notifiers import tell
from services.intake.reports.progress import LockedReport, lock_report, move, settle
from services.intake.reports.states import ItemStep, report_state
from services.intake.reports.tables import ReportItem
from services.intake.settings import Settings
from shared.contracts.codes import ItemState, ReasonCode
from shared.contracts.events import NoticeLetter, ReportClosed, ReportInformationRequested, ReportReminded
from shared.contracts.events.reports import AwaitedAnswer, RequestedInformation
from shared.contracts.ids import ItemId
from shared.runtime.outbox import record
from shared.runtime.timers import start_timer

REMINDER = "answer_reminder"
ANSWER_DUE = "answer_due"


@dataclass(frozen=True)
class AnswerTime:
    """How long a reporter has to answer, and when it is reminded: business days since the question."""

    calendar: CountryCalendar
    days: int
    reminder_days: int

    @classmethod
    def of(cls, settings: Settings) -> "AnswerTime":
        return cls(settings.calendar, settings.answer_days, settings.answer_reminder_days)

    def due(self, asked_at: datetime) -> datetime:
        return advance(asked_at, timedelta(days=self.days), self.calendar)

    def reminder(self, asked_at: datetime) -> datetime | None:
        """None where a reminder would come no sooner than the end."""
        if self.reminder_days >= self.days:
            return None
        return advance(asked_at, timedelta(days=self.reminder_days), self.calendar)


def ask(
    session: AsyncSession,
    locked: LockedReport,
    items: Collection[ReportItem],
    *,
    code: ReasonCode,
    note: str | None,
    time: AnswerTime,
) -> bool:
    """Ask the reporter of a report about items of it; whether there was anything to ask.

    What was asked before is asked anew, with all the time again.
    """
    due_at, remind_at = time.due(locked.now), time.reminder(locked.now)
    asked = []
    for item in items:
        if move(session, locked, item, ItemStep.ASK, code=code, note=note):
            item.answer_due_at, item.remind_at = due_at, remind_at
            asked.append(
                RequestedInformation(item_id=ItemId(item.id), code=code, note=note, answer_due_at=item.answer_due_at)
            )
    if asked:
        event = ReportInformationRequested(
            version=locked.next_version(), report_id=locked.report_id, account_id=locked.account_id, items=asked
        )
        record(session, event, now=locked.now)
    return bool(asked)


async def await_answers(session: AsyncSession, locked_reports: Collection[LockedReport]) -> None:
    """The reporters of these reports were asked: those without an account by mail. They are looked at again in time."""
    if locked_reports:
        await tell(
            session,
            [locked.report.id for locked in locked_reports],
            NoticeLetter.QUESTION,
            now=next(iter(locked_reports)).now,
        )
    for locked in locked_reports:
        await _look_again(session, locked)


async def remind(session: AsyncSession, report_id: str, *, now: datetime) -> None:
    """Remind a reporter, once a question, of those that are still without an answer."""
    locked = await lock_report(session, report_id, now=now)
    items = [item for item in _asked(locked) if item.remind_at is not None and item.remind_at <= now]
    if items:
        event = ReportReminded(
            version=locked.next_version(),
            report_id=locked.report_id,
            account_id=locked.account_id,
            items=[_awaited(item) for item in items],
        )
        record(session, event, now=now)
        for item in items:
            item.remind_at = None
            session.add(item)
        session.add(locked.report)
        await tell(session, [locked.report.id], NoticeLetter.REMINDER, now=now)
    await _look_again(session, locked)


async def close(session: AsyncSession, report_id: str, *, reopen: timedelta, now: datetime) -> None:
    """Close the items of a report that were asked about and not answered in time."""
    locked = await lock_report(session, report_id, now=now)
    items = [item for item in _asked(locked) if item.answer_due_at is not None and item.answer_due_at <= now]
    awaited = [_awaited(item) for item in items]
    for item in items:
        move(session, locked, item, ItemStep.CLOSE, code=ReasonCode(item.code) if item.code else None)
        item.reopen_until = now + reopen
    if items:
        event = ReportClosed(
            version=locked.next_version(),
            report_id=locked.report_id,
            account_id=locked.account_id,
            items=awaited,
            state=report_state(ItemState(item.state) for item in locked.items.values()),
            reopen_until=now + reopen,
        )
        record(session, event, now=now)
        await tell(session, [locked.report.id], NoticeLetter.CLOSED, now=now)
    await settle(session, [locked])
    await _look_again(session, locked)


def _asked(locked: LockedReport) -> list[ReportItem]:
    return [item for item in locked.items.values() if item.state == ItemState.NEEDS_INFORMATION]


def _awaited(item: ReportItem) -> AwaitedAnswer:
    if item.answer_due_at is None:
        raise ValueError("nothing was asked about the item")
    code = ReasonCode(item.code) if item.code else None
    return AwaitedAnswer(item_id=ItemId(item.id), code=code, answer_due_at=item.answer_due_at)


async def _look_again(session: AsyncSession, locked: LockedReport) -> None:
    """At the next of the times that its questions have. One that runs already is never later: time only goes on."""
    for kind, name in ((REMINDER, "remind_at"), (ANSWER_DUE, "answer_due_at")):
        times = [at for item in _asked(locked) if (at := getattr(item, name)) is not None]
        if times:
            await start_timer(session, kind, locked.report.id, min(times))
