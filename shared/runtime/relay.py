"""The relay: takes what the outbox has not published and puts it on the stream, for ever.

It takes what is unpublished, never what comes after a position: rows become visible in another order than their ids.
And it does not trust the broker to keep what it acknowledged. The newest acknowledged event is looked up on the stream
with every new connection and now and then; where it is not there, the stream is younger or shorter than what was
acknowledged, and everything from the parting on is published again.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from prometheus_client import Counter, Histogram

from shared.runtime import outbox, partitions
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.locks import Lock
from shared.runtime.loops import Pace, forever
from shared.runtime.publishing import ACK_SECONDS, LARGEST_BATCH, MOST_BYTES, Unpublished, publish, reason_of
from shared.runtime.settings import RuntimeSettings
from shared.runtime.statements import Connection, Query, Statement
from shared.runtime.stream import STREAM, Broker

_log = logging.getLogger(__name__)
_published = Counter("marque_outbox_published", "Events that the stream has acknowledged")
_again = Counter("marque_outbox_published_again", "Events published again because the stream had lost them")
_failures = Counter("marque_outbox_publish_failures", "Tries to publish that failed", ["reason"])
_took = Histogram("marque_outbox_publish_seconds", "Seconds until the stream acknowledged a batch of events")

_POLL_SECONDS = 0.2
_SLOW_SECONDS = 1.0
_TRY_SECONDS = 1.0
_LONGEST_PAUSE = 0.5
_TROUBLE_SECONDS = 4.0
_LOOK_SECONDS = 15


class Place(NamedTuple):
    """An event that the stream has acknowledged, and its sequence there."""

    stream_seq: int
    event_id: str


class Ends(NamedTuple):
    """The lowest and the highest sequence that the outbox knows."""

    first: int | None
    last: int | None


_HOLD_MARK = Query("hold_mark", "SELECT stream_seq, event_id FROM outbox_mark FOR UPDATE", Place)
_FORGET_MARK = Statement("forget_mark", "DELETE FROM outbox_mark")
_UNPUBLISH = Statement("unpublish", "UPDATE outbox SET stream_seq = NULL WHERE stream_seq >= :low")

# As many as a batch has, or as go into so many bytes; the first in any case.
_TAKE = Query(
    "take_unpublished",
    """
SELECT event_id, type, payload, traceparent, recorded_at FROM (
    SELECT *, sum(octet_length(payload)) OVER (ORDER BY event_id) - octet_length(payload) AS bytes_before FROM (
        SELECT event_id, type, payload, traceparent, recorded_at FROM outbox
        WHERE stream_seq IS NULL ORDER BY event_id LIMIT :most
    ) oldest
) measured WHERE bytes_before < :most_bytes ORDER BY event_id
""",
    Unpublished,
    hot=True,
)
_ENDS = Query(
    "ends_of_outbox",
    "SELECT min(stream_seq) AS first, max(stream_seq) AS last FROM outbox WHERE stream_seq IS NOT NULL",
    Ends,
)
_NEXT = Query(
    "next_published",
    "SELECT stream_seq, event_id FROM outbox WHERE stream_seq >= :low ORDER BY stream_seq LIMIT 1",
    Place,
)
_BEFORE = Query(
    "last_published_before",
    "SELECT stream_seq, event_id FROM outbox WHERE stream_seq < :low ORDER BY stream_seq DESC LIMIT 1",
    Place,
)
_PUBLISHED = Statement(
    "keep_sequences",
    """
UPDATE outbox SET stream_seq = done.seq
FROM unnest(:event_ids::text[], :recorded_at::timestamptz[], :sequences::bigint[]) AS done(event_id, recorded_at, seq)
WHERE outbox.event_id = done.event_id AND outbox.recorded_at = done.recorded_at
""",
)
_MARK = Statement(
    "mark_published",
    """
