"""The SQL of the pictures of captures, and of their files in the object store."""

from typing import NamedTuple

from shared.runtime.statements import Query, Statement


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

SETTLE_PICTURES = Statement(
    "settle_pictures",
    """
UPDATE capture_pictures p SET sha256 = g.sha256, media_type = g.media_type, size = g.size, width = g.width,
    height = g.height, problem = g.problem
FROM unnest(
    :urls::text[], :sha256::text[], :media_type::text[], :size::bigint[], :width::int[], :height::int[],
    :problem::text[]
) AS g (url, sha256, media_type, size, width, height, problem)
WHERE p.capture_id = :capture_id AND p.url = g.url
""",
    hot=True,
)

# Of one that nobody knows by now the capture has no file.
SETTLE_EVIDENCE = Statement(
    "settle_evidence_pictures",
    """
UPDATE capture_pictures p SET
    sha256 = CASE WHEN e.media_type LIKE 'image/%' THEN e.sha256 END,
    media_type = e.media_type,
    size = e.size,
    problem = CASE WHEN e.sha256 IS NULL THEN 'evidence_unknown'
        WHEN e.media_type NOT LIKE 'image/%' THEN 'not_a_picture' END
FROM capture_pictures own LEFT JOIN evidence_pictures e USING (evidence_id)
WHERE own.capture_id = :capture_id AND own.evidence_id IS NOT NULL
    AND p.capture_id = own.capture_id AND p.place = own.place
""",
    hot=True,
)

# Its deletion may come in first, and stays.
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
    "count_known_evidence",
    "SELECT count(*) FROM evidence_pictures WHERE evidence_id = ANY(:evidence_ids::text[])",
    int,
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

HOLD_FILES = Statement(
    "hold_capture_files",
    """
INSERT INTO capture_files (sha256) SELECT * FROM unnest(:hashes::text[]) ORDER BY 1
ON CONFLICT (sha256) DO UPDATE SET loose_since = NULL
""",
    hot=True,
)

FORGET_PICTURES = Query(
    "forget_pictures",
    """
UPDATE capture_pictures SET erased = true
WHERE capture_id = ANY(:ids::text[]) AND sha256 IS NOT NULL AND evidence_id IS NULL AND NOT erased RETURNING sha256
""",
    str,
)

LOCK_FILES = Query(
    "lock_capture_files",
    "SELECT sha256 FROM capture_files WHERE sha256 = ANY(:hashes::text[]) ORDER BY sha256 FOR UPDATE",
    str,
)

LOOSEN_FILES = Statement(
    "loosen_capture_files",
    """
UPDATE capture_files f SET loose_since = :now WHERE sha256 = ANY(:hashes::text[]) AND NOT EXISTS (
    SELECT FROM capture_pictures p WHERE p.sha256 = f.sha256 AND p.evidence_id IS NULL AND NOT p.erased
)
""",
)

LOOSE_FILES = Query(
    "loose_capture_files",
    "SELECT sha256 FROM capture_files WHERE loose_since < :before ORDER BY loose_since LIMIT :most",
    str,
)

DELETE_FILE = Statement(
    "delete_capture_file", "DELETE FROM capture_files WHERE sha256 = :sha256 AND loose_since < :before"
)
