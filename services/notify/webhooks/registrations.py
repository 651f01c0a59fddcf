"""A partner's addresses for webhooks, and the secrets by which a receiver knows that a message is ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.feed.event_types import patterns_of
from services.notify.webhooks import deliveries
from services.notify.webhooks.addresses import target_of
from services.notify.webhooks.keyring import Keyring
from services.notify.webhooks.tables import AccountStanding, WebhookEndpoint
from shared.contracts.ids import AccountId, EndpointId
from shared.runtime.errors import Conflict, NotFound
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock


class TooManyEndpoints(Conflict):
    """The account has as many endpoints as it may have."""

    code = "too_many_endpoints"
    title = "The account has as many webhook endpoints as it may have"


class AccountShut(Conflict):
    """The account is closed or suspended, so that nothing is sent for it."""

    code = "account_shut"
    title = "The account is closed or suspended"


@dataclass(frozen=True)
class Rules:
    """The operator's restrictions on webhook endpoints."""

    allow_loopback: bool
    per_account: int


async def add_endpoint(
    session: AsyncSession,
    *,
    account_id: AccountId,
    sees_all: bool,
    url: str,
    event_types: Sequence[str],
    description: str | None,
    enabled: bool,
    rules: Rules,
    keyring: Keyring,
    now: datetime,
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint; the endpoint and its secret, which nothing shows again.

    Raises `AddressRefused`, `EventTypeUnknown`, `TooManyEndpoints`, `AccountShut`.
    """
    target = target_of(url, allow_loopback=rules.allow_loopback)
    patterns = patterns_of(event_types)
    await _check_room(session, account_id, rules.per_account)
    secret = keyring.new_secret()
    endpoint = WebhookEndpoint(
        id=new_id(EndpointId),
        account_id=account_id,
        sees_all=sees_all,
        url=target.url,
        description=description,
        event_types=list(event_types),
        patterns=patterns,
        enabled=enabled,
        disabled_reason=None if enabled else "disabled by its owner",
        secret=keyring.seal(secret),
        created_at=now,
        updated_at=now,
    )
    session.add(endpoint)
    await session.flush()
    return endpoint, secret


async def endpoint_of(
    session: AsyncSession, endpoint_id: EndpointId, account_id: AccountId, *, lock: bool = False
) -> WebhookEndpoint:
    """An account's endpoint. Raises `NotFound`, also for another account's: even the operator has only its own here."""
    statement = select(WebhookEndpoint).where(
        col(WebhookEndpoint.id) == endpoint_id,
        col(WebhookEndpoint.account_id) == account_id,
        col(WebhookEndpoint.deleted_at).is_(None),
    )
    if lock:
        statement = statement.with_for_update()
    endpoint: WebhookEndpoint | None = (await session.exec(statement)).one_or_none()
    if endpoint is None:
        raise NotFound
    return endpoint


async def change_endpoint(
    session: AsyncSession, endpoint: WebhookEndpoint, changes: dict[str, Any], *, rules: Rules, now: datetime
) -> None:
    """Change some of url, event_types, description, enabled. Raises `AddressRefused`, `EventTypeUnknown`.

    What waits for a disabled endpoint goes on waiting, and is sent once it is enabled again; what happens meanwhile is
    in the feed alone.
    """
    if "url" in changes:
        changes = {**changes, "url": target_of(changes["url"], allow_loopback=rules.allow_loopback).url}
    if "event_types" in changes:
        endpoint.patterns = patterns_of(changes["event_types"])
    for name, value in changes.items():
        setattr(endpoint, name, value)
    if "enabled" in changes:
        endpoint.disabled_reason = None if changes["enabled"] else "disabled by its owner"
    _touch(endpoint, now)
    await session.flush()


async def remove_endpoint(session: AsyncSession, endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Take an endpoint away: nothing more is sent to it, and its secrets are forgotten."""
    endpoint.deleted_at = now
    endpoint.enabled = False
    endpoint.secret = ""
    endpoint.previous_secret = None
    _touch(endpoint, now)
    await session.flush()
    await deliveries.cancel_deliveries(session, endpoint.id, "the endpoint was deleted", now)


async def rotate_secret(
    session: AsyncSession, endpoint: WebhookEndpoint, *, overlap_seconds: int, keyring: Keyring, now: datetime
) -> str:
    """Give an endpoint a new secret. For the overlap messages are signed by both, and the receiver can change over.

    An older secret whose overlap has not ended yet ends now: there are never more than two.
    """
    secret = keyring.new_secret()
    overlaps = overlap_seconds > 0
    endpoint.previous_secret = endpoint.secret if overlaps else None
    endpoint.previous_secret_until = now + timedelta(seconds=overlap_seconds) if overlaps else None
    endpoint.secret = keyring.seal(secret)
    _touch(endpoint, now)
    await session.flush()
    return secret


def _touch(endpoint: WebhookEndpoint, now: datetime) -> None:
    endpoint.version += 1
    endpoint.updated_at = now


async def lock_account(session: AsyncSession, account_id: str) -> None:
    """Let one change at a time be made to which endpoints an account has."""
    await Lock.WEBHOOKS_OF_ACCOUNT.take(session, account_id)


async def _check_room(session: AsyncSession, account_id: AccountId, most: int) -> None:
    await lock_account(session, account_id)
    account = await session.get(AccountStanding, account_id)
    if account is not None and account.shut:
        raise AccountShut
    statement = (
        select(func.count())
        .select_from(WebhookEndpoint)
        .where(col(WebhookEndpoint.account_id) == account_id, col(WebhookEndpoint.deleted_at).is_(None))
    )
    if (await session.exec(statement)).one() >= most:
        raise TooManyEndpoints(f"An account can have {most} endpoints; delete one that is no longer used.")
