"""The inbox: which events a service has had. An event and its effect are one transaction, so it has one effect."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime.statements import Query, Statement

DDL = """
CREATE TABLE inbox (
    event_id text COLLATE "C" NOT NULL,
    consumer text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, consumer)
);
CREATE INDEX inbox_age ON inbox USING brin (received_at);
CREATE TABLE inbox_failures (
    event_id text COLLATE "C" NOT NULL,
    consumer text NOT NULL,
    tries integer NOT NULL,
    error text NOT NULL,
    PRIMARY KEY (event_id, consumer)
);
"""

MARGIN_DAYS = 7
"""The inbox remembers this much longer than any outbox could publish an event again."""

_NEW = Query(
    "take_new_events",
    """
INSERT INTO inbox (event_id, consumer, received_at)
SELECT e, :consumer, :now FROM unnest(:ids::text[]) AS e
ON CONFLICT DO NOTHING RETURNING event_id
""",
    str,
    hot=True,
)
_FAILED = Query(
    "count_event_failure",
    """
INSERT INTO inbox_failures (event_id, consumer, tries, error) VALUES (:id, :consumer, 1, :error)
ON CONFLICT (event_id, consumer) DO UPDATE SET tries = inbox_failures.tries + 1, error = :error
RETURNING tries
""",
    int,
)
_SETTLED = Statement(
    "forget_failures", "DELETE FROM inbox_failures WHERE consumer = :consumer AND event_id = ANY(:ids::text[])"
)
_FORGET = Statement(
    "forget_events_taken",
    """
DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox WHERE received_at < :before LIMIT :most))
""",
)


async def take(session: AsyncSession, consumer: str, ids: Sequence[str], now: datetime) -> set[str]:
    """Those of these events that the consumer has not had, marked as had in this transaction."""
    return set(await _NEW.all(session, consumer=consumer, ids=list(ids), now=now))


async def failed(session: AsyncSession, consumer: str, event_id: str, error: str) -> int:
    """Count a failure of an event; how many there have been. Counted here because the broker may forget."""
    return await _FAILED.one(session, id=event_id, consumer=consumer, error=error)


async def settled(session: AsyncSession, consumer: str, ids: Sequence[str]) -> None:
    """Forget the failures of events that went well in the end, or died."""
    await _SETTLED.run(session, consumer=consumer, ids=list(ids))


async def forget(session: AsyncSession, now: datetime, outbox_days: int, *, most: int = 10_000) -> bool:
    """Drop one slice of what no outbox can publish again; whether there may be more of it."""
    before = now - timedelta(days=outbox_days + MARGIN_DAYS)
    return await _FORGET.run(session, before=before, most=most) == most
