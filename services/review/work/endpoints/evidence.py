"""Links to the evidence on a task, for the reviewer who holds it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.review.resources import CurrentService
from services.review.tasks.callers import Worker
from services.review.tasks.evidence import EvidenceNotShown, require_shown
from services.review.tasks.leases import LeaseLost
from services.review.work.endpoints.schemas import Token
from shared.contracts.ids import EvidenceId, TaskId
from shared.runtime.context import Now
from shared.runtime.errors import NotFound
from shared.runtime.evidence_links import EvidenceCopy
from shared.runtime.inputs import Input, Output
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["tasks"])


class EvidenceLinkIn(Input):
    """The lease under which the evidence is looked at."""

    model_config = {**Input.model_config, "json_schema_extra": {"examples": [{"lease_token": "AAAAAAAAACo9c3Zt"}]}}

    lease_token: Token


class EvidenceLinkOut(Output):
    """An address that opens the file for a few minutes, for whoever has it, without a key."""

    url: Annotated[str, Field(max_length=2048)]
    expires_at: datetime


@routes.post(
    "/v1/tasks/{task_id}/evidence/{evidence_id}/link",
    operation_id="link_task_evidence",
    responses=responses(NotFound, EvidenceNotShown, LeaseLost),
)
async def link_task_evidence(
    task_id: TaskId,
    evidence_id: EvidenceId,
    body: EvidenceLinkIn,
    caller: Worker,
    session: Session,
    service: CurrentService,
    now: Now,
) -> EvidenceLinkOut:
    """An address that opens a file named in the task's packet. Images come without place, time and device."""
    coalescer = service.resources.coalescer
    fence = coalescer.fence_of(task_id, body.lease_token)
    await require_shown(
        session, task_id, evidence_id, fence, caller.account_id, now=now, marketplaces=caller.marketplaces
    )
    links = service.resources.evidence_links
    link = links.make(evidence_id, EvidenceCopy.SHARED, now=now)
    return EvidenceLinkOut(url=link.url, expires_at=link.expires_at)
