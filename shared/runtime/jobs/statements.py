"""The SQL of jobs that the operator looks at."""

from datetime import datetime
from typing import NamedTuple

from shared.runtime.statements import Query, Statement

STATE = """
CASE WHEN died_at IS NOT NULL THEN 'dead' WHEN leased AND due_at > :now THEN 'leased'
    WHEN due_at <= :now THEN 'due' ELSE 'later' END
"""
"""How it stands with a job, as an expression of SQL."""

_FIELDS = f"id, kind, key, {STATE} AS state, due_at, tries, error, done, total, created_at, died_at"


class StoredJob(NamedTuple):
    """A job as it is stored."""

    id: str
    kind: str
    key: str | None
    state: str
    due_at: datetime
    tries: int
    error: str | None
    done: int | None
    total: int | None
    created_at: datetime
    died_at: datetime | None


LIST_JOBS = Query(
    "list_jobs",
    f"""
SELECT * FROM (SELECT {_FIELDS} FROM jobs WHERE id < :before) AS found
WHERE state = ANY(:states::text[]) AND (:kind::text IS NULL OR kind = :kind)
ORDER BY id DESC LIMIT :most
""",
    StoredJob,
)
_FIND = f"SELECT {_FIELDS} FROM jobs WHERE id = :id"
FIND_JOB = Query("find_job", _FIND, StoredJob)
LOCK_JOB = Query("lock_job", f"{_FIND} FOR UPDATE", StoredJob)
RETRY_JOB = Statement("retry_job", "UPDATE jobs SET due_at = :now, tries = 0, died_at = NULL WHERE id = :id")
DISCARD_JOB = Statement("discard_job", "DELETE FROM jobs WHERE id = :id")
