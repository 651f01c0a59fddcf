"""Accounts: who may come in at all, where a vendor may work, and how much of the platform an account may use.

Every change is an event, which the services act on: review gives the leases of an account back that is shut out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from gateway.tables import Account
from shared.contracts.codes import AccountKind
from shared.contracts.events import AccountChanged, AccountLimits, AccountState
from shared.contracts.ids import AccountId
from shared.runtime import outbox
from shared.runtime.errors import Conflict, FieldError, NotFound, Unprocessable
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
    title = "An account cannot close or suspend itself"


class NotAVendor(Unprocessable):
    """Marketplaces limit where a vendor works; other accounts have no such limit."""

    code = "not_a_vendor"
    title = "Only a vendor can be limited to marketplaces"


@dataclass(frozen=True)
class AccountChange:
    """Changes of an account; None leaves a field as it is. `marketplaces` and `limits` have a flag each.

    Attributes:
        marketplaces: the only ones whose tasks a vendor may work on; none: all.
        limits: by name; those that are not named fall back to the platform's default.
    """

    name: str | None = None
    trusted_flagger: bool | None = None
    marketplaces: Sequence[str] | None = None
    sets_marketplaces: bool = False
    limits: dict[str, int] | None = None


async def open_account(
    session: AsyncSession,
    *,
    kind: AccountKind,
    name: str,
    trusted_flagger: bool,
    now: datetime,
    marketplaces: Sequence[str] | None = None,
    limits: dict[str, int] | None = None,
) -> Account:
    """Make an account. It can do nothing until it has a client. Raises `NotAVendor`."""
    _require_vendor(kind.value, marketplaces)
    account = Account(
        id=new_id(AccountId),
        kind=kind.value,
        name=name,
        trusted_flagger=trusted_flagger,
        marketplaces=_sorted(marketplaces),
        limits=limits or {},
        created_at=now,
        updated_at=now,
    )
    session.add(account)
    await _tell(session, account, now)
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


async def change_account(session: AsyncSession, account: Account, change: AccountChange, *, now: datetime) -> None:
    """Change what is given. Raises `AccountClosed`, `NotAVendor`."""
    require_open(account)
    account.name = account.name if change.name is None else change.name
    if change.trusted_flagger is not None:
        account.trusted_flagger = change.trusted_flagger
    if change.sets_marketplaces:
        _require_vendor(account.kind, change.marketplaces)
        account.marketplaces = _sorted(change.marketplaces)
    if change.limits is not None:
        account.limits = change.limits
    _touch(account, now)
    await _tell(session, account, now)


async def suspend_account(
    session: AsyncSession, account: Account, caller: Caller, *, reason: str | None, now: datetime
) -> None:
    """Let nobody of an account in until it is resumed. Raises `OwnAccount`, `AccountClosed`."""
    if account.id == caller.account_id:
        raise OwnAccount
    require_open(account)
    if account.suspended_at is None:
        account.suspended_at = now
    account.suspension_reason = reason
    _touch(account, now)
    await _tell(session, account, now)


async def resume_account(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Let a suspended account in again, with the keys that it had. Raises `AccountClosed`."""
    require_open(account)
    if account.suspended_at is not None:
        account.suspended_at = account.suspension_reason = None
        _touch(account, now)
        await _tell(session, account, now)


async def close_account(session: AsyncSession, account: Account, caller: Caller, *, now: datetime) -> None:
    """Shut an account out for good: from now on none of its keys opens anything. Raises `OwnAccount`."""
    if account.id == caller.account_id:
        raise OwnAccount
    if account.closed_at is None:
        account.closed_at = now
        _touch(account, now)
        await _tell(session, account, now)


def require_open(account: Account) -> None:
    """Raises `AccountClosed`."""
    if account.closed_at is not None:
        raise AccountClosed


def state_of(account: Account) -> AccountState:
    if account.closed_at is not None:
        return AccountState.CLOSED
    return AccountState.OPEN if account.suspended_at is None else AccountState.SUSPENDED


def _require_vendor(kind: str, marketplaces: Sequence[str] | None) -> None:
    if marketplaces is not None and kind != AccountKind.VENDOR.value:
        message = f"A {kind} works on no tasks; leave marketplaces out, or send null."
        raise NotAVendor(errors=[FieldError("/marketplaces", "not_a_vendor", message)])


def _sorted(marketplaces: Sequence[str] | None) -> list[str] | None:
    return None if marketplaces is None else sorted(set(marketplaces))


async def _tell(session: AsyncSession, account: Account, now: datetime) -> None:
    """Write the account, and the event of its change."""
    await session.flush()
    event = AccountChanged(
        version=account.version,
        account_id=AccountId(account.id),
        kind=AccountKind(account.kind),
        state=state_of(account),
        marketplaces=account.marketplaces,
        limits=AccountLimits(**account.limits),
        reason=account.suspension_reason,
        changed_at=now,
    )
    outbox.record(session, event, now=now)


def _touch(account: Account, now: datetime) -> None:
    account.version += 1
    account.updated_at = now
