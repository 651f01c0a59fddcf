"""Reporters: who is one, and who has to be rated again."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.standing import statements
from services.conduct.standing.tables import Reporter
from shared.contracts.codes import AccountKind
from shared.contracts.events import AccountChanged, RatingApplied, ReporterUseCounted
from shared.contracts.ids import AccountId
from shared.runtime.errors import NotFound


class ReporterNotFound(NotFound):
    """No account of this id can report anything, or has."""

    code = "reporter_not_found"
    title = "Reporter not found"


async def know(session: AsyncSession, account_id: AccountId) -> None:
    """Keep that there is such a reporter."""
    await statements.ADD_REPORTER.run(session, account_id=account_id)


async def follow_account(session: AsyncSession, changed: AccountChanged) -> None:
    """Know a brand from when its account is opened."""
    if changed.kind is AccountKind.BRAND:
        await know(session, changed.account_id)


async def hold_reporter(session: AsyncSession, account_id: AccountId) -> Reporter:
    """Return a reporter, locked until the end of the transaction."""
    await know(session, account_id)
    held = select(Reporter).where(Reporter.account_id == account_id).with_for_update()
    return (await session.exec(held.execution_options(populate_existing=True))).one()


async def require_reporter(session: AsyncSession, account_id: AccountId) -> AccountId:
    """Return the id where it is a reporter's. Raises `ReporterNotFound`."""
    if await session.get(Reporter, account_id) is None:
        raise ReporterNotFound
    return account_id


async def rate_again(session: AsyncSession, account_ids: Iterable[str], *, now: datetime) -> None:
    """Have reporters rated anew, and hold them until the end of the transaction."""
    values = {"accounts": list(account_ids), "now": now}
    await statements.RATE_AGAIN.run(session, **values)


async def note_applied(session: AsyncSession, applied: RatingApplied) -> None:
    """Keep which version of its rating a reporter's filings go by."""
    values = {"account_id": applied.account_id, "version": applied.version}
    await statements.KEEP_APPLIED.run(session, **values)


async def keep_use(session: AsyncSession, counted: ReporterUseCounted) -> None:
    """Keep the newest count of what a reporter has used of its limits."""
    await know(session, counted.account_id)
    await statements.KEEP_USE.run(session, **counted.model_dump())
