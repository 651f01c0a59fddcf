"""The feed: every event, once, in an order that a reader can follow by position without ever missing one.

A sequence gives out its numbers before their transactions commit, so a reader who goes on after the highest number seen
can skip those that commit later. Here whoever writes holds one lock from before a number is taken until its commit is
seen, so numbers become visible in their order. A batch is one statement, and each process of notify has one writer.
A writer that is stopped with the lock in its hand is ended by the database, and another goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.wakeups import FEED_CHANNEL
from shared.contracts.envelope import Envelope
from shared.contracts.ids import EventId
from shared.runtime.errors import FieldError, Unprocessable

LOCK = 7246101
_PATIENCE = "30s"

_TAKE_LOCK = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :patience, true), pg_advisory_xact_lock(:lock), "
    "pg_notify(:channel, '')"
)
# The default of `position` is taken above the sort, so that the numbers follow the order of the events.
_APPEND = text("""
INSERT INTO feed (event_id, type, subject, account_id, envelope, received_at)
SELECT event_id, type, subject, account_id, envelope::jsonb, :now
FROM unnest(
    CAST(:ids AS text[]), CAST(:types AS text[]), CAST(:subjects AS text[]), CAST(:accounts AS text[]),
    CAST(:envelopes AS text[])
) WITH ORDINALITY AS e(event_id, type, subject, account_id, envelope, place)
ORDER BY place
RETURNING event_id, position
""")
_POSITION = """
SELECT position FROM feed WHERE event_id = $1 AND ($2::text IS NULL OR account_id = $2)
"""
_HORIZON = "SELECT coalesce(max(position), 0) FROM feed"
# Bounded on one side only: a planner without statistics takes a range between two bounds for so little that it may
# read the whole of it and sort, instead of following the index to the end of the page.
_READ = """
SELECT position, event_id, type, envelope::text AS envelope FROM feed
WHERE position > $1 AND account_id = $2 AND type LIKE ANY($3)
ORDER BY position LIMIT $4
"""
_READ_ALL = """
SELECT position, event_id, type, envelope::text AS envelope FROM feed
WHERE position > $1 AND $2::text IS NULL AND type LIKE ANY($3)
ORDER BY position LIMIT $4
"""
_PURGE = text("""
DELETE FROM feed WHERE position IN (
    SELECT position FROM feed WHERE received_at < :before ORDER BY position LIMIT 5000
) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = feed.event_id AND d.state = 'pending')
""")


class PositionUnknown(Unprocessable):
    """The event to go on after is not in the caller's feed."""

    code = "event_position_unknown"
    title = "The event to go on after is not in this feed, or no longer"


@dataclass(frozen=True)
class Reader:
    """Who reads, and what of it. No account: the operator, who sees every account's events and those of none."""

    account_id: str | None
    patterns: tuple[str, ...] = ("%",)


@dataclass(frozen=True)
class FeedPage:
    """Some of the feed. `position` is where to go on, also where nothing was found."""

    events: list[Any]
    position: int
    more: bool


@dataclass(frozen=True)
class Kept:
    """An event as the feed keeps it: its envelope, and that envelope as it travelled."""

    envelope: Envelope
    body: str


async def keep_events(session: AsyncSession, events: Sequence[Kept], now: datetime) -> dict[str, int]:
    """Put events into the feed, in this order; the position of each."""
    connection = await session.connection()
    await connection.execute(_TAKE_LOCK, {"lock": LOCK, "channel": FEED_CHANNEL, "patience": _PATIENCE})
    values = {
        "ids": [event.envelope.id for event in events],
        "types": [event.envelope.type for event in events],
        "subjects": [event.envelope.subject for event in events],
        "accounts": [event.envelope.marqueaccount for event in events],
        "envelopes": [event.body for event in events],
        "now": now,
    }
    return {row.event_id: row.position for row in await connection.execute(_APPEND, values)}


async def position_after(
    connection: Any, reader: Reader, after: EventId | Literal["latest"] | None, *, pointer: str = ""
) -> int:
    """The position from which a reader goes on. Raises `PositionUnknown`."""
    if after is None:
        return 0
    if after == "latest":
        return int(await connection.fetchval(_HORIZON))
    position: int | None = await connection.fetchval(_POSITION, after, reader.account_id)
    if position is None:
        raise PositionUnknown(errors=[FieldError(pointer, "event_position_unknown", "No such event in this feed.")])
    return position


async def read_feed(connection: Any, reader: Reader, position: int, limit: int) -> FeedPage:
    """The events after a position, oldest first.

    Where a page is not full the reader has seen everything up to the horizon, and up to the last event shown, so that
    a filter which lets little through does not read the same rows again each time.
    """
    horizon = int(await connection.fetchval(_HORIZON))
    statement = _READ_ALL if reader.account_id is None else _READ
    rows = await connection.fetch(statement, position, reader.account_id, list(reader.patterns), limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    last = rows[-1]["position"] if rows else position
    return FeedPage(rows, last if more else max(last, horizon), more)


async def forget_old_events(session: AsyncSession, now: datetime, days: int) -> None:
    """Drop what has been in the feed for longer than an operator wants, some at a time."""
    await (await session.connection()).execute(_PURGE, {"before": now - timedelta(days=days)})
