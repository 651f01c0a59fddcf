"""Reporters: who is one, and who has to be rated again."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.standing.tables import Reporter
from shared.contracts.codes import AccountKind
from shared.contracts.events import AccountChanged, RatingApplied, ReporterUseCounted
from shared.contracts.ids import AccountId
from shared.runtime.errors import NotFound

_KNOW = text("INSERT INTO reporters (account_id) VALUES (:account_id) ON CONFLICT DO NOTHING")
_RATE_AGAIN = text("""
INSERT INTO reporters AS r (account_id, rate_at)
SELECT account_id, :now FROM unnest(CAST(:accounts AS text[])) AS a(account_id) ORDER BY 1
ON CONFLICT (account_id) DO UPDATE SET rate_at = least(r.rate_at, excluded.rate_at)
""")
_APPLIED = text("UPDATE reporters SET applied = :version WHERE account_id = :account_id AND applied < :version")
_KEEP_USE = text("""
UPDATE reporters SET use_version = :version, open_items = :open_items, filings = :filings, filings_on = :day
WHERE account_id = :account_id AND use_version < :version
""")


class ReporterNotFound(NotFound):
    """No account of this id can report anything, or has."""

    code = "reporter_not_found"
    title = "Reporter not found"


async def know(session: AsyncSession, account_id: AccountId) -> None:
    """Keep that there is such a reporter."""
    await (await session.connection()).execute(_KNOW, {"account_id": account_id})


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
    await (await session.connection()).execute(_RATE_AGAIN, values)


async def note_applied(session: AsyncSession, applied: RatingApplied) -> None:
    """Keep which version of its rating a reporter's filings go by."""
    values = {"account_id": applied.account_id, "version": applied.version}
    await (await session.connection()).execute(_APPLIED, values)


async def keep_use(session: AsyncSession, counted: ReporterUseCounted) -> None:
    """Keep the newest count of what a reporter has used of its limits."""
    await know(session, counted.account_id)
    await (await session.connection()).execute(_KEEP_USE, counted.model_dump())
