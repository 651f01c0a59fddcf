"""Accounts over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from gateway.domain import accounts
from gateway.domain.accounts import AccountChange, AccountClosed, NotAVendor, OwnAccount
from gateway.tables import Account
from shared.contracts.codes import AccountKind, Scope
from shared.contracts.events import AccountState
from shared.contracts.ids import AccountId
from shared.runtime.context import Now
from shared.runtime.errors import NotFound, PreconditionFailed
from shared.runtime.etags import IfMatch, etag, require_match
from shared.runtime.identity import Caller, operator, requires
from shared.runtime.inputs import Flag, Input, Line, Name, Output, Whole
from shared.runtime.pagination import CursorInvalid, Page, Paged, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["accounts"])

Operator = Annotated[Caller, operator(Scope.ACCOUNTS_ADMIN)]
Reader = Annotated[Caller, requires(Scope.ACCOUNTS_READ)]


Marketplaces = Annotated[list[Name], Field(min_length=1, max_length=100)]
_MARKETPLACES = "The only marketplaces whose tasks a vendor may work on; null: all"
Limit = Annotated[Whole, Field(ge=0, le=1_000_000_000_000_000)]


class LimitsIn(Input):
    """How much of the platform an account may use at once; what is null has the platform's default.

    Who would pass a limit is answered 422 `limit_reached`. `GET /v1/limits` says how much is used.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"open_reports": 50_000, "evidence_bytes": None}]})

    open_reports: Limit | None = Field(default=None, description="Reports that have not ended")
    rights: Limit | None = Field(default=None, description="Rights in the vault")
    evidence_bytes: Limit | None = Field(default=None, description="Bytes of evidence that is stored")


class AccountIn(Input):
    """An organisation that may come in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "brand", "name": "Ashgrove Instruments"}]})

    kind: Literal[AccountKind.BRAND, AccountKind.VENDOR, AccountKind.MARKETPLACE, AccountKind.REGULATOR]
    name: Name
    trusted_flagger: Flag = Field(default=False, description="A trusted flagger under DSA Art. 22")
    marketplaces: Marketplaces | None = Field(default=None, description=_MARKETPLACES)
    limits: LimitsIn = LimitsIn()


class AccountChangesIn(Input):
    """Changes of an account; fields left out stay as they are. `limits` are replaced as a whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trusted_flagger": True}]})

    name: Name | None = None
    trusted_flagger: Flag | None = None
    marketplaces: Marketplaces | None = Field(default=None, description=_MARKETPLACES)
    limits: LimitsIn | None = None


class AccountSuspensionIn(Input):
    """Why an account is suspended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Its keys were published."}]})

    reason: Annotated[Line, Field(min_length=1, max_length=1000)] | None = None


class LimitsOut(Output):
    """Limits that the operator has set for the account; null is the platform's default."""

    open_reports: Limit | None = None
    rights: Limit | None = None
    evidence_bytes: Limit | None = None


class AccountOut(Output):
    """An organisation."""

    id: AccountId
    kind: AccountKind
    name: Annotated[str, Field(max_length=200)]
    trusted_flagger: bool
    state: AccountState
    marketplaces: Annotated[list[Name], Field(max_length=100)] | None = Field(description=_MARKETPLACES)
    limits: LimitsOut
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    suspended_at: datetime | None
    suspension_reason: Annotated[str, Field(max_length=1000)] | None


@routes.post(
    "/v1/accounts",
    operation_id="open_account",
    summary="Open an account",
    status_code=201,
    responses=responses(NotAVendor),
)
async def open_account(body: AccountIn, _: Operator, session: Session, now: Now, response: Response) -> AccountOut:
    """Let an organisation in. It can do nothing until it has a client."""
    account = await accounts.open_account(
        session, kind=body.kind, name=body.name, trusted_flagger=body.trusted_flagger, now=now,
        marketplaces=body.marketplaces, limits=body.limits.model_dump(exclude_none=True),
    )  # fmt: skip
    return _answer(account, response)


