"""The vault: rights put in, revised, and checked by the operator."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Body, Query, Response
from pydantic import ConfigDict, Field, TypeAdapter
from typing_extensions import TypeAliasType

from services.intake.accounts.limits import LimitReached
from services.intake.resources import CurrentService
from services.intake.vault import rights
from services.intake.vault.addresses import AddressOrEvidence
from services.intake.vault.findings import examine_right
from services.intake.vault.registrations import RightInConflict, same_registrations
from services.intake.vault.renewals import RenewalState
from services.intake.vault.right_types import (
    ClaimElementIn,
    CommonFields,
    CopyrightFields,
    DesignFields,
    IndicationFields,
    IndicationKind,
    LocarnoClass,
    MarkType,
    NiceClasses,
    Number,
    Office,
    OwnerIn,
    PatentFields,
    RegisterStatus,
    RightInput,
    Title,
    TradeDressFields,
    TrademarkFields,
    Words,
    WorkKind,
)
from services.intake.vault.statements import MOST_CONFLICTS, SameRegistration
from services.intake.vault.tables import Right
from services.intake.vault.territories import Territory
from shared.contracts.codes import AccountKind, HeldAs, ReasonCode, RightState, RightType, Scope
from shared.contracts.ids import AccountId, EvidenceId, RightId
from shared.runtime import problems
from shared.runtime.context import Now
from shared.runtime.errors import Invalid, KindNotAllowed, PreconditionFailed
from shared.runtime.etags import IfMatch, etag, require_match
from shared.runtime.findings import FindingOut
from shared.runtime.identity import Caller, operator, require_kind, requires
from shared.runtime.inputs import Day, Input, Line, Name, Output, Prose, Version
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["rights"])
Writing = Annotated[Caller, requires(Scope.RIGHTS_WRITE)]
Reading = Annotated[Caller, requires(Scope.RIGHTS_READ)]
Operating = Annotated[Caller, operator(Scope.RIGHTS_WRITE)]

_TRADEMARK = {
    "type": "trademark",
    "title": "ACME",
    "mark_text": "ACME",
    "mark_type": "word",
    "office": "EUIPO",
    "registration_number": "018012345",
    "owner": {"name": "Acme GmbH", "country": "DE"},
    "nice_classes": [25],
    "registered_on": "2020-01-02",
    "expires_on": "2030-01-02",
    "territories": ["EU"],
}
_COPYRIGHT = {
    "type": "copyright",
    "title": "The Lighthouse, photograph",
    "owner": {"name": "Acme GmbH", "country": "DE"},
    "kind_of_work": "photograph",
    "author": "Ada Example",
    "created_on": "2019-05-04",
    "original_url": "https://brand.example/lighthouse",
}
NewRight = Annotated[
    RightInput,
    Body(openapi_examples={"a mark": {"value": _TRADEMARK}, "a photograph": {"value": _COPYRIGHT}}),
]


class RejectionOut(Output):
    """Why a right could not be confirmed."""

    code: ReasonCode
    note: Annotated[str, Field(max_length=2000)] | None = None


class RenewalOut(Output):
    """A renewal that was told of, and what the operator found."""

    expires_on: Day
    state: RenewalState
    evidence_id: EvidenceId | None = None
    holds_until: Day = Field(description="Until when the right stays verified, should nobody have looked by its end")
    asked_at: datetime
    decided_at: datetime | None = None
    rejection: RejectionOut | None = None


class ConflictDecisionOut(Output):
    """The operator's decision that a right may stand beside others of the same registration."""

    rights: Annotated[list[RightId], Field(max_length=MOST_CONFLICTS)]
    reason: Annotated[str, Field(max_length=2000)]
    decided_at: datetime


class VaultRightOut(CommonFields, Output):
    """Fields of every right in the vault."""

    id: RightId
    account_id: AccountId
    state: RightState
    version: Version
    rejection: RejectionOut | None = None
    renewal: RenewalOut | None = Field(None, description="The last renewal that was told of")
    findings: Annotated[list[FindingOut], Field(max_length=100)] = []
    conflicts_with: Annotated[list[RightId], Field(max_length=MOST_CONFLICTS)] | None = Field(
        None, description="For marketplaces alone: other vaults' rights of this registration under other owners, if any"
    )
    conflict_decision: ConflictDecisionOut | None = Field(
        None, description="For marketplaces alone: the last decision about `conflicts_with`"
    )
    verified_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class TrademarkOut(TrademarkFields, VaultRightOut):
    """A mark in the vault."""


class CopyrightOut(CopyrightFields, VaultRightOut):
    """A work in the vault."""


