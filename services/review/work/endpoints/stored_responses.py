"""Idempotency keys of a batch: the answers of many requests, kept in the one transaction that they share."""

from collections.abc import Sequence
from datetime import datetime

from starlette.responses import Response

from services.review.work import statements
from shared.runtime import idempotency
from shared.runtime.errors import MarqueError
from shared.runtime.idempotency import Key, KeyInUse, StoredAnswer
from shared.runtime.statements import Connection, Executor


async def first_answers(connection: Executor, keys: Sequence[Key | None]) -> list[Response | MarqueError | None]:
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
    locks = await statements.TRY_TO_LOCK_KEYS.all(connection, names=[key.lock_name for key in taken])
    kept = await statements.FIND_ANSWERS.all(
        connection, client_ids=[key.client_id for key in taken], keys=[key.value for key in taken]
    )
    found = {(row.client_id, row.key): StoredAnswer(*row[2:]) for row in kept}
    for i, key, held in zip(places, taken, locks, strict=True):
        stored = found.get((key.client_id, key.value))
        if not held:
            answers[i] = KeyInUse()
        elif stored is not None:
            answers[i] = _replay(key, stored)
    return answers


def _replay(key: Key, stored: StoredAnswer) -> Response | MarqueError:
    try:
        return idempotency.replay(key, stored)
    except MarqueError as refusal:
        return refusal


async def keep_answers(connection: Connection, answers: Sequence[tuple[Key | None, Response]], now: datetime) -> None:
    """Keep the answers of those requests that came with a key."""
    await idempotency.keep_all(connection, [(key, response) for key, response in answers if key is not None], now)
