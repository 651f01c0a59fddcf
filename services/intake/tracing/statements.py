"""The statements of the sweep that sends what reports leave behind."""

from sqlalchemy import text

TAKE_TURN = text("SELECT report_id, key FROM traced_until FOR UPDATE")
MOVE_ON = text("UPDATE traced_until SET report_id = :report_id")
# Ids are made in the order of time, so that following them follows the table as it grows.
NEXT = text("""
SELECT r.id, r.account_id, r.right_id, r.explanation, r.signature, r.contact->>'email' AS email, r.created_at,
       i.items, i.explanations
FROM reports r CROSS JOIN LATERAL (
    SELECT array_agg(id ORDER BY id) AS items,
           array_agg(DISTINCT explanation) FILTER (WHERE explanation IS NOT NULL) AS explanations
    FROM report_items WHERE report_id = r.id
) i
WHERE r.id > :after AND r.created_at <= :until ORDER BY r.id LIMIT :most
""")
LATE = text("""
SELECT i.report_id, i.id AS item_id, i.listing_id, r.registered_on
FROM report_items i JOIN known_listings k USING (marketplace, listing_id) JOIN rights r ON r.id = i.right_id
WHERE i.report_id = ANY(CAST(:ids AS text[])) AND r.registered_on > CAST(k.listed_at AT TIME ZONE 'UTC' AS date)
ORDER BY i.id
""")
