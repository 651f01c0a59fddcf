"""The SQL of the store of listings."""

from datetime import datetime
from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class KnownListing(NamedTuple):
    """The facts by which a newer version of a listing is told. The listing is locked."""

    marketplace: str
    listing_id: str
    number: int
    version: int | None
    changed_at: datetime | None
    content_hash: bytes


class WrittenListing(NamedTuple):
    """A listing that has a new version, and the number of that."""

    marketplace: str
    listing_id: str
    number: int


class StoredListing(NamedTuple):
    """A listing as it is now, or was."""

    marketplace: str
    listing_id: str
    version: int | None
    changed_at: datetime | None
    received_at: datetime
    content_hash: bytes
    content: str


LOCK_LISTINGS = Query(
    "lock_listings",
    """
SELECT l.marketplace, l.listing_id, l.number, l.version, l.changed_at, l.content_hash
FROM unnest(:marketplaces::text[], :listing_ids::text[]) AS given (marketplace, listing_id)
JOIN listings l USING (marketplace, listing_id)
ORDER BY l.marketplace, l.listing_id FOR NO KEY UPDATE OF l
""",
    KnownListing,
    hot=True,
)

_GIVEN = """
WITH given AS (
    SELECT * FROM unnest(
        :marketplaces::text[], :listing_ids::text[], :versions::bigint[], :changed_at::timestamptz[], :hashes::bytea[],
        :contents::text[]
    ) AS g (marketplace, listing_id, version, changed_at, content_hash, content)
)"""
_KEPT = """, kept AS (
    INSERT INTO listing_versions (number, marketplace, listing_id, version, changed_at, received_at, content_hash,
                                  content, earlier, looked_up)
    SELECT w.number, g.marketplace, g.listing_id, g.version, g.changed_at, :now, g.content_hash, g.content, w.was,
        :looked_up::boolean
    FROM given g JOIN written w USING (marketplace, listing_id)
) SELECT marketplace, listing_id, number FROM written
"""

# In the order of the key, as whoever writes several at once must. One that somebody else adds at this moment is waited
# for and passed over: it is known then, and compared.
ADD_LISTINGS = Query(
    "add_listings",
    f"""{_GIVEN}, written AS (
    INSERT INTO listings (marketplace, listing_id, number, version, changed_at, content_hash)
    SELECT marketplace, listing_id, nextval('listing_numbers'), version, changed_at, content_hash FROM given
    ORDER BY marketplace, listing_id
    ON CONFLICT (marketplace, listing_id) DO NOTHING
    RETURNING marketplace, listing_id, number, NULL::bigint AS was
){_KEPT}""",
    WrittenListing,
    hot=True,
)

CHANGE_LISTINGS = Query(
    "change_listings",
    f"""{_GIVEN}, written AS (
    UPDATE listings l SET number = nextval('listing_numbers'), version = g.version, changed_at = g.changed_at,
        content_hash = g.content_hash
    FROM given g WHERE l.marketplace = g.marketplace AND l.listing_id = g.listing_id
    RETURNING l.marketplace, l.listing_id, l.number, old.number AS was
), superseded AS (
    INSERT INTO superseded_versions (superseded_at, number) SELECT :now, was FROM written
){_KEPT}""",
    WrittenListing,
    hot=True,
)

# `greatest` passes over what is not there.
KEEP_ORDERS = Statement(
    "keep_listing_orders",
    """
WITH kept AS (
    UPDATE listings l SET version = greatest(l.version, g.version), changed_at = greatest(l.changed_at, g.changed_at)
    FROM unnest(
        :marketplaces::text[], :listing_ids::text[], :versions::bigint[], :changed_at::timestamptz[]
    ) AS g (marketplace, listing_id, version, changed_at)
    WHERE l.marketplace = g.marketplace AND l.listing_id = g.listing_id
    RETURNING l.number, l.version, l.changed_at
)
UPDATE listing_versions v SET version = k.version, changed_at = k.changed_at FROM kept k WHERE v.number = k.number
""",
    hot=True,
)

LISTINGS_NOW = Query(
    "listings_now",
    """
SELECT v.marketplace, v.listing_id, v.version, v.changed_at, v.received_at, v.content_hash, v.content
FROM listings l JOIN listing_versions v ON v.number = l.number
WHERE l.marketplace = :marketplace AND l.listing_id = ANY(:listing_ids::text[])
ORDER BY l.listing_id
""",
    StoredListing,
    hot=True,
)

# One that a capture names stays until something of that is erased.
FORGET_VERSIONS = Query(
    "forget_listing_versions",
    """
WITH old AS (
    DELETE FROM superseded_versions WHERE (superseded_at, number) IN (
        SELECT superseded_at, number FROM superseded_versions WHERE superseded_at < :before
        ORDER BY superseded_at, number LIMIT :most FOR UPDATE SKIP LOCKED
    ) RETURNING number
), forgotten AS (
    DELETE FROM listing_versions v USING old
    WHERE v.number = old.number AND NOT EXISTS (
        SELECT FROM captures c
        WHERE c.number = v.number AND c.seller_erased_at IS NULL AND c.pictures_erased_at IS NULL
    )
)
SELECT count(*) FROM old
""",
    int,
)
