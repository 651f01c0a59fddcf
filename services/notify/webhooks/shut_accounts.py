"""Accounts that are shut out: nothing is pushed to a partner that could not fetch it either."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.webhooks import statements
from services.notify.webhooks.registrations import lock_account, remove_endpoint
from services.notify.webhooks.tables import WebhookEndpoint
from shared.contracts.events import AccountChanged, AccountState

SUSPENDED = "the account is suspended"


async def follow_account(session: AsyncSession, changed: AccountChanged, *, now: datetime) -> None:
    """Delete the endpoints of an account that was closed; disable those of one that is suspended, until it is not.

    An event older than the last version of the account that came in is ignored.
    """
    await lock_account(session, changed.account_id)
    values = {
        "account_id": changed.account_id,
        "version": changed.version,
        "shut": changed.state is not AccountState.OPEN,
    }
    if await statements.KEEP_STANDING.first(session, **values) is None:
        return
    for endpoint in await _endpoints(session, changed.account_id):
        match changed.state:
            case AccountState.CLOSED:
                await remove_endpoint(session, endpoint, now=now)
            case AccountState.SUSPENDED if endpoint.enabled:
                _set_enabled(session, endpoint, enabled=False, now=now)
            case AccountState.OPEN if endpoint.disabled_reason == SUSPENDED:
                _set_enabled(session, endpoint, enabled=True, now=now)


async def _endpoints(session: AsyncSession, account_id: str) -> list[WebhookEndpoint]:
    statement = (
        select(WebhookEndpoint)
        .where(col(WebhookEndpoint.account_id) == account_id, col(WebhookEndpoint.deleted_at).is_(None))
        .order_by(col(WebhookEndpoint.id))
        .with_for_update()
    )
    return list((await session.exec(statement)).all())


def _set_enabled(session: AsyncSession, endpoint: WebhookEndpoint, *, enabled: bool, now: datetime) -> None:
    endpoint.enabled = enabled
    endpoint.disabled_reason = None if enabled else SUSPENDED
    endpoint.version += 1
    endpoint.updated_at = now
    session.add(endpoint)
