"""The SQL of reports: looked at before, filed, and what becomes of the notices that they were made of.

`FILE` files the reports of many reporters at once, each whole or not at all. It refuses what must not be filed by what
the database holds at this moment: a request whose key was used, a right or an authority that is no longer as it was
when the report was examined, a listing that the same reporter has an open report for. What two transactions do in the
same moment the unique indexes decide; the statement is then tried again, and sees.

The items are read out of the report's own event: they are written once, and both say the same. They go in one order
everywhere, so that two statements never wait for each other.

How much an account has open is a balance and the changes since (see `limits`). A reporter that is far from its limit
holds its account's lock shared while the statement runs; one that is near it, or whose lock someone holds, comes back
as `tight`, to be filed once more by a caller that holds the lock, has no slack (`slack` 0) and counts exactly.

Each look-up is a subquery of its own for each row: out of plain joins the planner, which cannot know how few rows it is
given, makes one pass through all open items.
"""

from typing import Any, NamedTuple

from services.intake.open_items import OPEN_IN_SQL
from services.intake.vault.authorities.statements import AT_HAND
from shared.contracts.codes import NoticeState
from shared.runtime.locks import Lock
from shared.runtime.outbox import INSERT_EVENTS
from shared.runtime.statements import Query, Statement, sql_list

MOST_FITTING = 50


class SeenItem(NamedTuple):
    """An item whose listing is seen to have another state than before; `place` says by which of the captures."""

    place: int
    report_id: str
    item_id: str


class ReportedRight(NamedTuple):
    """The owner of the right under which an item was reported; none where the vault has it no longer."""

    item_id: str
    account_id: str
    owner: str | None


class FilingOutcome(NamedTuple):
    """The fate of one report; the first answer under its key, where there is one; open reports by place, as JSON."""

    report_id: str
    filed: bool
    busy: bool
    stale: bool
    fingerprint: bytes | None
    status: int | None
    headers: str | None
    body: bytes | None
    places: str | None
    tight: bool
    over: bool


class ExaminedBy(NamedTuple):
    """The facts by which a report is examined: its right, its reporter's open reports about the same listings."""

    right: Any
    open_items: list[Any]


class CompletedNotice(NamedTuple):
    """A notice of whose report nothing is open any more; whether its notifier is told."""

    id: str
    state: str
    is_told: bool


