"""Misuse of notices: a warning, then a suspension for a time, each on the four factors (DSA Art. 23(2) to (4))."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.standing.counts import Decided, Sum, sums
from services.conduct.standing.factors import Act, factors, seen_by_rule
from services.conduct.standing.published_terms import Published, terms_in_force
from services.conduct.standing.reporters import hold_reporter
from services.conduct.standing.tables import Reporter, ReporterSanction
from shared.contracts.events import ReporterReinstated, ReporterSuspended, ReporterWarned
from shared.contracts.events.reporters import Misuse
from shared.contracts.ids import AccountId, SanctionId
from shared.contracts.sanction_codes import Sanction
from shared.runtime.errors import Conflict, FieldError, Invalid
from shared.runtime.ids import new_id
from shared.runtime.outbox import record
from shared.runtime.timers import cancel_timer, set_timer

SUSPENSION_ENDS = "suspension_ends"
"""One timer for each suspended reporter; its subject is the account's id."""


class NoMisuse(Conflict):
    """None of the reporter's notices in the window was decided to be unfounded, so there is nothing to act on."""

    code = "no_misuse"
    title = "The reporter has misused nothing of late"


class NotWarned(Conflict):
    """A suspension takes a warning that is in force (DSA Art. 23(2))."""

    code = "not_warned"
    title = "The reporter has not been warned"


class AlreadySuspended(Conflict):
    """The reporter is suspended already."""

    code = "already_suspended"
    title = "The reporter is suspended already"


class NotSuspended(Conflict):
    """The reporter is not suspended."""

    code = "not_suspended"
    title = "The reporter is not suspended"


async def evaluate(session: AsyncSession, decided: Iterable[Decided], *, now: datetime) -> None:
    """Look whether items that were decided just now are misuse to be warned of, or misuse after a warning.

    Whoever calls holds their reporters.
    """
    published = await terms_in_force(session)
    codes = set(published.terms.misuse.codes)
    unfounded: dict[str, list[datetime]] = {}
    for item in decided:
        if item.code in codes:
            unfounded.setdefault(item.account_id, []).append(item.filed_at)
    for account_id in sorted(unfounded):
        await _weigh(session, AccountId(account_id), unfounded[account_id], published, now=now)


async def _weigh(
    session: AsyncSession, account_id: AccountId, filed: Sequence[datetime], published: Published, *, now: datetime
) -> None:
    terms = published.terms.misuse
    reporter = await hold_reporter(session, account_id)
    found = await _window(session, account_id, published, now)
    act = seen_by_rule(found, published)
    misuse = factors(found, published, act)
    if reporter.is_warned(now):
        warned_at = reporter.warned_at or now
        reporter.repeats += sum(filed_at > warned_at for filed_at in filed)
        enough = reporter.repeats >= terms.suspends_from
        if terms.suspends_by_rule and enough and not reporter.is_suspended(now):
            act = replace(act, reason=f"{reporter.repeats} unfounded items were filed after the warning.")
            await _suspend(session, reporter, act, misuse, published, days=terms.suspension_days, now=now)
    elif misuse.number >= terms.warns_from and misuse.proportion >= terms.warns_from_share:
        reason = f"{misuse.number} of the items decided in {misuse.window_days} days were unfounded."
        _warn(session, reporter, replace(act, reason=reason), misuse, published, now=now)


async def warn(session: AsyncSession, account_id: AccountId, act: Act, *, now: datetime) -> ReporterSanction:
    """Warn a reporter. A warning given while another is in force takes its place. Raises `NoMisuse`."""
    published = await terms_in_force(session)
    reporter = await hold_reporter(session, account_id)
    misuse = await _seen(session, account_id, act, published, now)
    return _warn(session, reporter, act, misuse, published, now=now)


async def suspend(
    session: AsyncSession, account_id: AccountId, act: Act, *, days: int | None, now: datetime
) -> ReporterSanction:
    """Suspend a reporter for a time. Raises `NotWarned`, `AlreadySuspended`, `NoMisuse`, `Invalid`."""
    published = await terms_in_force(session)
    terms = published.terms.misuse
    if days is not None and days > terms.longest_suspension_days:
        message = f"A suspension is for {terms.longest_suspension_days} days at most."
        raise Invalid(errors=[FieldError("/days", "suspension_too_long", message)])
    reporter = await hold_reporter(session, account_id)
    if reporter.is_suspended(now):
        raise AlreadySuspended(f"It is suspended until {reporter.suspended_until:%Y-%m-%dT%H:%M:%SZ}.")
    if not reporter.is_warned(now):
        raise NotWarned("Warn the reporter first; a warning in force is needed (DSA Art. 23(2)).")
    misuse = await _seen(session, account_id, act, published, now)
    return await _suspend(session, reporter, act, misuse, published, days=days or terms.suspension_days, now=now)


