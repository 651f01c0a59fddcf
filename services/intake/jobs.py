"""The background work of the intake service: jobs, what is due when time has passed, and what is swept now and then."""

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.accounts import limits
from services.intake.imports import progress, records
from services.intake.public_notices import letters, status
from services.intake.reports import questions
from services.intake.reports.notifiers import NOTICE_MAIL
from services.intake.settings import Settings
from services.intake.standing import ratings, use
from services.intake.tracing.sweep import MOST, trace_reports
from services.intake.vault import rights
from services.intake.vault.authorities import records as authorities
from shared.runtime.jobs import Again, Jobs, Priority, Work
from shared.runtime.ticker import Ticker
from shared.runtime.timers import Timer

background = Jobs()
ticker = Ticker()


@background.outside(progress.FILE_IMPORT)
async def file_import(work: Work) -> None:
    await progress.go_on(work, work.service.resources.filer)


@background.step(NOTICE_MAIL, priority=Priority.URGENT)
async def notice_mail(session: AsyncSession, work: Work) -> None:
    await work.service.resources.letters.request(session, work.job.payload, now=work.clock.now())


@ticker.on(rights.TIMERS.end, of="rights.id")
async def end_right(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await rights.expire(session, timer.subject, now=now)


async def announce_right(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await rights.announce_expiry(session, timer.subject, now=now)


@ticker.on(authorities.TIMERS.end, of="authorities.id")
async def end_authority(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await authorities.expire(session, timer.subject, now=now)


async def announce_authority(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await authorities.announce_expiry(session, timer.subject, now=now)


for kind in rights.TIMERS.reminders:
    ticker.on(kind, of="rights.id")(announce_right)
for kind in authorities.TIMERS.reminders:
    ticker.on(kind, of="authorities.id")(announce_authority)


@ticker.on(questions.REMINDER, of="reports.id")
async def remind_reporter(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await questions.remind(session, timer.subject, now=now)


@ticker.on(questions.ANSWER_DUE, of="reports.id")
async def close_unanswered(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await questions.close(session, timer.subject, reopen=timedelta(days=Settings().reopen_days), now=now)


@ticker.on(ratings.APPLIED, of="reporter_ratings.account_id")
async def confirm_suspension(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await ratings.confirm_suspension(session, timer.subject, now=now)


@background.step("send_traces", every_seconds=5)
async def send_traces(session: AsyncSession, work: Work) -> Again | None:
    settle = timedelta(seconds=work.service.settings.abuse_settle_seconds)
    return Again() if await trace_reports(session, settle=settle, now=work.clock.now()) == MOST else None


@ticker.every(seconds=1)
async def add_up_use(session: AsyncSession, now: datetime) -> None:
    await use.tell_use(session, await limits.add_up(session), now=now)


@background.step("tidy_imports", priority=Priority.BULK, every_seconds=60)
async def tidy_imports(session: AsyncSession, work: Work) -> None:
    now = work.clock.now()
    await records.tidy(session, keep_days=work.service.settings.import_days, now=now)
    await progress.ask_again(session, now=now)


@background.step("take_over_letters", every_seconds=10)
async def take_over_letters(session: AsyncSession, work: Work) -> Again | None:
    return Again() if await letters.take_over(session, now=work.clock.now()) else None


@background.step("forget_notifiers", priority=Priority.BULK, every_seconds=60)
async def forget_notifiers(session: AsyncSession, work: Work) -> None:
    await status.forget(session, keep_days=work.service.settings.notice_days, now=work.clock.now())


@background.outside("tidy_evidence", priority=Priority.BULK, lease_seconds=120, every_seconds=600)
async def tidy_evidence(work: Work) -> None:
    unused_for = timedelta(days=work.service.settings.evidence_unused_days)
    while await work.service.resources.evidence.tidy(unused_for=unused_for):
        pass
