"""Queues over HTTP."""

from typing import Annotated

from pydantic import Field

from services.review.resources import CurrentService
from services.review.schemas import Count, QueueName
from services.review.tasks import queues
from services.review.tasks.callers import Reader
from shared.contracts.codes import RightType, Severity
from shared.runtime.context import Now
from shared.runtime.inputs import Output
from shared.runtime.routes import Session, router

routes = router(tags=["tasks"])


class QueueOut(Output):
    """How much waits in one queue."""

    name: QueueName
    right_type: RightType
    language: Annotated[str, Field(max_length=16)]
    severity: Severity
    depth: Count
    due_soon: Count = Field(description="Of these, due within the hour (or what the operator has set), or late")
    counted_fully: bool = Field(description="False where there is more than was counted")
    oldest_seconds: Count = Field(description="How long the oldest has waited")


class QueuesOut(Output):
    """Every queue in which something waits."""

    data: Annotated[list[QueueOut], Field(max_length=10_000)]


@routes.get(
    "/v1/queues",
    operation_id="list_queues",
)
async def list_queues(
    caller: Reader,
    session: Session,
    service: CurrentService,
    now: Now,
) -> QueuesOut:
    """The queues in which something waits, with their depth, the age of the oldest task and the work due soon.

    A vendor that is limited to some marketplaces sees what it may claim of them.
    """
    settings = service.settings
    found = await queues.list_queues(
        session,
        now=now,
        due_soon_seconds=settings.due_soon_seconds,
        counted=settings.queue_depth_counted,
        marketplaces=caller.marketplaces,
    )
    return QueuesOut(data=[QueueOut.model_validate(queue) for queue in found])
