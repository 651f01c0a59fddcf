"""Authorities: the documents by which agents and licensees report under the rights of others."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import ConfigDict

from services.intake.vault.authorities import records
from services.intake.vault.authorities.fields import (
    EXAMPLE,
    AuthorityFields,
    AuthorityIn,
    RightIds,
    RightTypes,
    Territories,
)
from services.intake.vault.authorities.tables import Authority
from services.intake.vault.endpoints.rights import Operating, Reading, RefusalIn, RejectionOut, Writing, whose
from services.intake.vault.right_types import OwnerIn
from shared.contracts.authority_codes import AuthorityKind, AuthorityState
from shared.contracts.ids import AccountId, AuthorityId, EvidenceId
from shared.runtime import problems
from shared.runtime.context import Now
from shared.runtime.errors import Invalid, PreconditionFailed
from shared.runtime.etags import IfMatch, etag, require_match
from shared.runtime.inputs import Day, Input, Output, Version
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["authorities"])


class NewAuthorityIn(AuthorityIn):
    """A document by which you may act under rights that are another's."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class AuthorityOut(AuthorityFields, Output):
    """An authority in the vault."""

    id: AuthorityId
    account_id: AccountId
    state: AuthorityState
    version: Version
    rejection: RejectionOut | None = None
    verified_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class AuthorityChangesIn(Input):
    """The fields to change; `null` takes an optional one away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"valid_to": "2029-12-31"}]})

    kind: AuthorityKind | None = None
    principal: OwnerIn | None = None
    right_ids: RightIds | None = None
    right_types: RightTypes | None = None
    territories: Territories | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    evidence_id: EvidenceId | None = None


@routes.post(
    "/v1/authorities", summary="Put an authority into the vault", operation_id="create_authority", status_code=201,
    responses=problems.responses(Invalid),
)  # fmt: skip
async def create_authority(
    body: NewAuthorityIn, caller: Writing, session: Session, now: Now, response: Response
) -> AuthorityOut:
    """Put an authority into the vault. It is `pending` until the operator has read it.

    A report under a right that is `held_as` agent or licensee needs a verified one that covers the right, its type and
    the markets named.
    """
    return _answer(await records.put_in_vault(session, body, account_id=caller.account_id, now=now), response)


@routes.get(
    "/v1/authorities", summary="List authorities", operation_id="list_authorities",
    responses=problems.responses(CursorInvalid),
)  # fmt: skip
async def list_authorities(
    paging: Paged,
    caller: Reading,
    session: Session,
    state: Annotated[
        list[AuthorityState] | None, Query(max_length=20, description="Only authorities in one of these states")
    ] = None,
) -> Page[AuthorityOut]:
    """The account's authorities, newest first; the operator sees everyone's."""
    found, cursor = await records.list_authorities(session, states=state, account_id=whose(caller), paging=paging)
    return Page(data=[_out(authority) for authority in found], next_cursor=cursor)


@routes.get(
    "/v1/authorities/{authority_id}", summary="Read an authority", operation_id="read_authority",
    responses=problems.responses(records.AuthorityNotFound),
)  # fmt: skip
async def read_authority(
    authority_id: AuthorityId, caller: Reading, session: Session, response: Response
) -> AuthorityOut:
    """An authority as it is now."""
    return _answer(await records.find_authority(session, authority_id, account_id=whose(caller)), response)


@routes.patch(
    "/v1/authorities/{authority_id}", summary="Change an authority", operation_id="change_authority",
    responses=problems.responses(
        records.AuthorityNotFound, records.AuthorityStateConflict, PreconditionFailed, Invalid
    ),
)  # fmt: skip
async def change_authority(
    authority_id: AuthorityId,
    body: AuthorityChangesIn,
    caller: Writing,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> AuthorityOut:
    """Change what an authority says. It is read again then, and nothing can be filed by it until it was.

    To go on without a gap, put the new document into the vault beside the one that ends.
    """
    authority = await records.lock_authority(session, authority_id, account_id=caller.account_id)
    require_match(if_match, authority.version)
    changes = body.model_dump(mode="json", exclude_unset=True)
    return _answer(await records.revise(session, authority, changes, now=now), response)


@routes.post(
    "/v1/authorities/{authority_id}/verify", summary="Verify an authority", operation_id="verify_authority",
    responses=problems.responses(
        records.AuthorityNotFound, records.AuthorityStateConflict, records.AuthorityOver, PreconditionFailed
    ),
)  # fmt: skip
async def verify_authority(
    authority_id: AuthorityId, caller: Operating, session: Session, now: Now, response: Response,
    if_match: IfMatch = None,
) -> AuthorityOut:  # fmt: skip
    """The operator accepted the document; reports can be filed by it."""
    authority = await records.lock_authority(session, authority_id, account_id=whose(caller))
    require_match(if_match, authority.version)
    return _answer(await records.verify(session, authority, now=now), response)


@routes.post(
    "/v1/authorities/{authority_id}/reject", summary="Reject an authority", operation_id="reject_authority",
    responses=problems.responses(
        records.AuthorityNotFound, records.AuthorityStateConflict, PreconditionFailed, Invalid
    ),
)  # fmt: skip
async def reject_authority(
    authority_id: AuthorityId,
    body: RefusalIn,
    caller: Operating,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> AuthorityOut:
    """The operator could not accept the document, or no longer can."""
    authority = await records.lock_authority(session, authority_id, account_id=whose(caller))
    require_match(if_match, authority.version)
    return _answer(await records.reject(session, authority, code=body.code, note=body.note, now=now), response)


@routes.post(
    "/v1/authorities/{authority_id}/revoke", summary="Revoke an authority", operation_id="revoke_authority",
    responses=problems.responses(records.AuthorityNotFound, records.AuthorityStateConflict, PreconditionFailed),
)  # fmt: skip
async def revoke_authority(
    authority_id: AuthorityId, caller: Writing, session: Session, now: Now, response: Response,
    if_match: IfMatch = None,
) -> AuthorityOut:  # fmt: skip
    """Say that the authority was taken back. From this moment nothing is filed by it, and it never holds again."""
    authority = await records.lock_authority(session, authority_id, account_id=caller.account_id)
    require_match(if_match, authority.version)
    return _answer(await records.revoke(session, authority, now=now), response)


def _answer(authority: Authority, response: Response) -> AuthorityOut:
    response.headers["ETag"] = etag(authority.version)
    return _out(authority)


def _out(authority: Authority) -> AuthorityOut:
    rejection = None
    if authority.rejection_code is not None:
        rejection = {"code": authority.rejection_code, "note": authority.rejection_note}
    return AuthorityOut.model_validate({**authority.model_dump(), "rejection": rejection})
