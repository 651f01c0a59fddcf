"""Clients and their keys over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import ConfigDict, Field

from gateway.api.sealed import sealed_router
from gateway.domain import accounts, clients
from gateway.domain.accounts import AccountClosed
from gateway.domain.api_keys import MAX_LENGTH, PREFIX, NewKey
from gateway.domain.clients import (
    ClientExpired,
    ClientRevoked,
    ClientState,
    ExpiryPassed,
    NoScopes,
    OwnClient,
    TooManyClients,
)
from gateway.domain.granted_scopes import ScopeNotHeld, default_scopes
from gateway.resources import CurrentService
from gateway.tables import ApiKey, Client
from shared.contracts.codes import AccountKind, Scope
from shared.contracts.ids import AccountId, ClientId
from shared.runtime.context import Now
from shared.runtime.errors import NotFound
from shared.runtime.etags import etag
from shared.runtime.identity import Caller, operator, requires
from shared.runtime.inputs import Input, Instant, Name, Output, Whole
from shared.runtime.pagination import CursorInvalid, Page, Paged, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["accounts"])
key_routes = sealed_router(tags=["accounts"])

Admin = Annotated[Caller, requires(Scope.ACCOUNTS_ADMIN)]
Operator = Annotated[Caller, operator(Scope.ACCOUNTS_ADMIN)]
Reader = Annotated[Caller, requires(Scope.ACCOUNTS_READ)]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]


class ClientIn(Input):
    """One set of credentials."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Case management", "scopes": ["reports:write", "rights:read"]}]}
    )

    name: Name
    scopes: Scopes | None = Field(
        default=None,
        description="None that you do not hold yourself; the usual ones for the account unless given. "
        "One that guards nothing yet (appeals, metrics) is left out",
    )
    expires_at: Instant | None = Field(default=None, description="When it ends by itself; never unless given")