FILE = Query(
    "file_reports",
    f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(
        :report_id::text[], :account_id::text[], :right_id::text[], :right_version::int[], :right_type::text[],
        :claim::text[], :legal_basis::text[], :reference::text[], :language::text[], :markets::text[],
        :explanation::text[], :evidence_ids::text[], :statements::text[], :signature::text[], :contact::text[],
        :findings::text[], :client_id::text[], :key::text[], :fingerprint::bytea[], :status::smallint[],
        :headers::text[], :body::bytea[], :event_id::text[], :type::text[], :payload::text[], :traceparent::text[],
        :at::timestamptz[], :authority_id::text[], :authority_version::int[], :severity::text[],
        :expected_decision_at::timestamptz[]
    ) AS a(report_id, account_id, right_id, right_version, right_type, claim, legal_basis, reference, language,
           markets, explanation, evidence_ids, statements, signature, contact, findings,
           client_id, key, fingerprint, status, headers, body, event_id, type, payload, traceparent, at,
           authority_id, authority_version, severity, expected_decision_at)
), named AS MATERIALIZED (
    SELECT i.item_id, a.report_id, i.listing ->> 'marketplace' AS marketplace, i.listing ->> 'listing_id' AS listing_id,
           i.listing ->> 'url' AS url, i.listing ->> 'media_type' AS media_type, i.part, i.explanation, i.evidence_ids,
           i.listing ->> 'category' AS category
    FROM asked a CROSS JOIN LATERAL jsonb_to_recordset(a.payload::jsonb #> '{{data,items}}')
    AS i(item_id text, part text, explanation text, evidence_ids jsonb, listing jsonb)
), busy AS MATERIALIZED (
    SELECT report_id FROM asked
    WHERE key IS NOT NULL AND NOT pg_try_advisory_xact_lock({Lock.IDEMPOTENCY_KEY.sql("client_id || ' ' || key")})
), kept AS (
    SELECT a.report_id, k.fingerprint, k.status, k.headers, k.body
    FROM asked a CROSS JOIN LATERAL (
        SELECT * FROM idempotency_keys k WHERE k.client_id = a.client_id AND k.key = a.key LIMIT 1
    ) k
), stale AS (
    SELECT a.report_id FROM asked a
    WHERE a.right_version IS DISTINCT FROM (
        SELECT r.version FROM rights r WHERE r.id = a.right_id AND r.state = 'verified'
    ) OR (a.authority_id IS NOT NULL AND a.authority_version IS DISTINCT FROM (
        SELECT u.version FROM authorities u WHERE u.id = a.authority_id AND u.state = 'verified'
    ))
), reported AS (
    SELECT n.report_id, json_agg(json_build_array(i.marketplace, i.listing_id, i.report_id)) AS places
    FROM named n JOIN asked a USING (report_id) CROSS JOIN LATERAL (
        SELECT * FROM report_items i
        WHERE i.account_id = a.account_id AND i.right_id = a.right_id AND i.marketplace = n.marketplace
            AND i.listing_id = n.listing_id AND i.state IN ({OPEN_IN_SQL}) LIMIT 1
    ) i
    GROUP BY n.report_id
), used AS MATERIALIZED (
    SELECT a.account_id, coalesce((
        SELECT (l.limits ->> 'open_reports')::bigint FROM account_limits l WHERE l.account_id = a.account_id
    ), :limit) - coalesce((
        SELECT u.open_reports FROM account_use u WHERE u.account_id = a.account_id
    ), 0) - coalesce((
        SELECT sum(c.open_reports) FROM account_use_changes c WHERE c.account_id = a.account_id
    ), 0) AS room
    FROM (SELECT DISTINCT account_id FROM asked) a
), rooms AS MATERIALIZED (
    SELECT account_id, room, :slack > 0 AND (
        room < :slack OR NOT pg_try_advisory_xact_lock_shared({Lock.OPEN_REPORTS_LIMIT.sql("account_id")})
    ) AS tight FROM used
), sound AS MATERIALIZED (
    SELECT report_id, account_id, row_number() OVER (PARTITION BY account_id ORDER BY report_id) AS place
    FROM asked WHERE report_id NOT IN (
        SELECT report_id FROM busy UNION ALL SELECT report_id FROM kept
        UNION ALL SELECT report_id FROM stale UNION ALL SELECT report_id FROM reported
    )
), good AS MATERIALIZED (
    SELECT report_id FROM sound JOIN rooms USING (account_id) WHERE NOT tight AND place <= room
), counted AS (
    INSERT INTO account_use_changes (account_id, open_reports)
    SELECT account_id, count(*) FROM asked JOIN good USING (report_id) GROUP BY account_id
), reports_made AS (
    INSERT INTO reports (id, account_id, right_id, right_version, right_type, claim, legal_basis, reference, language,
                         markets, explanation, evidence_ids, statements, signature, contact, findings,
                         state, created_at, updated_at, authority_id, authority_version)
    SELECT report_id, account_id, right_id, right_version, right_type, claim, legal_basis, reference, language,
           markets::jsonb, explanation, evidence_ids::jsonb, statements::jsonb, signature, contact::jsonb,
           findings::jsonb, 'received', at, at, authority_id, authority_version
    FROM asked JOIN good USING (report_id)
), items_made AS (
    INSERT INTO report_items (id, report_id, account_id, right_id, right_type, marketplace, listing_id, url, media_type,
                              part, explanation, evidence_ids, category, state, severity, expected_decision_at,
                              created_at)
    SELECT item_id, report_id, account_id, right_id, right_type, marketplace, listing_id, url, media_type, part,
           named.explanation, named.evidence_ids, category, 'received', severity, expected_decision_at, at
    FROM named JOIN good USING (report_id) JOIN asked USING (report_id)
    ORDER BY account_id, right_id, marketplace, listing_id
), told AS (
    INSERT INTO timeline (report_id, state, at)
    SELECT report_id, 'received', at FROM asked JOIN good USING (report_id)
), recorded AS (
    {INSERT_EVENTS}
    SELECT event_id, type, payload, traceparent, at FROM asked JOIN good USING (report_id)
), evidence_used AS (
    INSERT INTO evidence_uses (evidence_id, used_by, account_id, right_id, sha256, at)
    SELECT e.id, a.report_id, a.account_id, a.right_id, e.sha256, a.at
    FROM unnest(:used_evidence::text[], :used_by::text[]) AS u(evidence_id, report_id) JOIN good USING (report_id)
    JOIN asked a USING (report_id) JOIN evidence e ON e.id = u.evidence_id
), evidence_kept AS (
    UPDATE evidence e SET kept = true
    FROM unnest(:used_evidence::text[], :used_by::text[]) AS u(evidence_id, report_id) JOIN good USING (report_id)
    WHERE e.id = u.evidence_id AND NOT e.kept
), keys_kept AS (
    INSERT INTO idempotency_keys (client_id, key, fingerprint, status, headers, body, created_at)
    SELECT client_id, key, fingerprint, status, headers, body, at FROM asked JOIN good USING (report_id)
    WHERE key IS NOT NULL
)
SELECT a.report_id, good.report_id IS NOT NULL AS filed, busy.report_id IS NOT NULL AS busy,
       stale.report_id IS NOT NULL AS stale, k.fingerprint, k.status, k.headers, k.body, reported.places,
       sound.report_id IS NOT NULL AND r.tight AS tight,
       sound.report_id IS NOT NULL AND NOT r.tight AND good.report_id IS NULL AS over
FROM asked a JOIN rooms r USING (account_id) LEFT JOIN sound USING (report_id)
LEFT JOIN good USING (report_id) LEFT JOIN busy USING (report_id) LEFT JOIN stale USING (report_id)
LEFT JOIN kept k USING (report_id) LEFT JOIN reported USING (report_id)
""",
    FilingOutcome,
    hot=True,
)

RIGHTS_OF_TYPE = Query(
    "rights_of_type",
    f"""
SELECT to_jsonb(r) FROM rights r
WHERE r.account_id = :account_id AND r.type = :type AND r.state = 'verified'
ORDER BY r.owner->>'name' = :owner DESC, r.id DESC LIMIT {MOST_FITTING}
""",
    dict,
)

REPORTED_RIGHTS = Query(
    "reported_rights",
    """
SELECT i.id AS item_id, i.account_id, r.owner->>'name' AS owner
FROM report_items i LEFT JOIN rights r ON r.id = i.right_id WHERE i.id = ANY(:item_ids) ORDER BY i.id
""",
    ReportedRight,
)

RIGHT_AT_HAND = Query(
    "right_at_hand",
    f"SELECT {AT_HAND} FROM rights r WHERE account_id = :account_id AND id = :right_id",
    dict,
    hot=True,
)

EXAMINED = Query(
    "examined",
    f"""
SELECT (SELECT {AT_HAND} FROM rights r WHERE r.account_id = :account_id AND r.id = :right_id) AS right,
    ARRAY(
        SELECT jsonb_build_array(i.marketplace, i.listing_id, i.report_id)
        FROM jsonb_each(:places::jsonb) AS m(marketplace, listings),
             jsonb_array_elements_text(m.listings) AS n(listing_id)
        CROSS JOIN LATERAL (
            SELECT * FROM report_items i
            WHERE i.account_id = :account_id AND i.right_id = :right_id
                AND i.marketplace = m.marketplace AND i.listing_id = n.listing_id
                AND i.state IN ({OPEN_IN_SQL}) LIMIT 1
        ) i
    ) AS open_items
""",
    ExaminedBy,
    hot=True,
)

# Nearly every listing is live and was never seen otherwise: then nothing is locked. What an item sees later is kept in
# any case, so that what it saw first says nothing if it comes in after that.
SEEN_OTHERWISE = Query(
    "seen_otherwise",
    """
SELECT s.place, r.report_id, r.id AS item_id
FROM unnest(:places::int[], :item_ids::text[], :states::text[], :numbers::bigint[], :are_later::boolean[])
    AS s (place, item_id, state, number, is_later)
JOIN report_items r ON r.id = s.item_id
WHERE (s.is_later OR coalesce(r.listing_state, 'live') <> s.state) AND coalesce(r.listing_number < s.number, true)
""",
    SeenItem,
    hot=True,
)

FILED = Query("filed_reports", "SELECT id FROM reports WHERE id = ANY(:ids)", str)

# `version` is what the marketplace itself counts, by which processes of before go.
KEEP_LISTINGS = Statement(
    "keep_listings",
    """
INSERT INTO known_listings AS k (marketplace, listing_id, listed_at, category, version, number)
SELECT marketplace, listing_id, listed_at, category, 0, number
FROM unnest(
    :marketplaces::text[], :listing_ids::text[], :listed_at::timestamptz[], :categories::text[], :numbers::bigint[]
) AS g (marketplace, listing_id, listed_at, category, number)
ORDER BY marketplace, listing_id
ON CONFLICT (marketplace, listing_id) DO UPDATE
SET listed_at = excluded.listed_at, category = excluded.category, number = excluded.number
WHERE k.number < excluded.number
""",
)

# What was closed for want of an answer completes a notice without an outcome: its own letter says so. It may be decided
# or taken back all the same, and then the notice completes once more.
COMPLETE_NOTICES = Query(
    "complete_notices",
    f"""
UPDATE public_notices SET completed_at = :now, version = version + 1,
    state = CASE WHEN report_id = ANY(:withdrawn::text[]) THEN 'withdrawn' ELSE 'completed' END
WHERE report_id = ANY(:ids::text[]) AND state IN ({sql_list((NoticeState.FILED, NoticeState.COMPLETED))})
RETURNING id, state, email IS NOT NULL AND NOT report_id = ANY(:closed::text[]) AS is_told
""",
    CompletedNotice,
)

OPEN_NOTICE_AGAIN = Statement(
    "open_notice_again",
    """
UPDATE public_notices SET state = 'filed', completed_at = NULL, version = version + 1
WHERE report_id = :report_id AND state = 'completed'
""",
)

NOTICES_OF_REPORTS = Query(
    "notices_of_reports",
    """
SELECT id FROM public_notices WHERE report_id = ANY(:ids::text[]) AND email IS NOT NULL ORDER BY id
""",
    str,
)

APPLIED = Query("applied", "SELECT decision_id FROM enforcements WHERE decision_id = ANY(:ids::text[])", str)

KEEP_ENFORCEMENT = Statement(
    "keep_enforcement",
    """
INSERT INTO enforcements (decision_id, applied_at) VALUES (:decision_id, :applied_at) ON CONFLICT DO NOTHING
""",
)
