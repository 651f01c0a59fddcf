"""Ratings of reporters, as conduct tells them and filing goes by them."""

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.standing import statements
from services.intake.standing.use import tell_use
from shared.contracts.events import NewcomersLimited, RatingApplied, ReporterRated
from shared.contracts.ids import AccountId
from shared.runtime.outbox import record
from shared.runtime.timers import set_timer

APPLIED = "rating_applied"
"""One timer for each reporter that was suspended just now; its subject is the account's id."""

_MARGIN = timedelta(seconds=0.25)
"""Between the time of a transaction and its commit."""

MOST_UNRATED = 5000
"""Accounts whose use is told as soon as newcomers get limits; of the others it is when they next file."""


async def keep_rating(session: AsyncSession, rated: ReporterRated, *, lasts: timedelta, now: datetime) -> None:
    """Keep a reporter's newest rating. That it is suspended is confirmed once no process files by an older one.

    Args:
        session: of the transaction.
        rated: the rating.
        lasts: how long a process goes by the rating that it knows.
        now: the time.
    """
    values = {
        "account_id": rated.account_id, "version": rated.version, "tier": rated.tier.value, **rated.limits.model_dump(),
        "accuracy": rated.accuracy.model_dump_json() if rated.accuracy else None,
        "suspended_until": rated.suspended_until,
    }  # fmt: skip
    kept = await statements.KEEP_RATING.first(session, **values)
    if kept is None:
        return
    if kept.suspended_version == rated.version:
        await set_timer(session, APPLIED, rated.account_id, now + lasts + _MARGIN)
    await tell_use(session, [rated.account_id], now=now)


async def confirm_suspension(session: AsyncSession, account_id: str, *, now: datetime) -> None:
    """Say that every process files by the rating that told of the suspension in force, or by a newer one."""
    kept = await statements.SUSPENDED_VERSION.first(session, account_id=account_id)
    if kept is not None and (version := kept.suspended_version) is not None:
        record(session, RatingApplied(version=version, account_id=AccountId(account_id), applied_at=now), now=now)


async def keep_newcomers(session: AsyncSession, limited: NewcomersLimited, *, now: datetime) -> None:
    """Keep the newest limits of reporters that were never rated."""
    values = {"version": limited.version, **limited.limits.model_dump()}
    if await statements.KEEP_NEWCOMERS.first(session, **values) is not None:
        await tell_use(session, await statements.UNRATED.all(session, most=MOST_UNRATED), now=now)
