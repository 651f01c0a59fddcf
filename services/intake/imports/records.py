"""Imports as their account sees them: listed, followed, cancelled, and forgotten in the end."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.imports import statements
from services.intake.imports.errors import ImportNotFound, ImportOver
from services.intake.imports.events import completed
from services.intake.imports.tables import Import, ImportBatch
from shared.contracts.codes import ImportState
from shared.contracts.ids import AccountId, ImportId
from shared.runtime.outbox import record
from shared.runtime.pagination import Paging, among, paginate

ABANDONED_AFTER = timedelta(minutes=10)
"""An upload that has not grown for so long is over."""
_RECEIVING = "receiving"


async def list_imports(
    session: AsyncSession, *, states: Sequence[ImportState] | None, account_id: str | None, paging: Paging
) -> tuple[list[Import], str | None]:
    """A page of an account's imports, newest first; of everyone's where no account is named."""
    statement = select(Import).where(Import.state != _RECEIVING)
    statement = among(statement, Import.state, states)
    if account_id is not None:
        statement = statement.where(Import.account_id == account_id)
    return await paginate(session, statement, Import.id, paging)


async def find_import(
    session: AsyncSession, import_id: ImportId, *, account_id: str | None, held: bool = False
) -> Import:
    """An import of an account; of any account where none is named. Raises `ImportNotFound`."""
    statement = select(Import).where(Import.id == import_id, Import.state != _RECEIVING)
    if held:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(statement)).one_or_none()
    if found is None or (account_id is not None and found.account_id != account_id):
        raise ImportNotFound
    return found


async def cancel_import(session: AsyncSession, import_id: ImportId, *, account_id: str | None, now: datetime) -> Import:
    """Leave the rest of the rows unfiled. Raises `ImportNotFound` and `ImportOver`."""
    await find_import(session, import_id, account_id=account_id)
    # First the batches: those that are being filed are waited for, and count themselves in the import's row.
    await session.exec(delete(ImportBatch).where(col(ImportBatch.import_id) == import_id))
    found = await find_import(session, import_id, account_id=account_id, held=True)
    if found.state == ImportState.COMPLETED:
        raise ImportOver
    if found.state == ImportState.FILING:
        found.state = ImportState.CANCELLED.value
        found.completed_at = now
        found.version += 1
        session.add(found)
        record(session, completed(found), now=now)
    return found


async def cancel_imports_of(session: AsyncSession, account_id: AccountId, *, now: datetime) -> None:
    """Leave the rest of what an account that is closed has sent unfiled."""
    running = select(Import.id).where(Import.account_id == account_id, Import.state == ImportState.FILING.value)
    for import_id in sorted(await session.exec(running)):
        with contextlib.suppress(ImportOver):
            await cancel_import(session, ImportId(import_id), account_id=account_id, now=now)


async def tidy(session: AsyncSession, *, keep_days: int, now: datetime) -> None:
    """Clear away uploads that stopped, and imports that are long over with the rows that they refused.

    An upload that was under way as its account was closed is cancelled here.
    """
    stopped = (col(Import.state) == _RECEIVING) & (col(Import.advanced_at) < now - ABANDONED_AFTER)
    await session.exec(delete(Import).where(stopped))
    for account_id in await statements.CLOSED_ACCOUNTS_FILING.all(session):
        await cancel_imports_of(session, AccountId(account_id), now=now)
    await session.exec(delete(Import).where(col(Import.completed_at) < now - timedelta(days=keep_days)))
