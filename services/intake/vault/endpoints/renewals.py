"""Renewals of rights: told of by their owners, looked at by the operator."""

from fastapi import Response
from pydantic import ConfigDict, Field

from services.intake.resources import CurrentService
from services.intake.vault import renewals, rights
from services.intake.vault.endpoints.rights import Operating, RefusalIn, RightOut, Writing, answer, whose
from shared.contracts.ids import EvidenceId, RightId
from shared.runtime import problems
from shared.runtime.context import Now
from shared.runtime.errors import Invalid, PreconditionFailed
from shared.runtime.etags import IfMatch, require_match
from shared.runtime.inputs import Day, Input
from shared.runtime.routes import Session, router

routes = router(tags=["rights"])


class RenewalIn(Input):
    """Until when the right holds now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"expires_on": "2040-01-02"}]})

    expires_on: Day = Field(description="Later than the last day that the vault knows")
    evidence_id: EvidenceId | None = Field(None, description="What shows the renewal, such as the register's letter")


@routes.post(
    "/v1/rights/{right_id}/renew", summary="Tell that a right was renewed", operation_id="renew_right",
    responses=problems.responses(rights.RightNotFound, rights.RightStateConflict, PreconditionFailed, Invalid),
)  # fmt: skip
async def renew_right(
    right_id: RightId,
    body: RenewalIn,
    caller: Writing,
    session: Session,
    service: CurrentService,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> RightOut:
    """Tell that a verified or an expired right was renewed.

    A verified right stays verified while the operator looks, for as long after its last day as registers wait.
    """
    settings = service.settings
    right = await rights.lock_right(session, right_id, account_id=caller.account_id)
    require_match(if_match, right.version)
    renewed = await renewals.renew(
        session,
        right,
        expires_on=body.expires_on,
        evidence_id=body.evidence_id,
        grace_days=settings.renewal_grace_days,
        now=now,
    )
    return await answer(session, renewed, caller, now, response)


@routes.post(
    "/v1/rights/{right_id}/renewal/accept", summary="Accept a renewal", operation_id="accept_renewal",
    responses=problems.responses(
        rights.RightNotFound, renewals.RenewalNotPending, rights.RightStateConflict, rights.RightOver,
        PreconditionFailed,
    ),
)  # fmt: skip
async def accept_renewal(
    right_id: RightId, caller: Operating, session: Session, now: Now, response: Response, if_match: IfMatch = None
) -> RightOut:
    """The operator found the renewal in the register: the right goes on, also one that had expired."""
    right = await rights.lock_right(session, right_id, account_id=whose(caller))
    require_match(if_match, right.version)
    accepted = await renewals.accept_renewal(session, right, now=now)
    return await answer(session, accepted, caller, now, response)


@routes.post(
    "/v1/rights/{right_id}/renewal/reject", summary="Reject a renewal", operation_id="reject_renewal",
    responses=problems.responses(rights.RightNotFound, renewals.RenewalNotPending, PreconditionFailed, Invalid),
)  # fmt: skip
async def reject_renewal(
    right_id: RightId,
    body: RefusalIn,
    caller: Operating,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> RightOut:
    """The operator could not find the renewal: the right ends on its last day, or now, where that has passed."""
    right = await rights.lock_right(session, right_id, account_id=whose(caller))
    require_match(if_match, right.version)
    rejected = await renewals.reject_renewal(session, right, code=body.code, note=body.note, now=now)
    return await answer(session, rejected, caller, now, response)
