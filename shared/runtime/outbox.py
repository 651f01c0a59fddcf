"""The outbox: events are rows of the transaction that they tell of, and leave for the broker afterwards.

The table is a ledger in day partitions. A row is updated once, when the stream has acknowledged it, and goes with its
partition a month later, so that nothing is deleted row by row.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.ids import EventId
from shared.runtime.ids import new_id
from shared.runtime.statements import Executor, Statement
from shared.runtime.telemetry import current_traceparent

DDL = """
CREATE TABLE outbox (
    event_id text COLLATE "C" NOT NULL,
    type text NOT NULL,
    payload text NOT NULL,
    traceparent text,
    recorded_at timestamptz NOT NULL,
    stream_seq bigint,
    PRIMARY KEY (event_id, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX outbox_unpublished ON outbox (event_id) WHERE stream_seq IS NULL;
CREATE TABLE outbox_rest PARTITION OF outbox DEFAULT;
CREATE TABLE outbox_mark (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    stream_seq bigint NOT NULL,
    event_id text NOT NULL
);
"""

_COLUMNS = "event_id, type, payload, traceparent, recorded_at"
INSERT_EVENTS = f"INSERT INTO outbox ({_COLUMNS})"
"""How a statement begins that records its events itself, of the rows that it writes; the columns follow in this order.

Where it also has to make the envelope, `event_envelope` does that: an SQL function, made by `runtime_0005`.
"""

APPEND = Statement(
    "append_events",
    f"""
{INSERT_EVENTS}
SELECT e, t, p, tp, :now
FROM unnest(:event_ids::text[], :types::text[], :payloads::text[], :traceparents::text[]) AS new(e, t, p, tp)
""",
)
_QUEUED = "marque_events"
_wakers: set[asyncio.Event] = set()


def columns(
    events: Sequence[Event], *, source: str, now: datetime
) -> tuple[list[str], list[str], list[str], list[str]]:
    """Return events as columns of the outbox: ids, types, envelopes as they are sent, traces."""
    traceparent = current_traceparent()
    ids, types, payloads = [], [], []
    for event in events:
        event_id = new_id(EventId)
        envelope = Envelope(
            id=event_id,
            source=source,
            type=event.name,
            time=now,
            subject=event.subject_id,
            marqueaccount=event.owner,
            traceparent=traceparent,
            data=event,
        )
        ids.append(str(event_id))
        types.append(event.name)
        payloads.append(envelope.model_dump_json())
    return ids, types, payloads, [traceparent or ""] * len(ids)


async def append(on: Executor, events: Sequence[Event], *, source: str, now: datetime) -> None:
    """Record events at once, in the transaction that is open there."""
    if not events:
        return
    event_ids, types, payloads, traceparents = columns(events, source=source, now=now)
    await APPEND.run(on, event_ids=event_ids, types=types, payloads=payloads, traceparents=traceparents, now=now)
    wake()


def record(session: AsyncSession, event: Event, *, now: datetime) -> None:
    """Record an event; it is written with the commit of this session's transaction."""
    session.info.setdefault(_QUEUED, []).append((event, now))


async def flush(session: AsyncSession) -> None:
    """Write what was recorded; called once, right before the commit."""
    queued = session.info.pop(_QUEUED, [])
    if not queued:
        return
    await session.flush()
    source = session.info.get("source", "/marque")
    await append(session, [event for event, _ in queued], source=source, now=queued[0][1])


def wake() -> None:
    """Tell this process's relay that there is work. It looks again by itself, should this be missed."""
    for waker in _wakers:
        waker.set()


def add_waker(waker: asyncio.Event) -> None:
    _wakers.add(waker)


def remove_waker(waker: asyncio.Event) -> None:
    _wakers.discard(waker)