class DesignOut(DesignFields, VaultRightOut):
    """A design in the vault."""


class PatentOut(PatentFields, VaultRightOut):
    """A patent in the vault."""


class TradeDressOut(TradeDressFields, VaultRightOut):
    """A trade dress in the vault."""


class GeographicalIndicationOut(IndicationFields, VaultRightOut):
    """A geographical indication in the vault."""


AnyRight = TrademarkOut | CopyrightOut | DesignOut | PatentOut | TradeDressOut | GeographicalIndicationOut
# A type with a name of its own, by which the document calls it and pages of it.
RightOut = TypeAliasType("RightOut", Annotated[AnyRight, Field(discriminator="type")])
_view: TypeAdapter[AnyRight] = TypeAdapter(RightOut)


class RightChangesIn(Input):
    """The fields to change; `null` takes an optional one away. Which fields a right has, its type says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"expires_on": "2040-01-02"}]})

    title: Title | None = None
    owner: OwnerIn | None = None
    territories: Annotated[list[Territory], Field(max_length=250)] | None = None
    office: Office | None = None
    registration_number: Number | None = None
    registered_on: Day | None = None
    expires_on: Day | None = None
    held_as: HeldAs | None = None
    mark_text: Title | None = None
    mark_image: AddressOrEvidence | None = None
    mark_type: MarkType | None = None
    register_status: RegisterStatus | None = None
    nice_classes: NiceClasses | None = None
    kind_of_work: WorkKind | None = None
    author: Name | None = None
    created_on: Day | None = None
    published_on: Day | None = None
    original_url: AddressOrEvidence | None = None
    views: Annotated[list[AddressOrEvidence], Field(min_length=1, max_length=50)] | None = None
    product_indication: Title | None = None
    locarno_classes: Annotated[list[LocarnoClass], Field(min_length=1, max_length=32)] | None = None
    asserted_claim: Annotated[Line, Field(min_length=1, max_length=20)] | None = None
    claim_chart: Annotated[list[ClaimElementIn], Field(max_length=200)] | None = None
    features: Words | None = None
    distinctiveness: Words | None = None
    non_functionality: Words | None = None
    name: Title | None = None
    kind: IndicationKind | None = None
    product: Title | None = None


class RefusalIn(Input):
    """Why the operator could not confirm what it was shown."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "N_REGISTRATION_NOT_FOUND", "note": "No such number at the EUIPO."}]}
    )

    code: ReasonCode = Field(description="A code that asks (`N_`) or rejects (`R_`)")
    note: Annotated[Prose, Field(max_length=2000)] | None = None


@routes.post(
    "/v1/rights", summary="Put a right into the vault", operation_id="create_right", status_code=201,
    responses=problems.responses(Invalid, LimitReached),
)  # fmt: skip
async def create_right(
    body: NewRight, caller: Writing, session: Session, service: CurrentService, now: Now, response: Response
) -> RightOut:
    """Put a right into the vault. It is `pending` until the operator has looked at its register.

    `findings` say what the person there will stumble over, such as a number that is not of the office's shape. The
    picture of a mark, the views of a design and the original of a work are best given as ids of evidence, which then
    stays for good: what is at an address can change or vanish (`N_ADDRESS_ONLY`). A registration that the vault holds
    already is taken, and warned of with the id of the first (`R_DUPLICATE`); numbers are compared in the normal form of
    their office.
    """
    limits = service.resources.limits
    right = await rights.put_in_vault(session, body, account_id=caller.account_id, limits=limits, now=now)
    return await answer(session, right, caller, now, response)


@routes.get(
    "/v1/rights",
    summary="List rights",
    operation_id="list_rights",
    responses=problems.responses(CursorInvalid, KindNotAllowed),
)
async def list_rights(
    paging: Paged,
    caller: Reading,
    session: Session,
    now: Now,
    type: Annotated[  # noqa: A002 - the field's name
        list[RightType] | None, Query(max_length=20, description="Only rights of one of these types")
    ] = None,
    state: Annotated[
        list[RightState] | None, Query(max_length=20, description="Only rights in one of these states")
    ] = None,
    conflict: Annotated[
        bool | None,
        Query(
            description="For marketplaces alone. True: only rights that other vaults hold under other owners, and "
            "that the operator has still to decide about; false: only the others"
        ),
    ] = None,
) -> Page[RightOut]:
    """The account's rights, newest first; the operator sees everyone's."""
    if conflict is not None:
        require_kind(caller, AccountKind.MARKETPLACE)
    found, cursor = await rights.list_rights(
        session, types=type, states=state, conflict=conflict, account_id=whose(caller), paging=paging
    )
    return Page(data=await to_out(session, found, caller, now), next_cursor=cursor)


