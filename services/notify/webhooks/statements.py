"""The SQL of webhooks: deliveries made, taken, settled and forgotten."""

from datetime import datetime
from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class MatchingEndpoint(NamedTuple):
    """An endpoint that asks for an event; `place` is the number of the event, from 1."""

    place: int
    id: str
    account_id: str


class DueDelivery(NamedTuple):
    """A delivery that was taken, its secrets sealed; no body where its event is in the feed no longer."""

    id: str
    endpoint_id: str
    event_id: str
    lease: int
    url: str
    secret: str
    previous_secret: str | None
    body: str | None


# Locked, so that an endpoint is disabled or deleted either before its deliveries are made, and has none, or after that,
# and takes them with it.
ENDPOINTS_FOR = Query(
    "endpoints_for",
    """
SELECT v.place, e.id, e.account_id
FROM unnest(:types::text[], :accounts::text[], :concerned::text[])
    WITH ORDINALITY AS v(type, account_id, concerned, place)
JOIN webhook_endpoints e ON e.enabled AND e.deleted_at IS NULL AND (e.sees_all OR e.account_id = v.account_id)
    AND v.type LIKE ANY(e.patterns) AND e.id IS DISTINCT FROM v.concerned
ORDER BY v.place, e.id
FOR SHARE OF e
""",
    MatchingEndpoint,
)

ADD_DELIVERIES = Statement(
    "add_deliveries",
    """
INSERT INTO deliveries (id, account_id, endpoint_id, event_id, event_type, subject, position, ordered, state, tries,
                        lease, due_at, created_at)
SELECT id, account_id, endpoint_id, event_id, event_type, subject, position, true, 'pending', 0, 0, :now, :now
FROM unnest(
    :ids::text[], :accounts::text[], :endpoints::text[], :events::text[],
    :types::text[], :subjects::text[], :positions::bigint[]
) AS n(id, account_id, endpoint_id, event_id, event_type, subject, position)
""",
)

SETTLE_DELIVERED = Query(
    "settle_delivered",
    """
WITH done AS (
    UPDATE deliveries SET state = 'delivered', last_status = :status, last_error = NULL, settled_at = :now
    WHERE id = :id AND lease = :lease AND state = 'pending' RETURNING 1
), attempt AS (
    INSERT INTO delivery_attempts (delivery_id, number, started_at, duration_ms, status, answer)
    VALUES (:id, :lease, :started_at, :duration_ms, :status, :body)
)
SELECT count(*) FROM done
""",
    int,
)

CANCEL_DELIVERIES = Statement(
    "cancel_deliveries",
    """
UPDATE deliveries SET state = 'cancelled', last_error = coalesce(last_error, :why), settled_at = :now
WHERE endpoint_id = :endpoint_id AND state = 'pending'
""",
)

SETTLE_GONE = Statement(
    "settle_gone",
    """
UPDATE deliveries SET state = 'dead', last_error = :why, settled_at = :now
WHERE endpoint_id = :endpoint_id AND state = 'pending' AND id <> :delivery_id
""",
)

SETTLE_DISABLED = Statement(
    "settle_disabled",
    """
UPDATE deliveries d
SET state = 'dead', last_error = coalesce(last_error, 'the endpoint stayed disabled'), settled_at = :now
FROM webhook_endpoints e
WHERE d.endpoint_id = e.id AND d.state = 'pending' AND NOT e.enabled AND e.updated_at < :before
    AND d.created_at < :before
""",
)

FORGET_DELIVERIES = Statement(
    "forget_deliveries",
    """
WITH old AS (
    SELECT id FROM deliveries WHERE state <> 'pending' AND settled_at < :before
    ORDER BY settled_at LIMIT :most FOR UPDATE SKIP LOCKED
), attempts AS (DELETE FROM delivery_attempts a USING old WHERE a.delivery_id = old.id)
DELETE FROM deliveries d USING old WHERE d.id = old.id
""",
)

