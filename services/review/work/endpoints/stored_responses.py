"""Idempotency keys of a batch: the answers of many requests, kept in the one transaction that they share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

from shared.runtime import idempotency
from shared.runtime.errors import MarqueError
from shared.runtime.idempotency import Key, KeyInUse

_LOCKS = """
SELECT pg_try_advisory_xact_lock(hashtextextended(name, 0)) AS held
FROM unnest($1::text[]) WITH ORDINALITY AS k(name, n) ORDER BY n
"""
_FIND = """
SELECT client_id, key, fingerprint, status, headers, body FROM idempotency_keys
WHERE (client_id, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""


async def first_answers(connection: Any, keys: Sequence[Key | None]) -> list[Response | MarqueError | None]:
    """Take the keys for this transaction. For each request: its first answer, a refusal, or None where it is new."""
    answers: list[Response | MarqueError | None] = [None] * len(keys)
    asked: dict[tuple[str, str], int] = {}
    for i, key in enumerate(keys):
        if key is None:
            continue
        if (key.client_id, key.value) in asked:
            answers[i] = KeyInUse()
        else:
            asked[key.client_id, key.value] = i
    if not asked:
        return answers
    places = list(asked.values())
    taken = [key for i in places if (key := keys[i]) is not None]
    locks = await connection.fetch(_LOCKS, [key.lock_name for key in taken])
    kept = await connection.fetch(_FIND, [key.client_id for key in taken], [key.value for key in taken])
    found = {(row["client_id"], row["key"]): row for row in kept}
    for i, key, lock in zip(places, taken, locks, strict=True):
        row = found.get((key.client_id, key.value))
        if not lock["held"]:
            answers[i] = KeyInUse()
        elif row is not None:
            answers[i] = _replay(key, row)
    return answers


def _replay(key: Key, row: Any) -> Response | MarqueError:
    try:
        return idempotency.replay(key, row)
    except MarqueError as refusal:
        return refusal


async def keep_answers(connection: Any, answers: Sequence[tuple[Key | None, Response]], now: datetime) -> None:
    """Keep the answers of those requests that came with a key."""
    rows = [idempotency.values(key, response, now) for key, response in answers if key is not None]
    if rows:
        await connection.executemany(idempotency.KEEP, rows)
