"""The SQL of captures, and of the report items that they are for."""

from datetime import datetime
from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class VersionThen(NamedTuple):
    """The version of a reported listing that stood when its report arrived."""

    item_id: str
    number: int
    is_late: bool


class OpenItem(NamedTuple):
    """An open report item whose listing has a newer version, and the capture that it has, if it has one."""

    item_id: str
    number: int
    had_number: int | None
    had_capture_id: str | None


class StoredVersion(NamedTuple):
    """A version of a listing, with its content."""

    number: int
    marketplace: str
    listing_id: str
    version: int | None
    changed_at: datetime | None
    content: str
    looked_up: bool


class UnknownListing(NamedTuple):
    """A listing that the marketplace did not know when it was asked."""

    marketplace: str
    listing_id: str


class HeldCapture(NamedTuple):
    """The capture of a version, locked so that it neither is completed nor changes meanwhile."""

    id: str
    number: int
    is_complete: bool


class AddedCapture(NamedTuple):
    """A capture that was begun just now."""

    id: str
    number: int


class WaitingPicture(NamedTuple):
    """A picture of which nothing is known yet."""

    url: str | None
    evidence_id: str | None


class PictureRow(NamedTuple):
    """A picture of a listing, as its document has it."""

    url: str | None
    evidence_id: str | None
    pdq: str | None
    sha256: str | None
    media_type: str | None
    size: int | None
    width: int | None
    height: int | None
    problem: str | None


class CompleteCapture(NamedTuple):
    """A capture that has all there is to it."""

    id: str
    number: int
    marketplace: str
    listing_id: str
    source: str
    captured_at: datetime
    document: str
    hash: bytes
    seller_name: str | None


class LinkedItem(NamedTuple):
    """A report item that has this capture."""

    capture_id: str
    report_id: str
    item_id: str
    is_first: bool
    is_late: bool
    changed_from: str | None
    changed: list[str]


# An item whose end came to be known first has a row already, and stays as that says.
ADD_ITEMS = Query(
    "add_reported_items",
    """
INSERT INTO reported_items (item_id, report_id, marketplace, listing_id, reported_at, moved_at)
SELECT g.item_id, g.report_id, g.marketplace, g.listing_id, g.reported_at, g.reported_at
FROM unnest(
    :item_ids::text[], :report_ids::text[], :marketplaces::text[], :listing_ids::text[], :reported_at::timestamptz[]
) AS g (item_id, report_id, marketplace, listing_id, reported_at)
ORDER BY g.item_id
ON CONFLICT (item_id) DO UPDATE SET report_id = excluded.report_id, marketplace = excluded.marketplace,
    listing_id = excluded.listing_id, reported_at = excluded.reported_at
WHERE reported_items.report_id IS NULL
RETURNING item_id
""",
    str,
    hot=True,
)

MOVE_ITEMS = Statement(
    "move_reported_items",
    """
INSERT INTO reported_items (item_id, ended, moved_at)
SELECT g.item_id, g.ended, g.moved_at
FROM unnest(:item_ids::text[], :ended::boolean[], :moved_at::timestamptz[]) AS g (item_id, ended, moved_at)
ORDER BY g.item_id
ON CONFLICT (item_id) DO UPDATE SET ended = excluded.ended, moved_at = excluded.moved_at
WHERE reported_items.moved_at <= excluded.moved_at
""",
    hot=True,
)

# From the version that stands now back to the one that stood then. Where none did, the first there is.
VERSIONS_THEN = Query(
    "versions_then",
    """
SELECT r.item_id, stood.number, stood.earlier IS NULL AND stood.received_at > r.reported_at AS is_late
FROM reported_items r JOIN listings l USING (marketplace, listing_id)
CROSS JOIN LATERAL (
    WITH RECURSIVE back AS (
        SELECT v.number, v.earlier, v.received_at FROM listing_versions v WHERE v.number = l.number
        UNION ALL
        SELECT v.number, v.earlier, v.received_at FROM back JOIN listing_versions v ON v.number = back.earlier
        WHERE back.received_at > r.reported_at
    ) SELECT number, earlier, received_at FROM back ORDER BY number LIMIT 1
) AS stood
WHERE r.item_id = ANY(:item_ids::text[])
""",
    VersionThen,
    hot=True,
)

