"""Conflicts between rights: one registration in two vaults under different owners, decided by the operator."""

from typing import Annotated

from fastapi import Response
from pydantic import ConfigDict, Field

from services.intake.vault import rights
from services.intake.vault.endpoints.rights import Operating, RightOut, answer, whose
from services.intake.vault.statements import MOST_CONFLICTS
from shared.contracts.ids import RightId
from shared.runtime import problems
from shared.runtime.context import Now
from shared.runtime.errors import Invalid, PreconditionFailed
from shared.runtime.etags import IfMatch, require_match
from shared.runtime.inputs import Input, Prose
from shared.runtime.routes import Session, router

routes = router(tags=["rights"])


class ConflictDecisionIn(Input):
    """Why a right may stand beside others of the same registration."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "rights": ["rgt_01kaqvq8mhey4sxjafyw8n7x4d"],
                    "reason": "The register shows an assignment of 2 March; the former owner's record ends.",
                }
            ]
        }
    )

    rights: Annotated[list[RightId], Field(min_length=1, max_length=MOST_CONFLICTS)] = Field(
        description="The rights of `conflicts_with` that this decides about"
    )
    reason: Annotated[Prose, Field(min_length=1, max_length=2000)]


@routes.post(
    "/v1/rights/{right_id}/conflict/decide", summary="Decide a conflict of rights",
    operation_id="decide_right_conflict",
    responses=problems.responses(rights.RightNotFound, PreconditionFailed, Invalid),
)  # fmt: skip
async def decide_right_conflict(
    right_id: RightId,
    body: ConflictDecisionIn,
    caller: Operating,
    session: Session,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> RightOut:
    """Decide that a right may stand although other vaults hold its registration under other owners.

    The decision is about this right alone, which can then be verified; its state stays as it is, and so do the others.
    To decide against a right, reject it. The decision is in the right's versions, for marketplaces alone. A later one
    takes its place; a change of what identifies the right takes it away.
    """
    right = await rights.lock_right(session, right_id, account_id=whose(caller))
    require_match(if_match, right.version)
    decided = await rights.decide_conflict(session, right, body.rights, reason=body.reason, now=now)
    return await answer(session, decided, caller, now, response)
