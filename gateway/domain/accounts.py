"""Accounts: who may come in at all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from gateway.tables import Account
from shared.contracts.codes import AccountKind
from shared.contracts.ids import AccountId
from shared.runtime.errors import Conflict, NotFound
from shared.runtime.identity import Caller
from shared.runtime.ids import new_id
from shared.runtime.pagination import among


class AccountClosed(Conflict):
    """The account is closed; it does not open again."""

    code = "account_closed"
    title = "The account is closed"


class OwnAccount(Conflict):
    """An account cannot shut itself out."""

    code = "own_account"
    title = "An account cannot close itself"


async def open_account(
    session: AsyncSession, *, kind: AccountKind, name: str, trusted_flagger: bool, now: datetime
) -> Account:
    """Make an account. It can do nothing until it has a client."""
    account = Account(
        id=new_id(AccountId),
        kind=kind.value,
        name=name,
        trusted_flagger=trusted_flagger,
        created_at=now,
        updated_at=now,
    )
    session.add(account)
    await session.flush()
    return account


def visible_accounts(caller: Caller, kinds: Sequence[AccountKind] | None) -> SelectOfScalar[Account]:
    """The accounts that a caller can see: the operator every one, anyone else its own."""
    own: ColumnElement[bool] = true() if caller.is_operator else col(Account.id) == caller.account_id
    return among(select(Account).where(own), col(Account.kind), kinds)


async def account_of(session: AsyncSession, account_id: AccountId, caller: Caller, *, lock: bool = False) -> Account:
    """An account that the caller may look after. Raises `NotFound`, also for a stranger's."""
    account = await session.get(Account, account_id, with_for_update=lock or None) if caller.owns(account_id) else None
    if account is None:
        raise NotFound
    return account


async def change_account(
    session: AsyncSession, account: Account, *, name: str | None, trusted_flagger: bool | None, now: datetime
) -> None:
    """Change what is given. Raises `AccountClosed`."""
    require_open(account)
    account.name = account.name if name is None else name
    account.trusted_flagger = account.trusted_flagger if trusted_flagger is None else trusted_flagger
    _touch(account, now)
    await session.flush()


async def close_account(session: AsyncSession, account: Account, caller: Caller, *, now: datetime) -> None:
    """Shut an account out for good: from now on none of its keys opens anything. Raises `OwnAccount`."""
    if account.id == caller.account_id:
        raise OwnAccount
    if account.closed_at is None:
        account.closed_at = now
        _touch(account, now)
        await session.flush()


def require_open(account: Account) -> None:
    """Raises `AccountClosed`."""
    if account.closed_at is not None:
        raise AccountClosed


def _touch(account: Account, now: datetime) -> None:
    account.version += 1
    account.updated_at = now
