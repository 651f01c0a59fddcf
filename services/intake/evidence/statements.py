"""The SQL of evidence: files, what was sent in whose name, and what refers to it."""

from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class UnusedEvidence(NamedTuple):
    """Evidence that nothing refers to."""

    id: str
    sha256: str


class FoundEvidence(NamedTuple):
    """Evidence of an account; whether the same file is in a report of another claimant."""

    id: str
    media_type: str
    of_another: bool


_ADD_FILE = """
INSERT INTO evidence_files (sha256, media_type, size, width, height, pages, edits, loose_since, created_at)
VALUES (:sha256, :media_type, :size, :width, :height, :pages, :edits::text::jsonb, :loose_since, :now)
"""
ANNOUNCE_FILE = Statement("announce_file", f"{_ADD_FILE} ON CONFLICT DO NOTHING")
HOLD_FILE = Statement("hold_file", f"{_ADD_FILE} ON CONFLICT (sha256) DO UPDATE SET loose_since = NULL")

FILE_IS_USED = Query("file_is_used", "SELECT EXISTS (SELECT FROM evidence WHERE sha256 = :sha256)", bool)

OWN_EVIDENCE = Query("own_evidence", "SELECT id FROM evidence WHERE account_id = :account_id AND sha256 = :sha256", str)

COUNT_UNUSED = Query(
    "count_unused",
    "SELECT count(*) FROM (SELECT FROM evidence WHERE account_id = :account_id AND NOT kept LIMIT :most) AS unused",
    int,
)

ADD_EVIDENCE = Statement(
    "add_evidence",
    """
INSERT INTO evidence (id, account_id, sha256, name, named_at, created_at)
VALUES (:id, :account_id, :sha256, :name, :now, :now)
""",
)

DELETE_UNUSED = Query(
    "delete_unused",
    """
WITH gone AS (
    DELETE FROM evidence WHERE id = :id AND NOT kept AND (named_at = created_at OR named_at < :named_before) RETURNING *
), counted AS (
    INSERT INTO account_use_changes (account_id, evidence_bytes)
    SELECT g.account_id, -f.size FROM gone g JOIN evidence_files f USING (sha256)
)
SELECT account_id FROM gone
""",
    str,
)

MARK_FILE_UNUSED = Statement(
    "mark_file_unused",
    """
UPDATE evidence_files f SET loose_since = :now
WHERE sha256 = :sha256 AND NOT EXISTS (SELECT FROM evidence WHERE sha256 = f.sha256)
""",
)

UNUSED_SINCE = Query(
    "unused_since",
    "SELECT id, sha256 FROM evidence WHERE NOT kept AND named_at < :before ORDER BY named_at LIMIT :most",
    UnusedEvidence,
)

FILES_UNUSED_SINCE = Query(
    "files_unused_since",
    "SELECT sha256 FROM evidence_files WHERE loose_since < :before ORDER BY loose_since LIMIT :most",
    str,
)

DELETE_FILE = Statement("delete_file", "DELETE FROM evidence_files WHERE sha256 = :sha256 AND loose_since < :before")

# In one order everywhere, so that two reports that name the same evidence never wait for each other.
MARK_NAMED = Statement(
    "mark_named",
    """
WITH locked AS (
    SELECT id FROM evidence
    WHERE account_id = :account_id AND id = ANY(:ids::text[]) AND (named_at < :before OR named_at = created_at)
    ORDER BY id FOR UPDATE
)
UPDATE evidence e SET named_at = :now FROM locked WHERE e.id = locked.id
""",
)

# Another claimant is another account under a right of another owner: a brand and its agent send the same photograph.
FIND_EVIDENCE = Query(
    "find_evidence",
    """
SELECT e.id, f.media_type, EXISTS (
    SELECT FROM evidence_uses u JOIN rights r ON r.id = u.right_id
    WHERE u.sha256 = e.sha256 AND u.right_id IS NOT NULL AND u.account_id <> e.account_id
        AND party_key(r.owner) IS DISTINCT FROM party_key(:given::text::jsonb)
) AS of_another
FROM evidence e JOIN evidence_files f USING (sha256) WHERE e.account_id = :account_id AND e.id = ANY(:ids::text[])
""",
    FoundEvidence,
)

ADD_USES = Statement(
    "add_uses",
    """
INSERT INTO evidence_uses (evidence_id, used_by, account_id, right_id, sha256, at)
SELECT e.id, u.used_by, e.account_id, :right_id, e.sha256, :now
FROM unnest(:ids::text[], :used_by::text[]) AS u(id, used_by) JOIN evidence e USING (id) ORDER BY e.id, u.used_by
ON CONFLICT DO NOTHING
""",
)

KEEP_EVIDENCE = Statement(
    "keep_evidence",
    """
WITH locked AS (SELECT id FROM evidence WHERE id = ANY(:ids::text[]) AND NOT kept ORDER BY id FOR UPDATE)
UPDATE evidence e SET kept = true FROM locked WHERE e.id = locked.id
""",
)
