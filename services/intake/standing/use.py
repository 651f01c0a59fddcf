"""How much reporters have used of their limits: told where somebody has limits, so that they can read it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.standing import statements
from shared.contracts.events import ReporterUseCounted
from shared.contracts.ids import AccountId
from shared.runtime.outbox import record

_MICROSECONDS = 1_000_000


async def tell_use(session: AsyncSession, account_ids: Iterable[str], *, now: datetime) -> None:
    """Count what these accounts have used, and tell it of those that have limits."""
    accounts = sorted(set(account_ids))
    if not accounts:
        return
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    limited = await statements.LIMITED.all(session, accounts=accounts)
    for account_id, items, filings in limited:
        used = await statements.IN_USE.one(
            session, account_id=account_id, since=today, most_filings=filings or 0, most_items=items or 0
        )
        event = ReporterUseCounted(
            version=int(now.timestamp() * _MICROSECONDS),
            account_id=AccountId(account_id),
            open_items=None if items is None else used.items,
            filings=None if filings is None else used.filings,
            day=today.date(),
        )
        record(session, event, now=now)