class KeyRotationIn(Input):
    """How to change a key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 3600}]})

    overlap_seconds: Annotated[Whole, Field(ge=0, le=7 * 86_400)] = Field(
        default=86_400, description="Seconds for which the old key works on"
    )


class LiveKeyOut(Output):
    """A key that works, without its secret."""

    prefix: Annotated[str, Field(max_length=MAX_LENGTH, description="How the key begins")]
    created_at: datetime
    ends_at: datetime | None
    last_used_at: datetime | None = Field(description="When it was used last, to the minute; null: never")


class ClientOut(Output):
    """One set of credentials, without its secret."""

    id: ClientId
    account_id: AccountId
    name: Annotated[str, Field(max_length=200)]
    state: ClientState = Field(description="Only a live one opens anything, while its account is open")
    scopes: Scopes
    keys: Annotated[list[LiveKeyOut], Field(max_length=10, description="The keys that work, the newest first")]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    suspended_at: datetime | None = Field(description="Since when the operator lets nobody in with it")
    last_used_at: datetime | None = Field(
        description="When any of its keys was used last, to the minute, also one that has ended; null: never"
    )


class ClientWithKeyOut(ClientOut):
    """One set of credentials with its new key, which is shown this once."""

    key: Annotated[str, Field(max_length=MAX_LENGTH, description="`Authorization: Bearer <key>`; keep it safe")]


@key_routes.post(
    "/v1/accounts/{account_id}/clients",
    operation_id="create_client",
    summary="Create a client",
    status_code=201,
    responses=responses(NotFound, AccountClosed, ScopeNotHeld, NoScopes, ExpiryPassed, TooManyClients),
)
async def create_client(
    account_id: AccountId,
    body: ClientIn,
    caller: Admin,
    session: Session,
    service: CurrentService,
    now: Now,
    response: Response,
) -> ClientWithKeyOut:
    """Make credentials for an account: the operator for any, another account for itself.

    The key is in this answer alone, and again in that to the same request under the same `Idempotency-Key`.
    """
    account = await accounts.account_of(session, account_id, caller, lock=True)
    named = default_scopes(AccountKind(account.kind), caller) if body.scopes is None else body.scopes
    client, key = await clients.add_client(
        session,
        account,
        caller,
        name=body.name,
        scopes=named,
        expires_at=body.expires_at,
        most=service.settings.clients_per_account,
        pepper=service.resources.pepper,
        now=now,
    )
    return await _with_key(session, client, key, now, response)


@routes.get(
    "/v1/accounts/{account_id}/clients",
    operation_id="list_clients",
    summary="List an account's clients",
    responses=responses(NotFound, CursorInvalid),
)
async def list_clients(
    account_id: AccountId, session: Session, paging: Paged, caller: Reader, now: Now
) -> Page[ClientOut]:
    """The credentials of an account, the newest first, those that were revoked among them."""
    account = await accounts.account_of(session, account_id, caller)
    rows, cursor = await paginate(session, clients.clients_of(AccountId(account.id)), Client.id, paging)
    return Page(data=await _all_out(session, rows, now), next_cursor=cursor)


@routes.get("/v1/clients/{client_id}", operation_id="get_client", summary="Get a client", responses=responses(NotFound))
async def get_client(client_id: ClientId, session: Session, caller: Reader, now: Now, response: Response) -> ClientOut:
    """One set of credentials."""
    return await _answer(session, await clients.client_of(session, client_id, caller), now, response)


@key_routes.post(
    "/v1/clients/{client_id}/rotate",
    operation_id="rotate_client_key",
    summary="Rotate a client's key",
    responses=responses(NotFound, ScopeNotHeld, ClientRevoked, ClientExpired),
)
async def rotate_client_key(
    client_id: ClientId,
    body: KeyRotationIn,
    caller: Admin,
    session: Session,
    service: CurrentService,
    now: Now,
    response: Response,
) -> ClientWithKeyOut:
    """Make a new key. The old one works until the overlap ends; one that was in its overlap already ends now."""
    client = await clients.client_of(session, client_id, caller, lock=True)
    key = await clients.rotate_key(
        session, client, caller, overlap_seconds=body.overlap_seconds, pepper=service.resources.pepper, now=now
    )
    return await _with_key(session, client, key, now, response)


@routes.post(
    "/v1/clients/{client_id}/revoke",
    operation_id="revoke_client",
    summary="Revoke a client",
    responses=responses(NotFound),
)
async def revoke_client(
    client_id: ClientId, session: Session, caller: Admin, now: Now, response: Response
) -> ClientOut:
    """End credentials for good: within a second neither its keys nor its access tokens open anything."""
    client = await clients.client_of(session, client_id, caller, lock=True)
    await clients.revoke_client(session, client, now=now)
    return await _answer(session, client, now, response)


@routes.post(
    "/v1/clients/{client_id}/suspend",
    operation_id="suspend_client",
    summary="Suspend a client",
    responses=responses(NotFound, OwnClient, ClientRevoked),
)
async def suspend_client(
    client_id: ClientId, session: Session, caller: Operator, now: Now, response: Response
) -> ClientOut:
    """Shut a client out until it is resumed.

    Within a second its keys and tokens are answered 403 `client_suspended`, its open streams and waiting claims end.
    """
    client = await clients.client_of(session, client_id, caller, lock=True)
    await clients.suspend_client(session, client, caller, now=now)
    return await _answer(session, client, now, response)


@routes.post(
    "/v1/clients/{client_id}/resume",
    operation_id="resume_client",
    summary="Resume a client",
    responses=responses(NotFound, ClientRevoked),
)
async def resume_client(
    client_id: ClientId, session: Session, caller: Operator, now: Now, response: Response
) -> ClientOut:
    """Let a suspended client in again, with the keys that it had."""
    client = await clients.client_of(session, client_id, caller, lock=True)
    await clients.resume_client(session, client, now=now)
    return await _answer(session, client, now, response)


async def _all_out(session: Session, rows: Sequence[Client], now: datetime) -> list[ClientOut]:
    ids = [row.id for row in rows]
    keys, uses = await clients.live_keys(session, ids, now), await clients.last_uses(session, ids)
    return [_out(row, keys.get(row.id, ()), uses.get(row.id), now) for row in rows]


def _out(client: Client, keys: Sequence[ApiKey], last_used_at: datetime | None, now: datetime) -> ClientOut:
    state = clients.state_of(client, now)
    over = state in {ClientState.REVOKED, ClientState.EXPIRED}
    return ClientOut(
        id=ClientId(client.id),
        account_id=AccountId(client.account_id),
        name=client.name,
        state=state,
        scopes=[Scope(scope) for scope in client.scopes],
        keys=[]
        if over
        else [
            LiveKeyOut(
                prefix=PREFIX + key.id,
                created_at=key.created_at,
                ends_at=key.ends_at,
                last_used_at=key.last_used_at,
            )
            for key in keys
        ],
        created_at=client.created_at,
        updated_at=client.updated_at,
        expires_at=client.expires_at,
        revoked_at=client.revoked_at,
        suspended_at=client.suspended_at,
        last_used_at=last_used_at,
    )


async def _answer(session: Session, client: Client, now: datetime, response: Response) -> ClientOut:
    response.headers["ETag"] = etag(client.version)
    (out,) = await _all_out(session, [client], now)
    return out


async def _with_key(
    session: Session, client: Client, key: NewKey, now: datetime, response: Response
) -> ClientWithKeyOut:
    shown = await _answer(session, client, now, response)
    return ClientWithKeyOut(**shown.model_dump(), key=key.text)
