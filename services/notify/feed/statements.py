"""The SQL of the feed."""

from typing import NamedTuple

from shared.runtime.locks import Lock
from shared.runtime.statements import Query, Statement


class Appended(NamedTuple):
    """An event that is in the feed now, and where."""

    event_id: str
    position: int


class FeedRow(NamedTuple):
    """An event of the feed; its envelope is JSON."""

    position: int
    event_id: str
    type: str
    envelope: str


LOCK_FEED = Query(
    "lock_feed",
    f"""
SELECT set_config('idle_in_transaction_session_timeout', :patience, true) AS patience,
       pg_advisory_xact_lock({Lock.FEED.sql()}), pg_notify(:channel, '')
""",
    str,
)

# The default of `position` is taken above the sort, so that the numbers follow the order of the events.
APPEND = Query(
    "append_to_feed",
    """
INSERT INTO feed (event_id, type, subject, account_id, envelope, received_at)
SELECT event_id, type, subject, account_id, envelope::jsonb, :now
FROM unnest(
    :ids::text[], :types::text[], :subjects::text[], :accounts::text[],
    :envelopes::text[]
) WITH ORDINALITY AS e(event_id, type, subject, account_id, envelope, place)
ORDER BY place
RETURNING event_id, position
""",
    Appended,
)

POSITION = Query(
    "position_in_feed",
    """
SELECT position FROM feed WHERE event_id = :event_id AND (:account_id::text IS NULL OR account_id = :account_id)
""",
    int,
)

HORIZON = Query("feed_horizon", "SELECT coalesce(max(position), 0) FROM feed", int)

# Bounded on one side only: a planner without statistics takes a range between two bounds for so little that it may
# read the whole of it and sort, instead of following the index to the end of the page.
READ = Query(
    "read_feed",
    """
SELECT position, event_id, type, envelope::text AS envelope FROM feed
WHERE position > :after AND account_id = :account_id AND type LIKE ANY(:patterns)
ORDER BY position LIMIT :limit
""",
    FeedRow,
)

READ_WHOLE = Query(
    "read_whole_feed",
    """
SELECT position, event_id, type, envelope::text AS envelope FROM feed
WHERE position > :after AND :account_id::text IS NULL AND type LIKE ANY(:patterns)
ORDER BY position LIMIT :limit
""",
    FeedRow,
)

FORGET_EVENTS = Statement(
    "forget_events",
    """
DELETE FROM feed WHERE position IN (
    SELECT position FROM feed WHERE received_at < :before ORDER BY position LIMIT :most
) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = feed.event_id AND d.state = 'pending')
""",
)
