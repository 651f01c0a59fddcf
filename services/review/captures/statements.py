"""The SQL of captures."""

from shared.runtime.statements import Statement, sql_utc

MOST_OLD = MOST_NEW = 20
"""How many captures of one task are shown, at most: a seller may change a listing as often as it likes."""

# What was reported and what is there now: those of the oldest versions of the listing, and those of the newest.
_SHOWN = f"""
    SELECT * FROM (
        SELECT k.capture_id, k.changed_from, c.number, bool_or(k.first) AS first, bool_and(k.late) AS late,
               json_agg(k.item_id ORDER BY k.item_id) AS item_ids,
               (array_agg(k.changed ORDER BY k.item_id))[1] AS changed,
               row_number() OVER (ORDER BY c.number, k.capture_id, k.changed_from) AS oldest,
               row_number() OVER (ORDER BY c.number DESC, k.capture_id, k.changed_from) AS newest
        FROM task_items i JOIN item_captures k ON k.item_id = i.item_id JOIN captures c ON c.id = k.capture_id
        WHERE i.task_id = t.id AND i.withdrawn_at IS NULL GROUP BY k.capture_id, k.changed_from, c.number
    ) every_one WHERE oldest <= {MOST_OLD} OR newest <= {MOST_NEW}
"""
CAPTURES = f"""
LEFT JOIN LATERAL (
    SELECT array_agg(json_build_object(
        'id', c.id, 'hash', c.hash, 'source', c.source, 'captured_at', {sql_utc("c.captured_at")},
        'late', g.late, 'item_ids', g.item_ids, 'changed_from', g.changed_from, 'changed', g.changed,
        'listing', c.listing, 'images', c.images)::text ORDER BY g.first DESC, g.number, g.changed_from) AS captures,
        (array_agg(c.listing ->> 'state' ORDER BY g.number DESC))[1] AS listing_state
    FROM ({_SHOWN}) g JOIN captures c ON c.id = g.capture_id
) cap ON true
"""
"""To be joined to tasks `t`: the captures of the items that are attached to each, what was reported first."""

CAPTURE_REFERENCES = f"""
LEFT JOIN LATERAL (
    SELECT json_agg(DISTINCT jsonb_build_object('id', c.id, 'hash', c.hash))::text AS captures
    FROM ({_SHOWN}) g JOIN captures c ON c.id = g.capture_id
) cap ON true
"""
"""To be joined to tasks `t`: the captures that are known of each by then, by id and hash."""

KEEP_CAPTURES = Statement(
    "keep_captures",
    """
INSERT INTO captures (id, hash, source, captured_at, listing, images, number)
SELECT id, hash, source, captured_at, listing::json, images::json, number
FROM unnest(
    :ids::text[], :hashes::text[], :sources::text[], :captured_at::timestamptz[], :listings::text[], :images::text[],
    :numbers::bigint[]
) AS c (id, hash, source, captured_at, listing, images, number)
ON CONFLICT (id) DO NOTHING
""",
)

KEEP_ITEM_CAPTURES = Statement(
    "keep_item_captures",
    """
INSERT INTO item_captures (item_id, capture_id, first, late, changed_from, changed)
SELECT item_id, capture_id, first, late, changed_from, changed::json
FROM unnest(
    :item_ids::text[], :capture_ids::text[], :first::bool[], :late::bool[], :changed_from::text[], :changed::text[]
) AS i (item_id, capture_id, first, late, changed_from, changed)
ON CONFLICT (item_id, capture_id) DO NOTHING
""",
)

ERASE_SELLERS = Statement(
    "erase_sellers",
    """
UPDATE captures SET listing = jsonb_set(listing::jsonb, '{seller,name}', 'null')::json
WHERE id = ANY(:ids) AND listing #>> '{seller,name}' IS NOT NULL
""",
)