async def reinstate(
    session: AsyncSession, account_id: AccountId, reason: str | None, *, now: datetime
) -> ReporterSanction:
    """End a suspension before its time. Raises `NotSuspended`."""
    reporter = await hold_reporter(session, account_id)
    if not reporter.is_suspended(now):
        raise NotSuspended
    await cancel_timer(session, SUSPENSION_ENDS, account_id)
    return await _reinstate(session, reporter, reason, now=now)


async def end_suspension(session: AsyncSession, account_id: str, *, now: datetime) -> None:
    """The time of a suspension has passed."""
    reporter = await hold_reporter(session, AccountId(account_id))
    if reporter.suspended_until is not None and reporter.suspended_until <= now:
        await _reinstate(session, reporter, None, now=now)


async def _window(session: AsyncSession, account_id: str, published: Published, now: datetime) -> list[Sum]:
    return await sums(session, account_id, window_days=published.terms.window_days, now=now)


async def _seen(session: AsyncSession, account_id: str, act: Act, published: Published, now: datetime) -> Misuse:
    misuse = factors(await _window(session, account_id, published, now), published, act)
    if not misuse.number:
        raise NoMisuse(f"No item decided in the last {misuse.window_days} days was unfounded.")
    return misuse


def _warn(
    session: AsyncSession, reporter: Reporter, act: Act, misuse: Misuse, published: Published, *, now: datetime
) -> ReporterSanction:
    ends_at = now + timedelta(days=published.terms.misuse.warning_days)
    sanction = _sanction(session, reporter, Sanction.WARNING, act, misuse, published, now=now, ends_at=ends_at)
    reporter.warning_id, reporter.warned_at, reporter.warning_ends_at, reporter.repeats = sanction.id, now, ends_at, 0
    event = ReporterWarned(
        version=reporter.version, account_id=AccountId(reporter.account_id), sanction_id=SanctionId(sanction.id),
        reason=act.reason, misuse=misuse, warned_at=now, expires_at=ends_at,
    )  # fmt: skip
    record(session, event, now=now)
    return sanction


async def _suspend(
    session: AsyncSession,
    reporter: Reporter,
    act: Act,
    misuse: Misuse,
    published: Published,
    *,
    days: int,
    now: datetime,
) -> ReporterSanction:
    if reporter.suspension_id is not None:  # its time has passed, and the ticker has not come round to it
        await _reinstate(session, reporter, None, now=now)
    ends_at = now + timedelta(days=days)
    sanction = _sanction(session, reporter, Sanction.SUSPENSION, act, misuse, published, now=now, ends_at=ends_at)
    reporter.suspension_id, reporter.suspended_until, reporter.repeats = sanction.id, ends_at, 0
    reporter.suspended_in, reporter.rate_at = None, now
    event = ReporterSuspended(
        version=reporter.version, account_id=AccountId(reporter.account_id), sanction_id=SanctionId(sanction.id),
        reason=act.reason, misuse=misuse, warning_id=SanctionId(reporter.warning_id or ""), suspended_at=now,
        ends_at=ends_at,
    )  # fmt: skip
    record(session, event, now=now)
    await set_timer(session, SUSPENSION_ENDS, reporter.account_id, ends_at)
    return sanction


def _sanction(
    session: AsyncSession,
    reporter: Reporter,
    kind: Sanction,
    act: Act,
    misuse: Misuse,
    published: Published,
    *,
    now: datetime,
    ends_at: datetime,
) -> ReporterSanction:
    reporter.version += 1
    session.add(reporter)
    sanction = ReporterSanction(
        id=new_id(SanctionId), account_id=reporter.account_id, kind=kind.value, reason=act.reason,
        misuse=misuse.model_dump(mode="json"), by_account_id=act.by, terms_version=published.version, created_at=now,
        ends_at=ends_at,
    )  # fmt: skip
    session.add(sanction)
    return sanction


async def _reinstate(
    session: AsyncSession, reporter: Reporter, reason: str | None, *, now: datetime
) -> ReporterSanction:
    sanction = await session.get_one(ReporterSanction, reporter.suspension_id)
    sanction.ended_at, sanction.end_reason = now, reason
    reporter.version += 1
    reporter.suspension_id = reporter.suspended_until = reporter.suspended_in = None
    reporter.rate_at = now
    session.add_all([sanction, reporter])
    event = ReporterReinstated(
        version=reporter.version, account_id=AccountId(reporter.account_id), sanction_id=SanctionId(sanction.id),
        reason=reason, reinstated_at=now,
    )  # fmt: skip
    record(session, event, now=now)
    return sanction
