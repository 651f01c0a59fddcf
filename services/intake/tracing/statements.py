"""The SQL of the sweep that sends what reports leave behind."""

from datetime import date, datetime
from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class TracedTo(NamedTuple):
    """The newest report whose traces were sent, and the key of their hashes."""

    report_id: str
    key: bytes


class UntracedReport(NamedTuple):
    """A report with all that leaves traces."""

    id: str
    account_id: str
    right_id: str
    explanation: str
    signature: str
    email: str | None
    created_at: datetime
    items: list[str]
    explanations: list[str] | None


class LateListing(NamedTuple):
    """An item whose right was registered after its listing had appeared."""

    report_id: str
    item_id: str
    listing_id: str
    registered_on: date


TAKE_TURN = Query("take_turn_to_trace", "SELECT report_id, key FROM traced_until FOR UPDATE", TracedTo)

MOVE_ON = Statement("traced_to", "UPDATE traced_until SET report_id = :report_id")

# Ids are made in the order of time, so that following them follows the table as it grows.
UNTRACED = Query(
    "untraced_reports",
    """
SELECT r.id, r.account_id, r.right_id, r.explanation, r.signature, r.contact->>'email' AS email, r.created_at,
       i.items, i.explanations
FROM reports r CROSS JOIN LATERAL (
    SELECT array_agg(id ORDER BY id) AS items,
           array_agg(DISTINCT explanation) FILTER (WHERE explanation IS NOT NULL) AS explanations
    FROM report_items WHERE report_id = r.id
) i
WHERE r.id > :after AND r.created_at <= :until ORDER BY r.id LIMIT :most
""",
    UntracedReport,
)

LATE = Query(
    "late_listings",
    """
SELECT i.report_id, i.id AS item_id, i.listing_id, r.registered_on
FROM report_items i JOIN known_listings k USING (marketplace, listing_id) JOIN rights r ON r.id = i.right_id
WHERE i.report_id = ANY(:ids::text[]) AND r.registered_on > (k.listed_at AT TIME ZONE 'UTC')::date
ORDER BY i.id
""",
    LateListing,
)
