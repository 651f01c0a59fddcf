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

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.feed import statements
from services.notify.feed.statements import FeedRow
from services.notify.wakeups import FEED_CHANNEL
from shared.contracts.envelope import Envelope
from shared.contracts.ids import EventId
from shared.runtime.errors import FieldError, Unprocessable
from shared.runtime.reading_events import read
from shared.runtime.statements import Executor

_PATIENCE = "30s"


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

    events: list[FeedRow]
    position: int
    more: bool


@dataclass(frozen=True)
class Kept:
    """An event as the feed keeps it: its envelope, and that envelope as it travelled."""

    envelope: Envelope
    body: str

    @classmethod
    def of(cls, envelope: Envelope, payload: bytes) -> "Kept":
        """Return an event as it came, but for the character that PostgreSQL keeps in no document, which is U+FFFD here.

        Others have it in what they write, such as the title of a listing; whoever hears of it is to hear of it anyway.
        """
        body = payload.decode()
        if "\\u0000" not in body:
            return cls(envelope, body)
        changed = orjson.dumps(_without_nul(orjson.loads(payload)))
        return cls(read(changed)[0], changed.decode())


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(held) for name, held in value.items()}
    return value


async def keep_events(session: AsyncSession, events: Sequence[Kept], now: datetime) -> dict[str, int]:
    """Put events into the feed, in this order; the position of each."""
    connection = await session.connection()
    await statements.LOCK_FEED.one(connection, channel=FEED_CHANNEL, patience=_PATIENCE)
    values = {
        "ids": [event.envelope.id for event in events],
        "types": [event.envelope.type for event in events],
        "subjects": [event.envelope.subject for event in events],
        "accounts": [event.envelope.marqueaccount for event in events],
        "envelopes": [event.body for event in events],
        "now": now,
    }
    return {row.event_id: row.position for row in await statements.APPEND.all(connection, **values)}


async def position_after(
    connection: Executor, reader: Reader, after: EventId | Literal["latest"] | None, *, pointer: str = ""
) -> int:
    """The position from which a reader goes on. Raises `PositionUnknown`."""
    if after is None:
        return 0
    if after == "latest":
        return await statements.HORIZON.one(connection)
    position = await statements.POSITION.first(connection, event_id=after, account_id=reader.account_id)
    if position is None:
        raise PositionUnknown(errors=[FieldError(pointer, "event_position_unknown", "No such event in this feed.")])
    return position


async def read_feed(connection: Executor, reader: Reader, position: int, limit: int) -> FeedPage:
    """The events after a position, oldest first.

    Where a page is not full the reader has seen everything up to the horizon, and up to the last event shown, so that
    a filter which lets little through does not read the same rows again each time.
    """
    horizon = await statements.HORIZON.one(connection)
    read = statements.READ_WHOLE if reader.account_id is None else statements.READ
    rows = await read.all(
        connection, after=position, account_id=reader.account_id, patterns=list(reader.patterns), limit=limit + 1
    )
    more = len(rows) > limit
    rows = rows[:limit]
    last = rows[-1].position if rows else position
    return FeedPage(rows, last if more else max(last, horizon), more)


async def forget_old_events(session: AsyncSession, now: datetime, days: int, *, most: int = 5000) -> bool:
    """Drop some of what has been in the feed for longer than an operator wants; whether there may be more of it."""
    return await statements.FORGET_EVENTS.run(session, before=now - timedelta(days=days), most=most) == most