TAKE_DUE = Query(
    "take_due",
    """
WITH picked AS (
    SELECT d.id FROM webhook_endpoints e
    LEFT JOIN unnest(:busy::text[], :busy_counts::int[]) AS busy (endpoint_id, count) ON busy.endpoint_id = e.id
    CROSS JOIN LATERAL (
        SELECT id, due_at FROM deliveries d
        WHERE d.endpoint_id = e.id AND d.state = 'pending' AND d.due_at <= :now
          AND (NOT d.ordered OR NOT EXISTS (
              SELECT 1 FROM deliveries earlier
              WHERE earlier.line = d.line AND earlier.position < d.position AND earlier.state = 'pending'
                AND earlier.ordered AND earlier.tries < :ordered_tries
          ))
        ORDER BY d.due_at, d.position
        LIMIT greatest(:per_endpoint - coalesce(busy.count, 0), 0)
        FOR UPDATE SKIP LOCKED
    ) d
    WHERE e.enabled AND e.deleted_at IS NULL
    ORDER BY d.due_at LIMIT :most
), taken AS (
    UPDATE deliveries d SET lease = lease + 1, tries = tries + 1, due_at = :leased_until
    WHERE d.id = ANY(ARRAY(SELECT id FROM picked))
    RETURNING d.id, d.endpoint_id, d.event_id, d.lease, d.payload, d.position
)
SELECT taken.id, taken.endpoint_id, taken.event_id, taken.lease, e.url, e.secret,
    CASE WHEN e.previous_secret_until > :now THEN e.previous_secret END AS previous_secret,
    coalesce(taken.payload, f.envelope)::text AS body
FROM taken JOIN webhook_endpoints e ON e.id = taken.endpoint_id LEFT JOIN feed f ON f.event_id = taken.event_id
ORDER BY taken.position
""",
    DueDelivery,
)

# The feed keeps what is on its way; what was asked for again when its event was forgotten already can never be sent.
SETTLE_FORGOTTEN = Statement(
    "settle_forgotten",
    """
UPDATE deliveries SET state = 'dead', last_error = 'the event is no longer in the feed', settled_at = :now
WHERE id = ANY(:ids) AND state = 'pending'
""",
)

HAND_BACK = Statement(
    "hand_back",
    """
UPDATE deliveries SET due_at = :now, tries = tries - 1 WHERE state = 'pending' AND (id, lease) IN (
    SELECT * FROM unnest(:ids::text[], :leases::int[])
)
""",
)

KEEP_STANDING = Query(
    "keep_standing",
    """
INSERT INTO account_standings AS s (account_id, version, shut) VALUES (:account_id, :version, :shut)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, shut = excluded.shut
WHERE s.version < excluded.version RETURNING account_id
""",
    str,
)


class Backlog(NamedTuple):
    """The deliveries that wait, and the endpoints that get none."""

    pending: int
    due: int
    oldest: datetime | None
    disabled: int


# An endpoint's deliveries are counted to a bound each, from the index of those that wait.
MEASURE_BACKLOG = Query(
    "measure_backlog",
    """
SELECT (SELECT count(*) FROM (SELECT FROM deliveries WHERE state = 'pending' LIMIT :most) AS p) AS pending,
       coalesce(sum(of_one.due), 0)::bigint AS due, min(of_one.oldest) AS oldest,
       (SELECT count(*) FROM webhook_endpoints WHERE NOT enabled AND deleted_at IS NULL) AS disabled
FROM webhook_endpoints e
CROSS JOIN LATERAL (
    SELECT count(*) AS due, min(d.due_at) AS oldest FROM (
        SELECT due_at FROM deliveries
        WHERE endpoint_id = e.id AND state = 'pending' AND due_at <= :now ORDER BY due_at LIMIT :most
    ) AS d
) AS of_one
WHERE e.enabled AND e.deleted_at IS NULL
""",
    Backlog,
)
