"""The one statement that files reports: the reports of many reporters at once, each whole or not at all.

It refuses what must not be filed by what the database holds at this moment: a request whose key was used, a right or an
authority that is no longer as it was when the report was examined, a listing that the same reporter has an open report
for. What two transactions do in the same moment the unique indexes decide; the statement is then tried again, and sees.

The items are read out of the report's own event: they are written once, and both say the same. They go in one order
everywhere, so that two statements never wait for each other.

How much an account has open is a balance and the changes since (see `limits`). A reporter that is far from its limit
holds its account's lock shared while the statement runs; one that is near it, or whose lock someone holds, comes back
as `tight`, to be filed once more by a caller that holds the lock, has no slack ($34 = 0) and counts exactly.

Each look-up is a subquery of its own for each row: out of plain joins the planner, which cannot know how few rows it is
given, makes one pass through all open items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.intake.accounts.limits import SLACK
from shared.contracts.codes import Severity
from shared.contracts.ids import AccountId, ClientId, EvidenceId, ReportId, RightId
from shared.contracts.things import AuthorityReference

_OPEN = "('received', 'queued', 'in_review', 'needs_information')"

FILE = f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
        $17::text[], $18::text[], $19::bytea[], $20::bytea[], $21::text[], $22::text[], $23::text[], $24::text[],
        $25::timestamptz[], $26::text[], $27::int[], $28::text[], $29::timestamptz[]
    ) AS a(report_id, account_id, right_id, right_version, right_type, claim, legal_basis, reference, language,
           markets, explanation, evidence_ids, statements, signature, contact, findings,
           client_id, key, fingerprint, answer, event_id, type, payload, traceparent, at,
           authority_id, authority_version, severity, expected_decision_at)
), named AS MATERIALIZED (
    SELECT i.item_id, a.report_id, i.listing ->> 'marketplace' AS marketplace, i.listing ->> 'listing_id' AS listing_id,
           i.listing ->> 'url' AS url, i.listing ->> 'media_type' AS media_type, i.part, i.explanation, i.evidence_ids,
           i.listing ->> 'category' AS category
    FROM asked a CROSS JOIN LATERAL jsonb_to_recordset(a.payload::jsonb #> '{{data,items}}')
    AS i(item_id text, part text, explanation text, evidence_ids jsonb, listing jsonb)
), busy AS MATERIALIZED (
    SELECT report_id FROM asked
    WHERE key IS NOT NULL AND NOT pg_try_advisory_xact_lock(hashtextextended(client_id || ' ' || key, 0))
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
            AND i.listing_id = n.listing_id AND i.state IN {_OPEN} LIMIT 1
    ) i
    GROUP BY n.report_id
), used AS MATERIALIZED (
    SELECT a.account_id, coalesce((
        SELECT (l.limits ->> 'open_reports')::bigint FROM account_limits l WHERE l.account_id = a.account_id
    ), $33) - coalesce((
        SELECT u.open_reports FROM account_use u WHERE u.account_id = a.account_id
    ), 0) - coalesce((
        SELECT sum(c.open_reports) FROM account_use_changes c WHERE c.account_id = a.account_id
    ), 0) AS room
    FROM (SELECT DISTINCT account_id FROM asked) a
), rooms AS MATERIALIZED (
    SELECT account_id, room, $34 > 0 AND (
        room < $34 OR NOT pg_try_advisory_xact_lock_shared(hashtextextended('open_reports ' || account_id, 0))
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
    INSERT INTO outbox (event_id, type, payload, traceparent, recorded_at)
    SELECT event_id, type, payload, traceparent, at FROM asked JOIN good USING (report_id)
), evidence_used AS (
    INSERT INTO evidence_uses (evidence_id, used_by, account_id, right_id, sha256, at)
    SELECT e.id, a.report_id, a.account_id, a.right_id, e.sha256, a.at
    FROM unnest($31::text[], $32::text[]) AS u(evidence_id, report_id) JOIN good USING (report_id)
    JOIN asked a USING (report_id) JOIN evidence e ON e.id = u.evidence_id
), evidence_kept AS (
    UPDATE evidence e SET kept = true
    FROM unnest($31::text[], $32::text[]) AS u(evidence_id, report_id) JOIN good USING (report_id)
    WHERE e.id = u.evidence_id AND NOT e.kept
), keys_kept AS (
    INSERT INTO idempotency_keys (client_id, key, fingerprint, status, headers, body, created_at)
    SELECT client_id, key, fingerprint, 201, $30, answer, at FROM asked JOIN good USING (report_id)
    WHERE key IS NOT NULL
)
SELECT a.report_id, good.report_id IS NOT NULL AS filed, busy.report_id IS NOT NULL AS busy,
       stale.report_id IS NOT NULL AS stale, k.fingerprint, k.status, k.headers, k.body, reported.places,
       sound.report_id IS NOT NULL AND r.tight AS tight,
       sound.report_id IS NOT NULL AND NOT r.tight AND good.report_id IS NULL AS over
FROM asked a JOIN rooms r USING (account_id) LEFT JOIN sound USING (report_id)
LEFT JOIN good USING (report_id) LEFT JOIN busy USING (report_id) LEFT JOIN stale USING (report_id)
LEFT JOIN kept k USING (report_id) LEFT JOIN reported USING (report_id)
"""


@dataclass(frozen=True, slots=True)
class Filing:
    """One report, examined and ready: its row, its event, which has its items, and the answer under its key.

    `places` are what no other open report of this reporter may name: account, right, marketplace and listing.
    """

    report_id: ReportId
    account_id: AccountId
    right_id: RightId
    right_version: int
    authority: AuthorityReference | None
    row: tuple[Any, ...]
    places: Sequence[tuple[str, ...]]
    severity: Severity
    expected_decision_at: datetime
    evidence: Sequence[EvidenceId]
    client_id: ClientId
    key: str | None
    fingerprint: bytes | None
    answer: bytes
    event: tuple[str, str, str, str]
    at: datetime

    @property
    def arguments(self) -> tuple[Any, ...]:
        authority = self.authority
        return (
            self.report_id, self.account_id, self.right_id, self.right_version, *self.row,
            self.client_id, self.key, self.fingerprint, self.answer, *self.event, self.at,
            authority.id if authority else None, authority.version if authority else None,
            self.severity.value, self.expected_decision_at,
        )  # fmt: skip


def arguments(filings: Sequence[Filing], *, headers: str, limit: int, slack: int = SLACK) -> list[Any]:
    """Return the arguments of `FILE`. `limit` is the default of open reports; without slack, the caller holds locks."""
    reports = [list(column) for column in zip(*(filing.arguments for filing in filings), strict=True)]
    used = [(evidence, filing.report_id) for filing in filings for evidence in filing.evidence]
    return [
        *reports, headers,
        [evidence for evidence, _ in used], [report_id for _, report_id in used], limit, slack,
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer under an idempotency key, as it was kept."""

    row: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """The statement's verdict on one filing."""

    filed: bool = False
    busy: bool = False
    kept: Kept | None = None
    tight: bool = False
    over: bool = False
    open_items: dict[tuple[str, str], str] | None = None


def verdict_of(row: Any) -> Verdict:
    if row["filed"]:
        return Verdict(filed=True)
    if row["fingerprint"] is not None:
        return Verdict(kept=Kept(row))
    if row["busy"]:
        return Verdict(busy=True)
    if row["tight"] or row["over"]:
        return Verdict(tight=row["tight"], over=row["over"])
    if row["places"] is not None:
        places = orjson.loads(row["places"])
        return Verdict(open_items={(marketplace, listing): report for marketplace, listing, report in places})
    return Verdict()
