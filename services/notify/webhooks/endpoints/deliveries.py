"""The log of deliveries over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlmodel import col, or_, select

from services.notify.feed.event_types import EventTypeUnknown, patterns_of
from services.notify.webhooks import deliveries
from services.notify.webhooks.deliveries import DeliveryPending, EndpointDisabled
from services.notify.webhooks.states import DeliveryState
from services.notify.webhooks.tables import Delivery
from shared.contracts.codes import Scope
from shared.contracts.ids import DeliveryId, EndpointId, EventId
from shared.runtime.context import Now
from shared.runtime.errors import NotFound
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Line, Output
from shared.runtime.pagination import CursorInvalid, Page, Paged, among, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["webhooks"])
_SHOWN_ATTEMPTS = 50

Count = Annotated[int, Field(ge=0, le=2_147_483_647)]
Status = Annotated[int, Field(ge=100, le=999)]
Why = Annotated[str, Field(max_length=500)]


class AttemptOut(Output):
    """One try."""

    number: Count
    started_at: datetime
    duration_ms: Count
    status: Status | None = Field(description="What the receiver answered, where it did")
    error: Why | None
    answer: Annotated[str, Field(max_length=2048)] | None = Field(description="The beginning of the answer's body")


class DeliveryOut(Output):
    """One event on its way to one endpoint."""

    id: DeliveryId
    endpoint_id: EndpointId
    event_id: EventId
    event_type: Annotated[str, Field(max_length=255)]
    subject: Annotated[str, Field(max_length=255)]
    state: DeliveryState
    tries: Count = Field(description="Tries since the delivery was made, or last asked for again")
    next_try_at: datetime | None
    last_status: Status | None
    last_error: Why | None
    created_at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        return cls(**_fields(delivery))


class DeliveryWithAttemptsOut(DeliveryOut):
    """A delivery with its latest tries, oldest first."""

    attempts: Annotated[list[AttemptOut], Field(max_length=_SHOWN_ATTEMPTS)]


@routes.get("/v1/deliveries", operation_id="list_deliveries", summary="List deliveries",
            responses=responses(CursorInvalid, EventTypeUnknown))  # fmt: skip
async def list_deliveries(
    session: Session,
    paging: Paged,
    caller: Annotated[Caller, requires(Scope.WEBHOOKS_READ)],
    endpoint_id: EndpointId | None = None,
    state: Annotated[list[DeliveryState] | None, Query(max_length=20, description="Only in these states")] = None,
    event_type: Annotated[
        list[Annotated[Line, Field(max_length=100)]] | None,
        Query(max_length=20, description="Only these: as in an endpoint's `event_types`"),
    ] = None,
) -> Page[DeliveryOut]:
    """The account's deliveries, the newest first."""
    statement = select(Delivery).where(col(Delivery.account_id) == caller.account_id)
    if endpoint_id is not None:
        statement = statement.where(col(Delivery.endpoint_id) == endpoint_id)
    statement = among(statement, col(Delivery.state), state)
    if event_type:
        patterns = patterns_of(event_type, parameter="event_type")
        statement = statement.where(or_(*(col(Delivery.event_type).like(pattern) for pattern in patterns)))
    rows, cursor = await paginate(session, statement, Delivery.id, paging)
    return Page(data=[DeliveryOut.of(row) for row in rows], next_cursor=cursor)


@routes.get("/v1/deliveries/{delivery_id}", operation_id="get_delivery", summary="Get a delivery",
            responses=responses(NotFound))  # fmt: skip
async def get_delivery(
    delivery_id: DeliveryId, session: Session, caller: Annotated[Caller, requires(Scope.WEBHOOKS_READ)]
) -> DeliveryWithAttemptsOut:
    """One delivery and how its tries went."""
    delivery = await deliveries.delivery_of(session, delivery_id, caller.account_id)
    attempts = await deliveries.attempts_of(session, delivery.id, _SHOWN_ATTEMPTS)
    return DeliveryWithAttemptsOut(**_fields(delivery), attempts=[AttemptOut.model_validate(one) for one in attempts])


@routes.post(
    "/v1/deliveries/{delivery_id}/redeliver",
    operation_id="redeliver",
    summary="Send a delivery again",
    status_code=202,
    responses=responses(NotFound, DeliveryPending, EndpointDisabled),
)
async def redeliver(
    delivery_id: DeliveryId, session: Session, now: Now, caller: Annotated[Caller, requires(Scope.WEBHOOKS_MANAGE)]
) -> DeliveryOut:
    """Send an event once more to the same endpoint, with the same `webhook-id`, whether it was taken or given up."""
    return DeliveryOut.of(await deliveries.redeliver(session, delivery_id, caller.account_id, now=now))


def _fields(delivery: Delivery) -> dict[str, object]:
    fields = delivery.model_dump(exclude={"account_id", "payload", "lease", "ordered", "line", "position", "due_at"})
    return {**fields, "next_try_at": delivery.due_at if delivery.state == DeliveryState.PENDING else None}
