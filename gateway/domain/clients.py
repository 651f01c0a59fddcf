"""Clients: the credentials of an account, their scopes, and the change and the end of their keys."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum, unique

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from gateway.domain.accounts import require_open
from gateway.domain.api_keys import NewKey, digest_of, make_key
from gateway.domain.granted_scopes import require_may_grant
from gateway.tables import Account, ApiKey, Client
from shared.contracts.codes import PLANNED_SCOPES, Scope
from shared.contracts.ids import AccountId, ClientId
from shared.runtime.errors import Conflict, FieldError, NotFound, Unprocessable
from shared.runtime.identity import Caller
from shared.runtime.ids import new_id


@unique
class ClientState(StrEnum):
    """The state of a client: only a live one opens anything, unless its account is suspended or closed."""

    LIVE = "live"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ClientRevoked(Conflict):
    """The client was revoked; it does not come back."""

    code = "client_revoked"
    title = "The client is revoked"


class ClientExpired(Conflict):
    """The client's time is over."""

    code = "client_expired"
    title = "The client has expired"


class OwnClient(Conflict):
    """A client cannot suspend itself."""

    code = "own_client"
    title = "A client cannot suspend itself"


class TooManyClients(Conflict):
    """The account has as many clients as it may have."""

    code = "too_many_clients"
    title = "The account has as many clients as it may have"


class ExpiryPassed(Unprocessable):
    """A client cannot expire before it is made."""

    code = "expiry_passed"
    title = "The client would have expired already"


class NoScopes(Unprocessable):
    """A client needs at least one scope."""

    code = "no_scopes"
    title = "The client would have no scope"


async def add_client(
    session: AsyncSession,
    account: Account,
    caller: Caller,
    *,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime | None,
    most: int,
    pepper: bytes,
    now: datetime,
) -> tuple[Client, NewKey]:
    """Make a client with its first key, which nothing shows again. The account's row is locked by the caller.

    Raises `AccountClosed`, `NoScopes`, `ScopeNotHeld`, `ExpiryPassed`, `TooManyClients`.
    """
    require_open(account)
    scopes = [scope for scope in scopes if scope not in PLANNED_SCOPES]
    if not scopes:
        raise NoScopes(
            errors=[FieldError("/scopes", "no_scopes", "Name a scope that you hold and that guards something.")]
        )
    require_may_grant(caller, scopes)
    if expires_at is not None and expires_at <= now:
        raise ExpiryPassed(errors=[FieldError("/expires_at", "expiry_passed", "Name a time to come.")])
    await _check_room(session, account, most)
    client = Client(
        id=new_id(ClientId),
        account_id=account.id,
        name=name,
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )
    session.add(client)
    await session.flush()
    return client, await _issue_key(session, client, pepper, now)


def clients_of(account_id: AccountId) -> SelectOfScalar[Client]:
    return select(Client).where(col(Client.account_id) == account_id)


async def client_of(session: AsyncSession, client_id: ClientId, caller: Caller, *, lock: bool = False) -> Client:
    """A client that the caller may look after. Raises `NotFound`, also for a stranger's."""
    client = await session.get(Client, client_id, with_for_update=lock or None)
    if client is None or not caller.owns(AccountId(client.account_id)):
        raise NotFound
    return client


async def live_keys(session: AsyncSession, client_ids: Iterable[str], now: datetime) -> dict[str, list[ApiKey]]:
    """The keys that still open something, the newest first, by client."""
    statement = (
        select(ApiKey)
        .where(col(ApiKey.client_id).in_(list(client_ids)), _still_good(now))
        .order_by(col(ApiKey.ends_at).desc().nulls_first(), col(ApiKey.created_at).desc())
    )
    found: dict[str, list[ApiKey]] = {}
    for key in (await session.exec(statement)).all():
        found.setdefault(key.client_id, []).append(key)
    return found


async def last_uses(session: AsyncSession, client_ids: Iterable[str]) -> dict[str, datetime | None]:
    """When a key of each client was used last, also one that has ended; nothing of a client that never had one."""
    statement = (
        select(ApiKey.client_id, func.max(ApiKey.last_used_at))
        .where(col(ApiKey.client_id).in_(list(client_ids)))
        .group_by(col(ApiKey.client_id))
    )
    return dict((await session.exec(statement)).all())


def state_of(client: Client, now: datetime) -> ClientState:
    """Return the state of a client; what ends it for good comes first."""
    if client.revoked_at is not None:
        return ClientState.REVOKED
    if client.expires_at is not None and client.expires_at <= now:
        return ClientState.EXPIRED
    return ClientState.LIVE if client.suspended_at is None else ClientState.SUSPENDED


async def rotate_key(
    session: AsyncSession, client: Client, caller: Caller, *, overlap_seconds: int, pepper: bytes, now: datetime
) -> NewKey:
    """Give a client a new key. The one before works on for the overlap; an older one still in its overlap ends now.

    Whoever rotates learns the key, and so must hold all that it opens. The client's row is locked by the caller.
    Raises `ClientRevoked`, `ClientExpired`, `ScopeNotHeld`.
    """
    if client.revoked_at is not None:
        raise ClientRevoked
    if client.expires_at is not None and client.expires_at <= now:
        raise ClientExpired
    require_may_grant(caller, client.scopes)
    for key in (await live_keys(session, [client.id], now)).get(client.id, []):
        key.ends_at = now if key.ends_at is not None else now + timedelta(seconds=overlap_seconds)
    _touch(client, now)
    return await _issue_key(session, client, pepper, now)


async def revoke_client(session: AsyncSession, client: Client, *, now: datetime) -> None:
    """End a client for good, with all its keys and access tokens: everywhere within a second."""
    if client.revoked_at is None:
        client.revoked_at = now
        _touch(client, now)
        await session.flush()


async def suspend_client(session: AsyncSession, client: Client, caller: Caller, *, now: datetime) -> None:
    """Let nobody in with a client's keys and tokens until it is resumed. Raises `OwnClient`, `ClientRevoked`."""
    if client.id == caller.client_id:
        raise OwnClient
    if client.revoked_at is not None:
        raise ClientRevoked
    if client.suspended_at is None:
        client.suspended_at = now
        _touch(client, now)
        await session.flush()


async def resume_client(session: AsyncSession, client: Client, *, now: datetime) -> None:
    """Let a suspended client in again, with the keys that it had. Raises `ClientRevoked`."""
    if client.revoked_at is not None:
        raise ClientRevoked
    if client.suspended_at is not None:
        client.suspended_at = None
        _touch(client, now)
        await session.flush()


async def _issue_key(session: AsyncSession, client: Client, pepper: bytes, now: datetime) -> NewKey:
    key = make_key()
    session.add(ApiKey(id=key.id, client_id=client.id, digest=digest_of(key.text, pepper), created_at=now))
    await session.flush()
    return key


async def _check_room(session: AsyncSession, account: Account, most: int) -> None:
    statement = select(func.count()).where(col(Client.account_id) == account.id, col(Client.revoked_at).is_(None))
    if (await session.exec(statement)).one() >= most:
        raise TooManyClients(f"An account can have {most} clients; revoke one that is no longer used.")


def _still_good(now: datetime) -> ColumnElement[bool]:
    return or_(col(ApiKey.ends_at).is_(None), col(ApiKey.ends_at) > now)


def _touch(client: Client, now: datetime) -> None:
    client.version += 1
    client.updated_at = now