INSERT INTO outbox_mark (stream_seq, event_id) VALUES (:sequence, :event_id)
ON CONFLICT (only_row) DO UPDATE SET stream_seq = :sequence, event_id = :event_id
WHERE outbox_mark.stream_seq < :sequence
""",
)


class Relay:
    """One service's relay. Of several replicas one works at a time; which one may change with every step."""

    def __init__(self, database: Database, broker: Broker, *, settings: RuntimeSettings, clock: Clock) -> None:
        self._database = database
        self._broker = broker
        self._settings = settings
        self._clock = clock
        self._woken = asyncio.Event()
        self._pace = Pace(settings.relay_gather_seconds)
        self._looked: tuple[int, float] | None = None
        self._tend_at: datetime | None = None
        self._failing_since: float | None = None
        self._reason = ""

    async def trouble(self) -> str | None:
        """Name why the stream takes no events, where it has not for some seconds."""
        if self._failing_since is None or (failing := time.monotonic() - self._failing_since) < _TROUBLE_SECONDS:
            return None
        return f"the stream has taken no event for {failing:.0f} s: {self._reason}"

    async def run(self) -> None:
        """Relay until cancelled."""
        outbox.add_waker(self._woken)
        try:
            await forever("relay", self.step, pause=self._pause, longest_pause=_LONGEST_PAUSE)
        finally:
            outbox.remove_waker(self._woken)

    async def step(self) -> bool:
        """Publish one batch; whether there may be more."""
        self._woken.clear()
        await self._tend()
        client = await self._broker.client()
        if not self._broker.connected:
            return False
        with self._noticing_failures():
            await self._look()
        async with self._database.direct() as connection:
            if not await Lock.RELAY.try_to_take(connection):
                return False
            most = LARGEST_BATCH if self._failing_since is None else 1
            rows = await _TAKE.all(connection, most=most, most_bytes=MOST_BYTES)
            if not rows:
                self._failing_since = None
                return False
            sequences = await self._publish(client, rows)
            await _PUBLISHED.run(
                connection, event_ids=[row.event_id for row in rows], recorded_at=[row.recorded_at for row in rows],
                sequences=sequences,
            )  # fmt: skip
            newest = max(range(len(rows)), key=sequences.__getitem__)
            await _MARK.run(connection, sequence=sequences[newest], event_id=rows[newest].event_id)
            _published.inc(len(rows))
            resumed = self._failing_since is not None
            self._failing_since = None
        return resumed or len(rows) == LARGEST_BATCH or sum(len(row.payload) for row in rows) >= MOST_BYTES // 2

    async def _publish(self, client: Client, rows: Sequence[Unpublished]) -> list[int]:
        """Publish; while the stream takes nothing, a try is one event and does not wait for long."""
        began = time.monotonic()
        with self._noticing_failures():
            patience = ACK_SECONDS if self._failing_since is None else _TRY_SECONDS
            sequences = await publish(client, rows, seconds=patience)
        took = time.monotonic() - began
        _took.observe(took)
        if took > _SLOW_SECONDS:
            _log.warning("the broker is slow: %d events took %.1f s to be acknowledged", len(rows), took)
        return sequences

    @contextlib.contextmanager
    def _noticing_failures(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            denied_at = self._broker.denied_at
            self._reason = "not_permitted" if denied_at is not None and denied_at > began else reason_of(error)
            self._failing_since = self._failing_since or time.monotonic()
            self._looked = None  # the stream may be gone
            _failures.labels(self._reason).inc()
            raise

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await self._woken.wait()
        await self._pace.keep()

    async def _tend(self) -> None:
        """Make tomorrow's partitions and drop last month's, about once an hour; a busy outbox is left for a minute."""
        now = self._clock.now()
        if self._tend_at is not None and now < self._tend_at:
            return
        done = await partitions.tend(self._database, now, keep_days=self._settings.outbox_days)
        self._tend_at = now + (timedelta(hours=1) if done else timedelta(minutes=1))

    async def _look(self) -> None:
        """Check whether the stream still has what it acknowledged."""
        clock = asyncio.get_running_loop().time()
        epoch = self._broker.epoch
        if self._looked is not None and self._looked[0] == epoch and clock - self._looked[1] < _LOOK_SECONDS:
            return
        await self._broker.ensure_stream()
        jetstream = await self._broker.jetstream()
        async with self._database.direct() as connection:
            mark = await _HOLD_MARK.first(connection)
            if mark is not None and not await _has(jetstream, mark.stream_seq, mark.event_id):
                await self._publish_again(connection, jetstream)
        self._looked = (epoch, clock)

    async def _publish_again(self, connection: Connection, jetstream: JetStreamContext) -> None:
        """Find where the outbox and the stream part, by halving, and mark all that follows as unpublished."""
        ends = await _ENDS.one(connection)
        low, high = ends.first or 0, (ends.last or 0) + 1
        while low < high:  # below `low` all is there, from `high` on all is lost
            middle = (low + high) // 2
            row = await _NEXT.first(connection, low=middle)
            if row is not None and await _has(jetstream, row.stream_seq, row.event_id):
                low = row.stream_seq + 1
            else:
                high = middle
        kept = await _BEFORE.first(connection, low=low)
        count = await _UNPUBLISH.run(connection, low=low)
        await _FORGET_MARK.run(connection)
        if kept is not None:
            await _MARK.run(connection, sequence=kept.stream_seq, event_id=kept.event_id)
        _again.inc(count)
        _log.warning("the stream has lost what it acknowledged: publishing %d events again", count)


async def _has(jetstream: JetStreamContext, sequence: int, event_id: str) -> bool:
    """Return whether the stream has this event at this place, or had it so long ago that it has let it go by age."""
    try:
        message = await jetstream.get_msg(STREAM, seq=sequence)
    except nats.js.errors.NotFoundError:
        state = (await jetstream.stream_info(STREAM)).state
        return state.messages > 0 and sequence < state.first_seq
    return (message.headers or {}).get("Nats-Msg-Id") == event_id