@routes.get("/v1/accounts", operation_id="list_accounts", summary="List accounts", responses=responses(CursorInvalid))
async def list_accounts(
    session: Session,
    paging: Paged,
    caller: Reader,
    kind: Annotated[list[AccountKind] | None, Query(max_length=20, description="Only accounts of these kinds")] = None,
) -> Page[AccountOut]:
    """The accounts that the caller may see, the newest first: for the operator every one, for others their own."""
    rows, cursor = await paginate(session, accounts.visible_accounts(caller, kind), Account.id, paging)
    return Page(data=[_out(row) for row in rows], next_cursor=cursor)


@routes.get(
    "/v1/accounts/{account_id}", operation_id="get_account", summary="Get an account", responses=responses(NotFound)
)
async def get_account(account_id: AccountId, session: Session, caller: Reader, response: Response) -> AccountOut:
    """One account."""
    return _answer(await accounts.account_of(session, account_id, caller), response)


@routes.patch(
    "/v1/accounts/{account_id}",
    operation_id="change_account",
    summary="Change an account",
    responses=responses(NotFound, AccountClosed, NotAVendor, PreconditionFailed),
)
async def change_account(
    account_id: AccountId,
    body: AccountChangesIn,
    caller: Operator,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> AccountOut:
    """Change an account's name, whether it is a trusted flagger, where a vendor may work, and its limits.

    It counts for requests within a second.
    """
    account = await accounts.account_of(session, account_id, caller, lock=True)
    require_match(if_match, account.version)
    change = AccountChange(
        name=body.name,
        trusted_flagger=body.trusted_flagger,
        marketplaces=body.marketplaces,
        sets_marketplaces="marketplaces" in body.model_fields_set,
        limits=None if body.limits is None else body.limits.model_dump(exclude_none=True),
    )
    await accounts.change_account(session, account, change, now=now)
    return _answer(account, response)


@routes.post(
    "/v1/accounts/{account_id}/close",
    operation_id="close_account",
    summary="Close an account",
    responses=responses(NotFound, OwnAccount),
)
async def close_account(
    account_id: AccountId, caller: Operator, session: Session, now: Now, response: Response
) -> AccountOut:
    """Shut an account out for good: within a second none of its keys and tokens opens anything.

    Its data stays; what is left of its imports is not filed.
    """
    account = await accounts.account_of(session, account_id, caller, lock=True)
    await accounts.close_account(session, account, caller, now=now)
    return _answer(account, response)


@routes.post(
    "/v1/accounts/{account_id}/suspend",
    operation_id="suspend_account",
    summary="Suspend an account",
    responses=responses(NotFound, OwnAccount, AccountClosed),
)
async def suspend_account(
    account_id: AccountId, body: AccountSuspensionIn, caller: Operator, session: Session, now: Now, response: Response
) -> AccountOut:
    """Shut an account out until it is resumed.

    Within a second its keys and tokens are answered 403 `account_suspended`, its open streams and waiting claims are
    cut, the leases of a vendor go back to their queues, and the imports of a brand wait.
    """
    account = await accounts.account_of(session, account_id, caller, lock=True)
    await accounts.suspend_account(session, account, caller, reason=body.reason, now=now)
    return _answer(account, response)


@routes.post(
    "/v1/accounts/{account_id}/resume",
    operation_id="resume_account",
    summary="Resume an account",
    responses=responses(NotFound, AccountClosed),
)
async def resume_account(
    account_id: AccountId, caller: Operator, session: Session, now: Now, response: Response
) -> AccountOut:
    """Let a suspended account in again, with the keys that it had."""
    account = await accounts.account_of(session, account_id, caller, lock=True)
    await accounts.resume_account(session, account, now=now)
    return _answer(account, response)


def _out(account: Account) -> AccountOut:
    return AccountOut(**account.model_dump(exclude={"version"}), state=accounts.state_of(account))


def _answer(account: Account, response: Response) -> AccountOut:
    response.headers["ETag"] = etag(account.version)
    return _out(account)
