"""Misuse of notices: a warning, then a suspension for a time, each on the four factors (DSA Art. 23(2) to (4))."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.conduct.standing.counts import Decided, Sum, sums
from services.intake.conduct.standing.factors import Act, factors, seen_by_rule
from services.intake.conduct.standing.published_terms import Published, terms_in_force
from services.intake.conduct.tables import Conduct, ReporterSanction
from shared.contracts.codes import Sanction
from shared.contracts.events import ReporterReinstated, ReporterSuspended, ReporterWarned
from shared.contracts.events.reporters import Misuse
from shared.contracts.ids import AccountId, SanctionId
from shared.runtime.errors import Conflict, FieldError, Invalid
from shared.runtime.ids import new_id
from shared.runtime.outbox import record
from shared.runtime.timers import cancel_timer, set_timer

SUSPENSION_ENDS = "suspension_ends"
"""One timer for each suspended reporter; its subject is the account's id."""

_STUB = text("INSERT INTO reporter_conduct (account_id, version) VALUES (:account_id, 0) ON CONFLICT DO NOTHING")


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
    """Look whether items that were decided just now are misuse to be warned of, or misuse after a warning."""
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
    conduct = await hold_conduct(session, account_id)
    found = await _window(session, account_id, published, now)
    act = seen_by_rule(found, published)
    misuse = factors(found, published, act)
    if is_warned(conduct, now):
        warned_at = conduct.warned_at or now
        conduct.repeats += sum(filed_at > warned_at for filed_at in filed)
        enough = conduct.repeats >= terms.suspends_from
        if terms.suspends_by_rule and enough and not is_suspended(conduct, now):
            act = replace(act, reason=f"{conduct.repeats} unfounded items were filed after the warning.")
            await _suspend(session, conduct, act, misuse, published, days=terms.suspension_days, now=now)
    elif misuse.number >= terms.warns_from and misuse.proportion >= terms.warns_from_share:
        reason = f"{misuse.number} of the items decided in {misuse.window_days} days were unfounded."
        _warn(session, conduct, replace(act, reason=reason), misuse, published, now=now)


async def warn(session: AsyncSession, account_id: AccountId, act: Act, *, now: datetime) -> ReporterSanction:
    """Warn a reporter. A warning given while another is in force takes its place. Raises `NoMisuse`."""
    published = await terms_in_force(session)
    conduct = await hold_conduct(session, account_id)
    misuse = await _seen(session, account_id, act, published, now)
    return _warn(session, conduct, act, misuse, published, now=now)


async def suspend(
    session: AsyncSession, account_id: AccountId, act: Act, *, days: int | None, now: datetime
) -> ReporterSanction:
    """Suspend a reporter for a time. Raises `NotWarned`, `AlreadySuspended`, `NoMisuse`, `Invalid`."""
    published = await terms_in_force(session)
    terms = published.terms.misuse
    if days is not None and days > terms.longest_suspension_days:
        message = f"A suspension is for {terms.longest_suspension_days} days at most."
        raise Invalid(errors=[FieldError("/days", "suspension_too_long", message)])
    conduct = await hold_conduct(session, account_id)
    if is_suspended(conduct, now):
        raise AlreadySuspended(f"It is suspended until {conduct.suspended_until:%Y-%m-%dT%H:%M:%SZ}.")
    if not is_warned(conduct, now):
        raise NotWarned("Warn the reporter first; a warning in force is needed (DSA Art. 23(2)).")
    misuse = await _seen(session, account_id, act, published, now)
    return await _suspend(session, conduct, act, misuse, published, days=days or terms.suspension_days, now=now)


async def reinstate(
    session: AsyncSession, account_id: AccountId, reason: str | None, *, now: datetime
) -> ReporterSanction:
    """End a suspension before its time. Raises `NotSuspended`."""
    conduct = await hold_conduct(session, account_id)
    if not is_suspended(conduct, now):
        raise NotSuspended
    await cancel_timer(session, SUSPENSION_ENDS, account_id)
    return await _reinstate(session, conduct, reason, now=now)


async def end_suspension(session: AsyncSession, account_id: str, *, now: datetime) -> None:
    """The time of a suspension has passed."""
    conduct = await hold_conduct(session, AccountId(account_id))
    if conduct.suspended_until is not None and conduct.suspended_until <= now:
        await _reinstate(session, conduct, None, now=now)


