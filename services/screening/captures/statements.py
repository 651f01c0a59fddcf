"""The SQL of captures, and of the report items that they are for."""

from datetime import datetime
from typing import NamedTuple

from shared.contracts.listing_codes import CaptureSource
from shared.runtime.statements import Query, Statement


class VersionThen(NamedTuple):
    """The version of a reported listing that stood when its report arrived."""

    item_id: str
    number: int
    is_late: bool


class ListingNow(NamedTuple):
    """A listing, and the number of its version now."""

    marketplace: str
    listing_id: str
    number: int


class OpenItem(NamedTuple):
    """An open report item whose listing has a newer version, and the capture that it has, if it has one."""

    item_id: str
    number: int
    had_number: int | None
    had_capture_id: str | None


class StoredVersion(NamedTuple):
    """A version of a listing in the store; `content` is its text there."""

    number: int
    marketplace: str
    listing_id: str
    version: int | None
    changed_at: datetime | None
    content: str
    looked_up: bool

    @property
    def source(self) -> CaptureSource:
        return CaptureSource.LOOKUP if self.looked_up else CaptureSource.LISTINGS


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

# Of these items the listings that are of another version by now than their last capture.
BEHIND = Query(
    "behind",
    """
SELECT DISTINCT l.marketplace, l.listing_id, l.number
FROM reported_items r JOIN listings l USING (marketplace, listing_id)
LEFT JOIN LATERAL (
    SELECT i.number FROM item_captures i WHERE i.item_id = r.item_id ORDER BY i.number DESC LIMIT 1
) AS had ON true
WHERE r.item_id = ANY(:item_ids) AND NOT r.ended AND had.number IS DISTINCT FROM l.number
""",
    ListingNow,
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
SELECT id, number, hash IS NOT NULL AS is_complete FROM captures
WHERE number = ANY(:numbers::bigint[]) AND seller_erased_at IS NULL AND pictures_erased_at IS NULL
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
ON CONFLICT (number) WHERE seller_erased_at IS NULL AND pictures_erased_at IS NULL DO NOTHING
RETURNING id, number
""",
    AddedCapture,
    hot=True,
)

LOCK_UNFINISHED = Query(
    "lock_unfinished_capture", "SELECT document FROM captures WHERE id = :id AND hash IS NULL FOR UPDATE", str, hot=True
)

FINISH_CAPTURE = Statement(
    "finish_capture",
    """
UPDATE captures SET document = :document, hash = :hash, completed_at = :now, holds_pictures = :holds_pictures
WHERE id = :id
""",
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

_ALL_ENDED = """
NOT EXISTS (
    SELECT FROM item_captures i JOIN reported_items r USING (item_id)
    WHERE i.capture_id = c.id AND (NOT r.ended OR r.moved_at >= :before)
)
"""

CAPTURES_WITH_SELLER = Query(
    "captures_with_seller",
    f"""
SELECT c.id FROM captures c
WHERE c.seller_name IS NOT NULL AND c.captured_at < :before AND c.hash IS NOT NULL AND {_ALL_ENDED}
ORDER BY c.captured_at LIMIT :most
""",
    str,
)

CAPTURES_WITH_PICTURES = Query(
    "captures_with_pictures",
    f"""
SELECT c.id FROM captures c WHERE c.holds_pictures AND c.captured_at < :before AND {_ALL_ENDED}
ORDER BY c.captured_at LIMIT :most
""",
    str,
)

LOCK_CAPTURES = Query(
    "lock_captures", "SELECT id FROM captures WHERE id = ANY(:ids::text[]) ORDER BY number FOR UPDATE", str
)

CAPTURES_ENDED = Query(
    "captures_ended", f"SELECT c.id FROM captures c WHERE c.id = ANY(:ids::text[]) AND {_ALL_ENDED}", str
)

ERASE_SELLERS = Statement(
    "erase_sellers",
    """
UPDATE captures SET seller_name = NULL, seller_salt = NULL, seller_erased_at = :now
WHERE id = ANY(:ids::text[]) AND seller_name IS NOT NULL
""",
)

DROP_VERSIONS = Statement(
    "drop_versions_of_erased",
    """
DELETE FROM listing_versions v USING captures c, listings l
WHERE c.id = ANY(:ids::text[]) AND v.number = c.number AND l.number <> v.number
    AND l.marketplace = v.marketplace AND l.listing_id = v.listing_id
    AND NOT EXISTS (
        SELECT FROM captures o
        WHERE o.number = v.number AND o.seller_erased_at IS NULL AND o.pictures_erased_at IS NULL
    )
""",
)

ERASE_PICTURES = Statement(
    "erase_pictures",
    """
UPDATE captures SET holds_pictures = false, pictures_erased_at = :now WHERE id = ANY(:ids::text[]) AND holds_pictures
""",
)