@routes.get(
    "/v1/rights/{right_id}", summary="Read a right", operation_id="read_right",
    responses=problems.responses(rights.RightNotFound),
)  # fmt: skip
async def read_right(right_id: RightId, caller: Reading, session: Session, now: Now, response: Response) -> RightOut:
    """A right as it is now."""
    right = await rights.find_right(session, right_id, account_id=whose(caller))
    return await answer(session, right, caller, now, response)


@routes.patch(
    "/v1/rights/{right_id}", summary="Change a right", operation_id="change_right",
    responses=problems.responses(rights.RightNotFound, PreconditionFailed, Invalid),
)  # fmt: skip
async def change_right(
    right_id: RightId,
    body: RightChangesIn,
    caller: Writing,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> RightOut:
    """Change fields of a right. A change of what identifies the right makes it `pending` again.

    That is every field but the title of a mark that has a text, the title of a geographical indication, and the claim
    chart of a patent.
    Reports that were filed keep pointing to the version that they were filed under.
    """
    right = await rights.lock_right(session, right_id, account_id=caller.account_id)
    require_match(if_match, right.version)
    changes = body.model_dump(mode="json", exclude_unset=True)
    revised = await rights.revise(session, right, changes, now=now)
    return await answer(session, revised, caller, now, response)


@routes.post(
    "/v1/rights/{right_id}/verify", summary="Verify a right", operation_id="verify_right",
    responses=problems.responses(
        rights.RightNotFound, rights.RightStateConflict, rights.RightOver, RightInConflict, PreconditionFailed
    ),
)  # fmt: skip
async def verify_right(
    right_id: RightId, caller: Operating, session: Session, now: Now, response: Response, if_match: IfMatch = None
) -> RightOut:
    """The operator found the right in its register; reports can be filed under it.

    One that other vaults hold under other owners (`conflicts_with`) waits until that is decided.
    """
    right = await rights.lock_right(session, right_id, account_id=whose(caller))
    require_match(if_match, right.version)
    verified = await rights.verify(session, right, now=now)
    return await answer(session, verified, caller, now, response)


@routes.post(
    "/v1/rights/{right_id}/reject", summary="Reject a right", operation_id="reject_right",
    responses=problems.responses(rights.RightNotFound, rights.RightStateConflict, PreconditionFailed, Invalid),
)  # fmt: skip
async def reject_right(
    right_id: RightId,
    body: RefusalIn,
    caller: Operating,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> RightOut:
    """The operator could not confirm the right, or no longer can."""
    right = await rights.lock_right(session, right_id, account_id=whose(caller))
    require_match(if_match, right.version)
    rejected = await rights.reject(session, right, code=body.code, note=body.note, now=now)
    return await answer(session, rejected, caller, now, response)


def whose(caller: Caller) -> AccountId | None:
    """Whose rights the caller sees: its own; the operator everyone's."""
    return None if caller.is_operator else caller.account_id


async def answer(session: Session, right: Right, caller: Caller, now: datetime, response: Response) -> AnyRight:
    response.headers["ETag"] = etag(right.version)
    [out] = await to_out(session, [right], caller, now)
    return out


async def to_out(session: Session, found: Sequence[Right], caller: Caller, now: datetime) -> list[AnyRight]:
    same = await same_registrations(session, found)
    return [_to_out(right, same.get(right.id), now, operating=caller.is_operator) for right in found]


def _to_out(right: Right, same: SameRegistration | None, now: datetime, *, operating: bool) -> AnyRight:
    rejection = None
    if right.rejection_code is not None:
        rejection = {"code": right.rejection_code, "note": right.rejection_note}
    fields = right.model_dump(
        include={"id", "account_id", "state", "version", "verified_at", "created_at", "updated_at"}
    )
    findings = [finding.model_dump() for finding in examine_right(right, now, first=same.first if same else None)]
    return _view.validate_python({
        **rights.given_fields(right), **fields, "rejection": rejection, "renewal": _renewal(right),
        "findings": findings, **(_conflict(right, same) if operating else {}),
    })  # fmt: skip


def _conflict(right: Right, same: SameRegistration | None) -> dict[str, Any]:
    return {
        "conflicts_with": (same.conflicts_with or None) if same else None,
        "conflict_decision": right.conflict_decision,
    }


def _renewal(right: Right) -> dict[str, Any] | None:
    told = right.renewal
    if told is None or "code" not in told:
        return told
    return {**told, "rejection": {"code": told["code"], "note": told["note"]}}
