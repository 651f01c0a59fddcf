"""The SQL of imports: taken in, cut into batches, filed batch by batch."""

from datetime import datetime
from typing import Any, NamedTuple

from services.intake.vault.authorities.statements import AT_HAND
from shared.runtime.statements import Query, Statement


class FilingImport(NamedTuple):
    """An import that is being filed: who sent it, how its rows are read, and whether its account may file now."""

    id: str
    account_id: str
    client_id: str
    account_kind: str
    trusted_flagger: bool
    columns: Any
    defaults: Any
    let_in: bool


class ImportWithoutJobs(NamedTuple):
    """An import that is to be filed and that no job is at."""

    id: str
    batches: int


class TakenBatch(NamedTuple):
    """Rows that are to be filed in one transaction, packed; how often that has failed."""

    number: int
    content: bytes
    failures: int


class StoredImport(NamedTuple):
    """An import as it is stored."""

    id: str
    account_id: str
    client_id: str
    account_kind: str
    trusted_flagger: bool
    state: str
    version: int
    columns: Any
    defaults: Any
    rows_seen: int
    filed: int
    refused: int
    reports: int
    batches: int
    batches_done: int
    created_at: datetime
    advanced_at: datetime
    completed_at: datetime | None


class RefusedRow(NamedTuple):
    """A row that was not filed, packed with the reasons."""

    row_number: int
    content: bytes


_STORED = """id, account_id, client_id, account_kind, trusted_flagger, state, version, columns, defaults, rows_seen,
    filed, refused, reports, batches, batches_done, created_at, advanced_at, completed_at"""

RIGHTS_AT_HAND = Query(
    "rights_at_hand",
    f"SELECT {AT_HAND} AS right FROM rights r WHERE id = ANY(:ids::text[]) AND account_id = :account_id",
    dict,
)

# Those of a suspended account wait until it is let in again; what a closed one had under way is cancelled by a sweep.
IMPORT_BEING_FILED = Query(
    "import_being_filed",
    """
SELECT id, account_id, client_id, account_kind, trusted_flagger, columns, defaults, NOT EXISTS (
    SELECT FROM account_limits a WHERE a.account_id = i.account_id AND a.state <> 'open'
) AS let_in FROM imports i WHERE id = :id AND state = 'filing'
""",
    FilingImport,
)

# Between the key of its first job and those of the next import: '0' comes after '/'.
IMPORTS_WITHOUT_JOBS = Query(
    "imports_without_jobs",
    """
SELECT id, batches - batches_done AS batches FROM imports i WHERE state = 'filing' AND NOT EXISTS (
    SELECT FROM jobs WHERE kind = :kind AND key > i.id || '/' AND key < i.id || '0'
) ORDER BY id
""",
    ImportWithoutJobs,
)

TAKE_BATCH = Query(
    "take_batch",
    """
DELETE FROM import_batches WHERE (import_id, number) = (
    SELECT import_id, number FROM import_batches WHERE import_id = :import_id
    ORDER BY failures, number LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING number, content, failures
""",
    TakenBatch,
)

ADVANCE_IMPORT = Query(
    "advance_import",
    f"""
UPDATE imports SET filed = filed + :filed, refused = refused + :refused, reports = reports + :reports,
    batches_done = batches_done + 1, advanced_at = :now, version = version + 1,
    state = CASE WHEN batches_done + 1 = batches THEN 'completed' ELSE state END,
    completed_at = CASE WHEN batches_done + 1 = batches THEN :now::timestamptz END
WHERE id = :id RETURNING {_STORED}
""",
    StoredImport,
)

COUNT_FAILURE = Statement(
    "count_failure",
    "UPDATE import_batches SET failures = failures + 1 WHERE import_id = :import_id AND number = :number",
)

COUNT_AT_WORK = Query(
    "count_at_work",
    "SELECT count(*) FROM imports WHERE account_id = :account_id AND state IN ('receiving', 'filing')",
    int,
)

ADD_IMPORT = Statement(
    "add_import",
    """
INSERT INTO imports (id, account_id, client_id, account_kind, trusted_flagger, state, columns, defaults, created_at,
                     advanced_at)
VALUES (:id, :account_id, :client_id, :account_kind, :trusted_flagger, 'receiving', '{}', :defaults, :now, :now)
""",
)

KEEP_RECEIVING = Statement(
    "keep_receiving", "UPDATE imports SET advanced_at = :now WHERE id = :id AND state = 'receiving'"
)

BEGIN_FILING = Query(
    "begin_filing",
    f"""
UPDATE imports SET state = 'filing', columns = :columns, rows_seen = :rows, batches = :batches, advanced_at = :now
WHERE id = :id AND state = 'receiving' RETURNING {_STORED}
""",
    StoredImport,
)

FORGET_IMPORT = Statement("forget_import", "DELETE FROM imports WHERE id = :id AND state = 'receiving'")

CLOSED_ACCOUNTS_FILING = Query(
    "closed_accounts_filing",
    """
SELECT DISTINCT i.account_id FROM imports i JOIN account_limits a USING (account_id)
WHERE i.state = 'filing' AND a.state = 'closed' ORDER BY i.account_id
""",
    str,
)

REFUSED_ROWS = Query(
    "refused_rows",
    """
SELECT row_number, content FROM import_refusals WHERE import_id = :import_id AND row_number > :after
ORDER BY row_number LIMIT :most
""",
    RefusedRow,
)