async def hold_conduct(session: AsyncSession, account_id: AccountId) -> Conduct:
    """Return the sanctions in force for a reporter, locked until the end of the transaction."""
    await (await session.connection()).execute(_STUB, {"account_id": account_id})
    held = select(Conduct).where(Conduct.account_id == account_id).with_for_update()
    return (await session.exec(held.execution_options(populate_existing=True))).one()


def is_warned(conduct: Conduct | None, now: datetime) -> bool:
    return conduct is not None and conduct.warning_ends_at is not None and conduct.warning_ends_at > now


def is_suspended(conduct: Conduct | None, now: datetime) -> bool:
    return conduct is not None and conduct.suspended_until is not None and conduct.suspended_until > now


async def _window(session: AsyncSession, account_id: str, published: Published, now: datetime) -> list[Sum]:
    return await sums(session, account_id, window_days=published.terms.window_days, now=now)


async def _seen(session: AsyncSession, account_id: str, act: Act, published: Published, now: datetime) -> Misuse:
    misuse = factors(await _window(session, account_id, published, now), published, act)
    if not misuse.number:
        raise NoMisuse(f"No item decided in the last {misuse.window_days} days was unfounded.")
    return misuse


def _warn(
    session: AsyncSession, conduct: Conduct, act: Act, misuse: Misuse, published: Published, *, now: datetime
) -> ReporterSanction:
    ends_at = now + timedelta(days=published.terms.misuse.warning_days)
    sanction = _sanction(session, conduct, Sanction.WARNING, act, misuse, published, now=now, ends_at=ends_at)
    conduct.warning_id, conduct.warned_at, conduct.warning_ends_at, conduct.repeats = sanction.id, now, ends_at, 0
    event = ReporterWarned(
        version=conduct.version, account_id=AccountId(conduct.account_id), sanction_id=SanctionId(sanction.id),
        reason=act.reason, misuse=misuse, warned_at=now, expires_at=ends_at,
    )  # fmt: skip
    record(session, event, now=now)
    return sanction


async def _suspend(
    session: AsyncSession,
    conduct: Conduct,
    act: Act,
    misuse: Misuse,
    published: Published,
    *,
    days: int,
    now: datetime,
) -> ReporterSanction:
    if conduct.suspension_id is not None:  # its time has passed, and the ticker has not come round to it
        await _reinstate(session, conduct, None, now=now)
    ends_at = now + timedelta(days=days)
    sanction = _sanction(session, conduct, Sanction.SUSPENSION, act, misuse, published, now=now, ends_at=ends_at)
    conduct.suspension_id, conduct.suspended_until, conduct.repeats = sanction.id, ends_at, 0
    event = ReporterSuspended(
        version=conduct.version, account_id=AccountId(conduct.account_id), sanction_id=SanctionId(sanction.id),
        reason=act.reason, misuse=misuse, warning_id=SanctionId(conduct.warning_id or ""), suspended_at=now,
        ends_at=ends_at,
    )  # fmt: skip
    record(session, event, now=now)
    await set_timer(session, SUSPENSION_ENDS, conduct.account_id, ends_at)
    return sanction


def _sanction(
    session: AsyncSession,
    conduct: Conduct,
    kind: Sanction,
    act: Act,
    misuse: Misuse,
    published: Published,
    *,
    now: datetime,
    ends_at: datetime,
) -> ReporterSanction:
    conduct.version += 1
    session.add(conduct)
    sanction = ReporterSanction(
        id=new_id(SanctionId), account_id=conduct.account_id, kind=kind.value, reason=act.reason,
        misuse=misuse.model_dump(mode="json"), by_account_id=act.by, terms_version=published.version, created_at=now,
        ends_at=ends_at,
    )  # fmt: skip
    session.add(sanction)
    return sanction


async def _reinstate(session: AsyncSession, conduct: Conduct, reason: str | None, *, now: datetime) -> ReporterSanction:
    sanction = await session.get_one(ReporterSanction, conduct.suspension_id)
    sanction.ended_at, sanction.end_reason = now, reason
    conduct.version += 1
    conduct.suspension_id = conduct.suspended_until = None
    session.add_all([sanction, conduct])
    event = ReporterReinstated(
        version=conduct.version, account_id=AccountId(conduct.account_id), sanction_id=SanctionId(sanction.id),
        reason=reason, reinstated_at=now,
    )  # fmt: skip
    record(session, event, now=now)
    return sanction
