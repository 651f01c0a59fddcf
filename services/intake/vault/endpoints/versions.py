"""The versions that rights and authorities have had: what `right_version` and `authority_version` of a report say."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field, TypeAdapter
from typing_extensions import TypeAliasType

from services.intake.vault import rights, versions
from services.intake.vault.authorities import records
from services.intake.vault.authorities.fields import AuthorityFields
from services.intake.vault.authorities.tables import AuthorityVersion
from services.intake.vault.endpoints.rights import ConflictDecisionOut, Reading, whose
from services.intake.vault.right_types import (
    CommonFields,
    CopyrightFields,
    DesignFields,
    IndicationFields,
    PatentFields,
    TradeDressFields,
    TrademarkFields,
)
from services.intake.vault.tables import RightVersion
from shared.contracts.authority_codes import AuthorityState
from shared.contracts.codes import RightState
from shared.contracts.ids import AccountId, AuthorityId, RightId
from shared.runtime import problems
from shared.runtime.identity import Caller
from shared.runtime.inputs import Output, Version
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["rights"])
authority_routes = router(tags=["authorities"])
Number = Annotated[Version, Path(description="The version's number")]


class _Kept(Output):
    account_id: AccountId
    version: Version
    kept_at: datetime = Field(description="From when on it stood so")


class _AsItStood(CommonFields, _Kept):
    id: RightId
    state: RightState
    conflict_decision: ConflictDecisionOut | None = Field(
        None, description="For marketplaces alone: the decision that it might stand beside those of other owners"
    )


class TrademarkVersionOut(TrademarkFields, _AsItStood):
    """A mark as it stood."""


class CopyrightVersionOut(CopyrightFields, _AsItStood):
    """A work as it stood."""


class DesignVersionOut(DesignFields, _AsItStood):
    """A design as it stood."""


class PatentVersionOut(PatentFields, _AsItStood):
    """A patent as it stood."""


class TradeDressVersionOut(TradeDressFields, _AsItStood):
    """A trade dress as it stood."""


class GeographicalIndicationVersionOut(IndicationFields, _AsItStood):
    """A geographical indication as it stood."""


_AnyVersion = (
    TrademarkVersionOut
    | CopyrightVersionOut
    | DesignVersionOut
    | PatentVersionOut
    | TradeDressVersionOut
    | GeographicalIndicationVersionOut
)
RightVersionOut = TypeAliasType("RightVersionOut", Annotated[_AnyVersion, Field(discriminator="type")])
_view: TypeAdapter[_AnyVersion] = TypeAdapter(RightVersionOut)


class AuthorityVersionOut(AuthorityFields, _Kept):
    """An authority as it stood."""

    id: AuthorityId
    state: AuthorityState


@routes.get(
    "/v1/rights/{right_id}/versions", summary="List the versions of a right", operation_id="list_right_versions",
    responses=problems.responses(rights.RightNotFound, CursorInvalid),
)  # fmt: skip
async def list_right_versions(
    right_id: RightId, paging: Paged, caller: Reading, session: Session
) -> Page[RightVersionOut]:
    """Every version of a right, newest first. They are never changed."""
    await rights.find_right(session, right_id, account_id=whose(caller))
    found, cursor = await versions.versions_of_right(session, right_id, paging=paging)
    return Page(data=[_right(kept, caller) for kept in found], next_cursor=cursor)


@routes.get(
    "/v1/rights/{right_id}/versions/{number}", summary="Read a version of a right", operation_id="read_right_version",
    responses=problems.responses(rights.RightNotFound, versions.VersionNotFound),
)  # fmt: skip
async def read_right_version(right_id: RightId, number: Number, caller: Reading, session: Session) -> RightVersionOut:
    """A right as it stood at one version: what the `right_version` of a report points to."""
    await rights.find_right(session, right_id, account_id=whose(caller))
    return _right(await versions.right_version(session, right_id, number), caller)


@authority_routes.get(
    "/v1/authorities/{authority_id}/versions", summary="List the versions of an authority",
    operation_id="list_authority_versions", responses=problems.responses(records.AuthorityNotFound, CursorInvalid),
)  # fmt: skip
async def list_authority_versions(
    authority_id: AuthorityId, paging: Paged, caller: Reading, session: Session
) -> Page[AuthorityVersionOut]:
    """Every version of an authority, newest first. They are never changed."""
    await records.find_authority(session, authority_id, account_id=whose(caller))
    found, cursor = await versions.versions_of_authority(session, authority_id, paging=paging)
    return Page(data=[_authority(kept) for kept in found], next_cursor=cursor)


@authority_routes.get(
    "/v1/authorities/{authority_id}/versions/{number}", summary="Read a version of an authority",
    operation_id="read_authority_version",
    responses=problems.responses(records.AuthorityNotFound, versions.VersionNotFound),
)  # fmt: skip
async def read_authority_version(
    authority_id: AuthorityId, number: Number, caller: Reading, session: Session
) -> AuthorityVersionOut:
    """An authority as it stood at one version: what the `authority_version` of a report points to."""
    await records.find_authority(session, authority_id, account_id=whose(caller))
    return _authority(await versions.authority_version(session, authority_id, number))


def _right(kept: RightVersion, caller: Caller) -> _AnyVersion:
    fields: dict[str, Any] = {**kept.snapshot, **kept.snapshot["details"], "kept_at": kept.created_at}
    if caller.is_operator:
        fields["conflict_decision"] = kept.conflict_decision
    return _view.validate_python(fields)


def _authority(kept: AuthorityVersion) -> AuthorityVersionOut:
    return AuthorityVersionOut.model_validate({**kept.snapshot, "kept_at": kept.created_at})