OPEN_ITEMS = Query(
    "open_items_of_listings",
    """
SELECT r.item_id, g.number, had.number AS had_number, had.capture_id AS had_capture_id
FROM unnest(:marketplaces::text[], :listing_ids::text[], :numbers::bigint[]) AS g (marketplace, listing_id, number)
JOIN reported_items r USING (marketplace, listing_id)
LEFT JOIN LATERAL (
    SELECT i.number, i.capture_id FROM item_captures i WHERE i.item_id = r.item_id ORDER BY i.number DESC LIMIT 1
) AS had ON true
WHERE NOT r.ended AND (had.number IS NULL OR had.number < g.number)
""",
    OpenItem,
    hot=True,
)

VERSIONS = Query(
    "versions_to_capture",
    """
SELECT number, marketplace, listing_id, version, changed_at, content, looked_up FROM listing_versions
WHERE number = ANY(:numbers::bigint[])
""",
    StoredVersion,
    hot=True,
)

HOLD_CAPTURES = Query(
    "hold_captures",
    """
SELECT id, number, hash IS NOT NULL AS is_complete FROM captures WHERE number = ANY(:numbers::bigint[])
ORDER BY number FOR SHARE
""",
    HeldCapture,
    hot=True,
)

# In the order of the numbers, as whoever adds several at once must. One that somebody else adds at this moment is
# waited for and passed over: it is held then.
ADD_CAPTURES = Query(
    "add_captures",
    """
INSERT INTO captures (id, number, marketplace, listing_id, source, captured_at, document, hash, seller_name,
                      seller_salt, completed_at)
SELECT g.id, g.number, g.marketplace, g.listing_id, g.source, :now, g.document, g.hash, g.seller_name, g.seller_salt,
    CASE WHEN g.hash IS NOT NULL THEN :now::timestamptz END
FROM unnest(
    :ids::text[], :numbers::bigint[], :marketplaces::text[], :listing_ids::text[], :sources::text[],
    :documents::text[], :hashes::bytea[], :seller_names::text[], :seller_salts::bytea[]
) AS g (id, number, marketplace, listing_id, source, document, hash, seller_name, seller_salt)
ORDER BY g.number
ON CONFLICT (number) DO NOTHING
RETURNING id, number
""",
    AddedCapture,
    hot=True,
)

ADD_PICTURES = Statement(
    "add_pictures",
    """
INSERT INTO capture_pictures (capture_id, place, url, evidence_id, pdq)
SELECT * FROM unnest(:capture_ids::text[], :places::int[], :urls::text[], :evidence_ids::text[], :pdqs::text[])
""",
    hot=True,
)

WAITING_PICTURES = Query(
    "waiting_pictures",
    """
SELECT url, evidence_id FROM capture_pictures
WHERE capture_id = :capture_id AND sha256 IS NULL AND problem IS NULL ORDER BY place
""",
    WaitingPicture,
    hot=True,
)

PICTURES = Query(
    "pictures_of_capture",
    """
SELECT url, evidence_id, pdq, sha256, media_type, size, width, height, problem FROM capture_pictures
WHERE capture_id = :capture_id ORDER BY place
""",
    PictureRow,
    hot=True,
)

SETTLE_PICTURE = Statement(
    "settle_picture",
    """
UPDATE capture_pictures SET sha256 = :sha256, media_type = :media_type, size = :size, width = :width, height = :height,
    problem = :problem
WHERE capture_id = :capture_id AND url = :url AND sha256 IS NULL AND problem IS NULL
""",
    hot=True,
)

_UNSETTLED_EVIDENCE = (
    "p.capture_id = :capture_id AND p.evidence_id IS NOT NULL AND p.sha256 IS NULL AND p.problem IS NULL"
)

SETTLE_EVIDENCE = Statement(
    "settle_evidence_pictures",
    f"""
UPDATE capture_pictures p SET
    sha256 = CASE WHEN e.media_type LIKE 'image/%' THEN e.sha256 END,
    media_type = e.media_type,
    size = e.size,
    problem = CASE WHEN e.media_type NOT LIKE 'image/%' THEN 'not_a_picture' END
FROM evidence_pictures e WHERE {_UNSETTLED_EVIDENCE} AND e.evidence_id = p.evidence_id AND e.sha256 IS NOT NULL
""",
    hot=True,
)

# Its deletion may be heard of first, and stays.
KEEP_EVIDENCE = Statement(
    "keep_evidence_pictures",
    """
INSERT INTO evidence_pictures (evidence_id, sha256, media_type, size)
SELECT * FROM unnest(:evidence_ids::text[], :hashes::text[], :media_types::text[], :sizes::bigint[]) ORDER BY 1
ON CONFLICT DO NOTHING
""",
    hot=True,
)

