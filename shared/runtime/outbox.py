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
from shared.runtime.telemetry import child_of, current_traceparent

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
    events: Sequence[Event], *, source: str, now: datetime, traces: Sequence[str | None] | None = None
) -> tuple[list[str], list[str], list[str], list[str]]:
    """Return events as columns of the outbox: ids, subjects, envelopes as they are sent, traces.

    Without `traces`, all belong to the trace of the work that is going on.
    """
    if traces is None:
        traces = [current_traceparent()] * len(events)
    ids, types, payloads = [], [], []
    for event, traceparent in zip(events, traces, strict=True):
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
        types.append(event.address)
        payloads.append(envelope.model_dump_json())
    return ids, types, payloads, [traceparent or "" for traceparent in traces]


async def append(
    on: Executor, events: Sequence[Event], *, source: str, now: datetime, causes: Sequence[str | None] | None = None
) -> None:
    """Record events at once, in the transaction that is open there.

    `causes`: the trace of what caused each, where these came in many at once; else it is that of the work going on.
    """
    if not events:
        return
    traces = None if causes is None else [child_of(cause) for cause in causes]
    await _write(on, events, source=source, now=now, traces=traces)


async def _write(
    on: Executor, events: Sequence[Event], *, source: str, now: datetime, traces: Sequence[str | None] | None
) -> None:
    event_ids, types, payloads, traceparents = columns(events, source=source, now=now, traces=traces)
    await APPEND.run(on, event_ids=event_ids, types=types, payloads=payloads, traceparents=traceparents, now=now)
    wake()


def record(session: AsyncSession, event: Event, *, now: datetime) -> None:
    """Record an event; it is written with the commit of this session's transaction."""
    session.info.setdefault(_QUEUED, []).append((event, now, current_traceparent()))


async def flush(session: AsyncSession) -> None:
    """Write what was recorded; called once, right before the commit."""
    queued = session.info.pop(_QUEUED, [])
    if not queued:
        return
    await session.flush()
    source = session.info.get("source", "/marque")
    events, _, traces = zip(*queued, strict=True)
    await _write(session, events, source=source, now=queued[0][1], traces=traces)


def wake() -> None:
    """Tell this process's relay that there is work. It looks again by itself, should this be missed."""
    for waker in _wakers:
        waker.set()


def add_waker(waker: asyncio.Event) -> None:
    _wakers.add(waker)


def remove_waker(waker: asyncio.Event) -> None:
    _wakers.discard(waker)
