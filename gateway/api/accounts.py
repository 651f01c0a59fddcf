"""Accounts over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from gateway.domain import accounts
from gateway.domain.accounts import AccountClosed, OwnAccount
from gateway.tables import Account
from shared.contracts.codes import AccountKind, Scope
from shared.contracts.ids import AccountId
from shared.runtime.context import Now
from shared.runtime.errors import NotFound, PreconditionFailed
from shared.runtime.etags import IfMatch, etag, require_match
from shared.runtime.identity import Caller, operator, requires
from shared.runtime.inputs import Flag, Input, Name, Output
from shared.runtime.pagination import CursorInvalid, Page, Paged, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["accounts"])

Operator = Annotated[Caller, operator(Scope.ACCOUNTS_ADMIN)]
Reader = Annotated[Caller, requires(Scope.ACCOUNTS_READ)]


class NewAccount(Input):
    """An organisation that may come in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "brand", "name": "Ashgrove Instruments"}]})

    kind: Literal[AccountKind.BRAND, AccountKind.VENDOR, AccountKind.MARKETPLACE, AccountKind.REGULATOR]
    name: Name
    trusted_flagger: Flag = Field(default=False, description="A trusted flagger under DSA Art. 22")


class AccountChanges(Input):
    """What to change; what is not named stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trusted_flagger": True}]})

    name: Name | None = None
    trusted_flagger: Flag | None = None


class AccountOut(Output):
    """An organisation."""

    id: AccountId
    kind: AccountKind
    name: Annotated[str, Field(max_length=200)]
    trusted_flagger: bool
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@routes.post("/v1/accounts", operation_id="open_account", summary="Open an account", status_code=201)
async def open_account(body: NewAccount, _: Operator, session: Session, now: Now, response: Response) -> AccountOut:
    """Let an organisation in. It can do nothing until it has a client."""
    account = await accounts.open_account(
        session, kind=body.kind, name=body.name, trusted_flagger=body.trusted_flagger, now=now
    )
    return _shown(account, response)


@routes.get("/v1/accounts", operation_id="list_accounts", summary="List accounts", responses=responses(CursorInvalid))
async def list_accounts(
    session: Session,
    paging: Paged,
    caller: Reader,
    kind: Annotated[list[AccountKind] | None, Query(max_length=20, description="Only accounts of these kinds")] = None,
) -> Page[AccountOut]:
    """The accounts that the caller may see, the newest first: for the operator every one, for others their own."""
    rows, cursor = await paginate(session, accounts.visible_accounts(caller, kind), Account.id, paging)
    return Page(data=[AccountOut.model_validate(row) for row in rows], next_cursor=cursor)


@routes.get(
    "/v1/accounts/{account_id}", operation_id="get_account", summary="Get an account", responses=responses(NotFound)
)
async def get_account(account_id: AccountId, session: Session, caller: Reader, response: Response) -> AccountOut:
    """One account."""
    return _shown(await accounts.account_of(session, account_id, caller), response)


@routes.patch(
    "/v1/accounts/{account_id}",
    operation_id="change_account",
    summary="Change an account",
    responses=responses(NotFound, AccountClosed, PreconditionFailed),
)
async def change_account(
    account_id: AccountId,
    body: AccountChanges,
    caller: Operator,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> AccountOut:
    """Change an account's name, or whether it is a trusted flagger. It counts for requests within a second."""
    account = await accounts.account_of(session, account_id, caller, lock=True)
    require_match(if_match, account.version)
    await accounts.change_account(session, account, name=body.name, trusted_flagger=body.trusted_flagger, now=now)
    return _shown(account, response)


@routes.post(
    "/v1/accounts/{account_id}/close",
    operation_id="close_account",
    summary="Close an account",
    responses=responses(NotFound, OwnAccount),
)
async def close_account(
    account_id: AccountId, caller: Operator, session: Session, now: Now, response: Response
) -> AccountOut:
    """Shut an account out for good: within a second none of its keys and tokens opens anything. Its data stays."""
    account = await accounts.account_of(session, account_id, caller, lock=True)
    await accounts.close_account(session, account, caller, now=now)
    return _shown(account, response)


def _shown(account: Account, response: Response) -> AccountOut:
    response.headers["ETag"] = etag(account.version)
    return AccountOut.model_validate(account)
