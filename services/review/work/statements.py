"""The SQL of batches of work: their idempotency keys, and whether they were committed."""

from typing import NamedTuple

from shared.runtime.locks import Lock
from shared.runtime.statements import Query


class AnswerUnderKey(NamedTuple):
    """A stored answer, with its key."""

    client_id: str
    key: str
    fingerprint: bytes
    status: int
    headers: str
    body: bytes


STORED_CLAIM = Query("stored_claim", "SELECT task_id FROM holds WHERE task_id = :task_id AND fence = :fence", str)
STORED_JUDGEMENT = Query("stored_judgement", "SELECT id FROM judgements WHERE id = :id", str)

TRY_TO_LOCK_KEYS = Query(
    "try_to_lock_keys",
    f"""
SELECT pg_try_advisory_xact_lock({Lock.IDEMPOTENCY_KEY.sql("name")}) AS held
FROM unnest(:names::text[]) WITH ORDINALITY AS k(name, n) ORDER BY n
""",
    bool,
)

FIND_ANSWERS = Query(
    "find_stored_answers",
    """
SELECT client_id, key, fingerprint, status, headers, body FROM idempotency_keys
WHERE (client_id, key) IN (SELECT * FROM unnest(:client_ids::text[], :keys::text[]))
""",
    AnswerUnderKey,
)
