"""Deliveries: one event on its way to one endpoint, at least once, in the order of its subject as far as retries allow.

An event's deliveries are made in the transaction that puts it into the feed. A later event of a subject waits while an
earlier one is in its first tries, so that a short outage keeps their order; after these it goes past, because a
receiver that cannot take one event must not keep all others from coming. `version` tells what comes out of order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.wakeups import DELIVERIES_CHANNEL
from services.notify.webhooks import statements
from services.notify.webhooks.states import DeliveryState, may_become
from services.notify.webhooks.tables import Attempt, Delivery, WebhookEndpoint
from shared.contracts.envelope import Envelope
from shared.contracts.events import WebhookFailed, WebhookTested
from shared.contracts.ids import AccountId, DeliveryId, EndpointId, EventId
from shared.runtime import outbox
from shared.runtime.errors import Conflict, NotFound
from shared.runtime.ids import new_id
from shared.runtime.statements import Executor
from shared.runtime.wake_signals import notify

LOST = "lost"
_ERROR_LENGTH = 500


class DeliveryPending(Conflict):
    """The delivery is still on its way."""

    code = "delivery_pending"
    title = "The delivery is still on its way"


class EndpointDisabled(Conflict):
    """The endpoint is disabled or gone, so that nothing can be sent to it."""

    code = "endpoint_disabled"
    title = "The endpoint is disabled or deleted"


@dataclass(frozen=True)
class Schedule:
    """The pauses before each further try, in seconds, and how much chance adds."""

    pauses: Sequence[float]
    jitter: float

    def pause(self, tries: int, chance: float) -> timedelta | None:
        """Return how long to wait after so many tries, given a chance between 0 and 1; None: no further try."""
        if tries > len(self.pauses):
            return None
        return timedelta(seconds=self.pauses[tries - 1] * (1 + self.jitter * chance))


@dataclass(frozen=True)
class Taken:
    """A delivery that is this sender's until its lease ends."""

    id: str
    endpoint_id: str
    event_id: str
    lease: int
    url: str
    secrets: tuple[str, ...]
    body: str


@dataclass(frozen=True)
class Answer:
    """How one try went. Without a status nothing was answered, and `error` says why."""

    started_at: datetime
    duration_ms: int
    status: int | None
    error: str | None
    body: str | None = None

    @property
    def taken(self) -> bool:
        """Return whether the receiver took the event (Standard Webhooks: any 2xx)."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Return whether the receiver wants no more (Standard Webhooks: 410)."""
        return self.status == 410


async def fan_out(
    session: AsyncSession, envelopes: Sequence[Envelope], positions: Mapping[str, int], now: datetime
) -> None:
    """Make a delivery of each event for each endpoint that asks for it.

    That an endpoint failed is told to all others that ask, and never to that endpoint.
    """
    asked = {
        "types": [envelope.type for envelope in envelopes],
        "accounts": [envelope.marqueaccount for envelope in envelopes],
        "concerned": [
            envelope.data.endpoint_id if isinstance(envelope.data, WebhookFailed) else None for envelope in envelopes
        ],
    }
    connection = await session.connection()
    found = [(envelopes[row.place - 1], row) for row in await statements.ENDPOINTS_FOR.all(connection, **asked)]
    if not found:
        return
    made = {
        "ids": [new_id(DeliveryId) for _ in found],
        "accounts": [row.account_id for _, row in found],
        "endpoints": [row.id for _, row in found],
        "events": [envelope.id for envelope, _ in found],
        "types": [envelope.type for envelope, _ in found],
        "subjects": [envelope.subject for envelope, _ in found],
        "positions": [positions[envelope.id] for envelope, _ in found],
        "now": now,
    }
    await statements.ADD_DELIVERIES.run(connection, **made)
    await _announce(session)


async def settle_taken(connection: Executor, taken: Taken, answer: Answer, *, now: datetime) -> str:
    """Write down that the receiver took the event, in one statement, for this is how nearly all of them end."""
    done = await statements.SETTLE_DELIVERED.one(
        connection,
        id=taken.id,
        lease=taken.lease,
        started_at=answer.started_at,
        duration_ms=answer.duration_ms,
        status=answer.status,
        body=answer.body,
        now=now,
    )
    return DeliveryState.DELIVERED if done else LOST


async def settle_refused(
    session: AsyncSession, taken: Taken, answer: Answer, *, schedule: Schedule, chance: float, now: datetime
) -> str:
    """Write down a try that failed, and what follows; the state, or `LOST` where another sender has the delivery."""
    # The endpoint before its deliveries, as everyone locks them.
    endpoint = await session.get(WebhookEndpoint, taken.endpoint_id, with_for_update=True) if answer.gone else None
    session.add(
        Attempt(
            delivery_id=taken.id,
            number=taken.lease,
            started_at=answer.started_at,
            duration_ms=answer.duration_ms,
            status=answer.status,
            error=answer.error and answer.error[:_ERROR_LENGTH],
            answer=answer.body,
        )
    )
    delivery = await session.get(Delivery, taken.id, with_for_update=True)
    if delivery is None or delivery.lease != taken.lease or delivery.state != DeliveryState.PENDING:
        return LOST
    delivery.last_status = answer.status
    delivery.last_error = answer.error and answer.error[:_ERROR_LENGTH]
    pause = schedule.pause(delivery.tries, chance)
    if answer.gone or pause is None:
        await _die(session, delivery, endpoint, now=now)
    else:
        delivery.due_at = now + pause
    await session.flush()
    return delivery.state


