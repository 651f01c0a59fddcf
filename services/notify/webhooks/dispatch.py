"""Which deliveries a sender takes next, and how it gives back what it could not send.

Each endpoint is asked for its own due deliveries, so that one with a long queue never stands before the others.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.notify.webhooks.deliveries import Taken

_TAKE = """
WITH picked AS (
    SELECT d.id FROM webhook_endpoints e
    LEFT JOIN unnest($2::text[], $3::int[]) AS busy (endpoint_id, count) ON busy.endpoint_id = e.id
    CROSS JOIN LATERAL (
        SELECT id, due_at FROM deliveries d
        WHERE d.endpoint_id = e.id AND d.state = 'pending' AND d.due_at <= $1
          AND (NOT d.ordered OR NOT EXISTS (
              SELECT 1 FROM deliveries earlier
              WHERE earlier.line = d.line AND earlier.position < d.position AND earlier.state = 'pending'
                AND earlier.ordered AND earlier.tries < $4
          ))
        ORDER BY d.due_at, d.position
        LIMIT greatest($5 - coalesce(busy.count, 0), 0)
        FOR UPDATE SKIP LOCKED
    ) d
    WHERE e.enabled AND e.deleted_at IS NULL
    ORDER BY d.due_at LIMIT $6
), taken AS (
    UPDATE deliveries d SET lease = lease + 1, tries = tries + 1, due_at = $7
    WHERE d.id = ANY(ARRAY(SELECT id FROM picked))
    RETURNING d.id, d.endpoint_id, d.event_id, d.lease, d.payload, d.position
)
SELECT taken.id, taken.endpoint_id, taken.event_id, taken.lease, e.url, e.secret,
    CASE WHEN e.previous_secret_until > $1 THEN e.previous_secret END AS previous_secret,
    coalesce(taken.payload, f.envelope)::text AS body
FROM taken JOIN webhook_endpoints e ON e.id = taken.endpoint_id LEFT JOIN feed f ON f.event_id = taken.event_id
ORDER BY taken.position
"""
# The feed keeps what is on its way; what was asked for again when its event was forgotten already can never be sent.
_NOTHING_TO_SEND = """
UPDATE deliveries SET state = 'dead', last_error = 'the event is no longer in the feed', settled_at = $1
WHERE id = ANY($2) AND state = 'pending'
"""
_HAND_BACK = """
UPDATE deliveries SET due_at = $1, tries = tries - 1 WHERE state = 'pending' AND (id, lease) IN (
    SELECT * FROM unnest($2::text[], $3::int[])
)
"""


async def take_due(
    connection: Any,
    *,
    busy: Mapping[str, int],
    ordered_tries: int,
    per_endpoint: int,
    limit: int,
    lease_seconds: float,
    now: datetime,
) -> list[Taken]:
    """Take deliveries that are due, no more of an endpoint than may be under way to it; secrets still sealed."""
    rows = await connection.fetch(
        _TAKE,
        now,
        list(busy),
        list(busy.values()),
        ordered_tries,
        per_endpoint,
        limit,
        now + timedelta(seconds=lease_seconds),
    )
    if forgotten := [row["id"] for row in rows if row["body"] is None]:
        await connection.execute(_NOTHING_TO_SEND, now, forgotten)
    return [
        Taken(
            id=row["id"],
            endpoint_id=row["endpoint_id"],
            event_id=row["event_id"],
            lease=row["lease"],
            url=row["url"],
            secrets=tuple(secret for secret in (row["secret"], row["previous_secret"]) if secret),
            body=row["body"],
        )
        for row in rows
        if row["body"] is not None
    ]


async def hand_back(connection: Any, taken: list[Taken], now: datetime) -> None:
    """Let another sender have what this one took and did not finish."""
    await connection.execute(_HAND_BACK, now, [one.id for one in taken], [one.lease for one in taken])
