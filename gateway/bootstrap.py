"""`python -m gateway.bootstrap`: the operator's own account and the first key, which come from nowhere else.

Prints `{"account_id", "client_id", "key"}`. Run again it gives that client a new key, and the one before works on for
an hour, so that a key that was lost can be had again by whoever has the machine. Migrates nothing.
"""

import asyncio
import json
import sys
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.domain import accounts, clients
from gateway.settings import GatewaySettings
from gateway.tables import Account, Client
from shared.contracts.codes import PLANNED_SCOPES, AccountKind, Scope
from shared.contracts.ids import AccountId, ClientId
from shared.runtime.clock import SystemClock
from shared.runtime.database import Database, service_url
from shared.runtime.identity import Caller
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock

OPERATOR = "Marque operator"
ADMIN = "Administration"
_EVERY_SCOPE = tuple(scope for scope in Scope if scope not in PLANNED_SCOPES)
_OVERLAP_SECONDS = 3600


async def make_admin(session: AsyncSession, *, pepper: bytes, now: datetime) -> dict[str, str]:
    """The operator's account and its admin client, made where they are missing; its new key."""
    await Lock.FIRST_ACCOUNTS.take(session)
    account = await _operator(session) or await accounts.open_account(
        session, kind=AccountKind.MARKETPLACE, name=OPERATOR, trusted_flagger=False, now=now
    )
    # Whoever runs this has the pepper and the database: all scopes are theirs to give.
    caller = Caller(
        new_id(ClientId), AccountId(account.id), AccountKind.MARKETPLACE, frozenset(scope.value for scope in Scope)
    )
    client = await _admin(session, account)
    if client is None:
        client, key = await clients.add_client(
            session, account, caller,
            name=ADMIN, scopes=_EVERY_SCOPE, expires_at=None, most=sys.maxsize, pepper=pepper, now=now,
        )  # fmt: skip
    else:
        client.scopes = sorted(_EVERY_SCOPE)  # a later version may know more of them
        key = await clients.rotate_key(
            session, client, caller, overlap_seconds=_OVERLAP_SECONDS, pepper=pepper, now=now
        )
    return {"account_id": account.id, "client_id": client.id, "key": key.text}


async def _operator(session: AsyncSession) -> Account | None:
    own = select(Account).where(
        col(Account.kind) == AccountKind.MARKETPLACE.value,
        col(Account.name) == OPERATOR,
        col(Account.closed_at).is_(None),
    )
    return (await session.exec(own.order_by(col(Account.id)).limit(1))).one_or_none()


async def _admin(session: AsyncSession, account: Account) -> Client | None:
    own = select(Client).where(
        col(Client.account_id) == account.id,
        col(Client.name) == ADMIN,
        col(Client.revoked_at).is_(None),
        col(Client.expires_at).is_(None),
    )
    return (await session.exec(own.order_by(col(Client.id)).limit(1).with_for_update())).one_or_none()


async def main() -> None:
    settings = GatewaySettings()
    database = Database(
        service_url(settings.database_url.get_secret_value(), "gateway"), service="gateway", pool_size=2
    )
    try:
        async with database.transaction() as session:
            made = await make_admin(session, pepper=settings.key_pepper.read_bytes(), now=SystemClock().now())
    finally:
        await database.engine.dispose()
    sys.stdout.write(json.dumps(made) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