async def _die(session: AsyncSession, delivery: Delivery, gone: WebhookEndpoint | None, *, now: datetime) -> None:
    """Give a delivery up, and tell its account. The failure of such a message is not told: it would never end."""
    delivery.state, delivery.settled_at = DeliveryState.DEAD, now
    if gone is not None:
        await _disable(session, gone, delivery, now)
    if delivery.event_type == WebhookFailed.name:
        return
    outbox.record(
        session,
        WebhookFailed(
            version=delivery.lease,
            account_id=AccountId(delivery.account_id),
            endpoint_id=EndpointId(delivery.endpoint_id),
            delivery_id=DeliveryId(delivery.id),
            event_id=EventId(delivery.event_id),
            event_type=delivery.event_type,
            attempts=delivery.tries,
            last_status=delivery.last_status,
            last_error=delivery.last_error or "",
            endpoint_disabled=gone is not None,
            failed_at=now,
        ),
        now=now,
    )


async def _disable(session: AsyncSession, endpoint: WebhookEndpoint, delivery: Delivery, now: datetime) -> None:
    if endpoint.enabled:
        endpoint.enabled = False
        endpoint.disabled_reason = "the receiver answered 410 Gone"
        endpoint.version += 1
        endpoint.updated_at = now
    await statements.SETTLE_GONE.run(
        session,
        endpoint_id=delivery.endpoint_id,
        delivery_id=delivery.id,
        why="the endpoint answered 410 Gone to another delivery",
        now=now,
    )


async def cancel_deliveries(session: AsyncSession, endpoint_id: str, why: str, now: datetime) -> None:
    """Stop what is on its way to an endpoint."""
    await statements.CANCEL_DELIVERIES.run(session, endpoint_id=endpoint_id, why=why, now=now)


async def delivery_of(
    session: AsyncSession, delivery_id: DeliveryId, account_id: AccountId, *, lock: bool = False
) -> Delivery:
    """An account's delivery. Raises `NotFound`, also for another account's."""
    statement = select(Delivery).where(col(Delivery.id) == delivery_id, col(Delivery.account_id) == account_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    delivery: Delivery | None = (await session.exec(statement)).one_or_none()
    if delivery is None:
        raise NotFound
    return delivery


async def attempts_of(session: AsyncSession, delivery_id: str, limit: int) -> list[Attempt]:
    """The latest tries of a delivery, oldest first."""
    statement = (
        select(Attempt).where(col(Attempt.delivery_id) == delivery_id).order_by(col(Attempt.number).desc()).limit(limit)
    )
    return list(reversed((await session.exec(statement)).all()))


async def redeliver(
    session: AsyncSession, delivery_id: DeliveryId, account_id: AccountId, *, now: datetime
) -> Delivery:
    """Send a settled delivery again, from its first try, past whatever else its subject has.

    Raises `NotFound`, `DeliveryPending`, `EndpointDisabled`.
    """
    endpoint_id = (await delivery_of(session, delivery_id, account_id)).endpoint_id
    # The endpoint before its deliveries, as everyone locks them.
    endpoint = await session.get(WebhookEndpoint, endpoint_id, with_for_update={"read": True})
    delivery = await delivery_of(session, delivery_id, account_id, lock=True)
    if delivery.state == DeliveryState.PENDING:
        raise DeliveryPending
    if endpoint is None or not endpoint.enabled or not may_become(DeliveryState(delivery.state), DeliveryState.PENDING):
        raise EndpointDisabled
    delivery.state, delivery.settled_at = DeliveryState.PENDING, None
    delivery.tries, delivery.due_at, delivery.ordered = 0, now, False
    await session.flush()
    await _announce(session)
    return delivery


async def send_test(session: AsyncSession, endpoint: WebhookEndpoint, *, source: str, now: datetime) -> Delivery:
    """Send a test event to an endpoint, which is locked. Raises `EndpointDisabled`."""
    if not endpoint.enabled:
        raise EndpointDisabled
    delivery_id = new_id(DeliveryId)
    event = WebhookTested(
        version=1,
        account_id=AccountId(endpoint.account_id),
        endpoint_id=EndpointId(endpoint.id),
        delivery_id=delivery_id,
        message="A test of this endpoint, asked for through the API.",
        tested_at=now,
    )
    envelope = Envelope(
        id=new_id(EventId), source=source, type=event.name, time=now, subject=event.subject_id,
        marqueaccount=event.owner, data=event,
    )  # fmt: skip
    payload: dict[str, Any] = orjson.loads(envelope.model_dump_json(exclude_none=True))
    delivery = Delivery(
        id=delivery_id,
        account_id=endpoint.account_id,
        endpoint_id=endpoint.id,
        event_id=envelope.id,
        event_type=envelope.type,
        subject=envelope.subject,
        position=0,
        ordered=False,
        payload=payload,
        state=DeliveryState.PENDING,
        due_at=now,
        created_at=now,
    )
    session.add(delivery)
    await session.flush()
    await _announce(session)
    return delivery


async def forget_old_deliveries(session: AsyncSession, now: datetime, days: int, *, most: int = 5000) -> bool:
    """Drop some of what was settled longer ago than an operator wants; whether there may be more of it.

    No endpoint holds its events longer than that.
    """
    connection, before = await session.connection(), now - timedelta(days=days)
    await statements.SETTLE_DISABLED.run(connection, before=before, now=now)
    return await statements.FORGET_DELIVERIES.run(connection, before=before, most=most) == most


async def _announce(session: AsyncSession) -> None:
    await notify(session, DELIVERIES_CHANNEL)