DELETE_EVIDENCE = Statement(
    "delete_evidence_pictures",
    """
INSERT INTO evidence_pictures (evidence_id) SELECT * FROM unnest(:evidence_ids::text[]) ORDER BY 1
ON CONFLICT (evidence_id) DO UPDATE SET sha256 = NULL, media_type = NULL, size = NULL
""",
    hot=True,
)

COUNT_EVIDENCE = Query(
    "count_waiting_evidence", f"SELECT count(*) FROM capture_pictures p WHERE {_UNSETTLED_EVIDENCE}", int, hot=True
)

GIVE_UP_EVIDENCE = Statement(
    "give_up_evidence_pictures",
    f"UPDATE capture_pictures p SET problem = 'evidence_unknown' WHERE {_UNSETTLED_EVIDENCE}",
    hot=True,
)

# One that nothing refers to is loose from now on: it is not let go while it is written.
ANNOUNCE_FILE = Query(
    "announce_capture_file",
    """
INSERT INTO capture_files (sha256, loose_since) VALUES (:sha256, :now)
ON CONFLICT (sha256) DO UPDATE SET
    loose_since = CASE WHEN capture_files.loose_since IS NOT NULL THEN excluded.loose_since END
RETURNING loose_since IS NULL AS is_held
""",
    bool,
    hot=True,
)

HOLD_FILE = Statement(
    "hold_capture_file",
    """
INSERT INTO capture_files (sha256) VALUES (:sha256) ON CONFLICT (sha256) DO UPDATE SET loose_since = NULL
""",
    hot=True,
)

LOCK_UNFINISHED = Query(
    "lock_unfinished_capture", "SELECT document FROM captures WHERE id = :id AND hash IS NULL FOR UPDATE", str, hot=True
)

FINISH_CAPTURE = Statement(
    "finish_capture",
    "UPDATE captures SET document = :document, hash = :hash, completed_at = :now WHERE id = :id",
    hot=True,
)

LINK_ITEMS = Statement(
    "link_items_to_captures",
    """
INSERT INTO item_captures (item_id, capture_id, report_id, number, is_first, is_late, changed_from, changed)
SELECT g.item_id, g.capture_id, r.report_id, c.number, g.changed_from IS NULL, g.is_late, g.changed_from,
    CASE WHEN g.changed = '' THEN '{}' ELSE string_to_array(g.changed, ',') END
FROM unnest(
    :item_ids::text[], :capture_ids::text[], :is_late::boolean[], :changed_from::text[], :changed::text[]
) AS g (item_id, capture_id, is_late, changed_from, changed)
JOIN reported_items r USING (item_id) JOIN captures c ON c.id = g.capture_id
ORDER BY g.item_id, g.capture_id
ON CONFLICT DO NOTHING
""",
    hot=True,
)

LINKED_ITEMS = Query(
    "items_of_captures",
    """
SELECT capture_id, report_id, item_id, is_first, is_late, changed_from, changed FROM item_captures
WHERE capture_id = ANY(:capture_ids::text[]) AND (:item_ids::text[] IS NULL OR item_id = ANY(:item_ids::text[]))
ORDER BY capture_id, changed_from, item_id
""",
    LinkedItem,
    hot=True,
)

COMPLETE_CAPTURES = Query(
    "complete_captures",
    """
SELECT id, number, marketplace, listing_id, source, captured_at, document, hash, seller_name FROM captures
WHERE id = ANY(:ids::text[]) AND hash IS NOT NULL
""",
    CompleteCapture,
    hot=True,
)

UNKNOWN_LATELY = Query(
    "unknown_lately",
    """
SELECT u.marketplace, u.listing_id
FROM unnest(:marketplaces::text[], :listing_ids::text[]) AS given (marketplace, listing_id)
JOIN unknown_listings u USING (marketplace, listing_id) WHERE u.ask_again_at > :now
""",
    UnknownListing,
    hot=True,
)

KEEP_UNKNOWN = Statement(
    "keep_unknown_listing",
    """
INSERT INTO unknown_listings (marketplace, listing_id, ask_again_at) VALUES (:marketplace, :listing_id, :again_at)
ON CONFLICT (marketplace, listing_id) DO UPDATE SET ask_again_at = excluded.ask_again_at
""",
    hot=True,
)

FORGET_UNKNOWN = Statement(
    "forget_unknown_listings",
    """
DELETE FROM unknown_listings WHERE (marketplace, listing_id) IN (
    SELECT marketplace, listing_id FROM unknown_listings WHERE ask_again_at < :now ORDER BY ask_again_at LIMIT :most
    FOR UPDATE SKIP LOCKED
)
""",
)
