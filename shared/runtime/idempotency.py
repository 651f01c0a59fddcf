"""One effect per `Idempotency-Key`, however often a request is sent (IETF draft-ietf-httpapi-idempotency-key-header).

The answer is kept in the transaction of its effect: either both are there or neither is. While the first request runs,
the key is held by an advisory lock, so that a second one is told so at once instead of waiting. A refusal is not kept:
nothing happened, and the request may be sent again once it is mended.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response

from shared.runtime.errors import Conflict, FieldError, Unprocessable
from shared.runtime.locks import Lock
from shared.runtime.statements import Connection, Executor, Query, Statement

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("content-type", "etag", "location")

DDL = """
CREATE TABLE idempotency_keys (
    client_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    headers text NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
"""


class Answer(NamedTuple):
    """An answer that can be stored: its status, its headers as JSON, its body."""

    status: int
    headers: str
    body: bytes


class StoredAnswer(NamedTuple):
    """The first answer under a key, and the fingerprint of the request that got it."""

    fingerprint: bytes
    status: int
    headers: str
    body: bytes


FIND = Query(
    "find_stored_answer",
    "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE client_id = :client_id AND key = :key",
    StoredAnswer,
)
_KEEP = Statement(
    "store_answer",
    """
INSERT INTO idempotency_keys (client_id, key, fingerprint, status, headers, body, created_at)
VALUES (:client_id, :key, :fingerprint, :status, :headers, :body, :now)
""",
)
_FORGET = Statement("forget_answers", "DELETE FROM idempotency_keys WHERE created_at < :before")


class KeyInvalid(Unprocessable):
    """The key is not 1 to 255 printable ASCII characters."""

    code = "idempotency_key_invalid"
    title = "The idempotency key is not 1 to 255 printable ASCII characters"


class KeyReused(Unprocessable):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    title = "The idempotency key was used for another request"


class KeyInUse(Conflict):
    """The first request under the key is still running."""

    code = "idempotency_key_in_use"
    title = "The first request under this idempotency key is still running"


@dataclass(frozen=True)
class Key:
    """A client's key together with what it was used for."""

    client_id: str
    value: str
    fingerprint: bytes

    @property
    def lock_name(self) -> str:
        return f"{self.client_id} {self.value}"


async def checked(request: Request) -> str | None:
    """Return the key of the header: all that an endpoint which stores nothing needs. Raises `KeyInvalid`."""
    value = request.headers.get(HEADER)
    if value is not None and not _KEY.fullmatch(value):
        raise KeyInvalid(
            errors=[FieldError("", "idempotency_key_invalid", "Send 1 to 255 printable ASCII characters.", HEADER)]
        )
    return value


async def key_of(request: Request, client_id: str) -> Key | None:
    """The key of a request, where it has one. Raises `KeyInvalid`."""
    value = await checked(request)
    if value is None:
        return None
    digest = digest_of(request)
    body = await request.body()
    digest.update(len(body).to_bytes(8, "big") + body)
    return Key(client_id, value, digest.digest())


def digest_of(request: Request) -> Any:
    """The fingerprint of a request but for its body; whoever reads a body as it comes adds it piece by piece."""
    digest = hashlib.sha256()
    scope = request.scope  # not the request's URL, which is put together anew each time it is asked for
    for part in (scope["method"].encode(), scope["path"].encode(), scope["query_string"]):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest


def replay(key: Key | None, stored: StoredAnswer) -> Response:
    """The first answer again. Raises `KeyReused` where the request is another one."""
    if key is None or stored.fingerprint != key.fingerprint:
        raise KeyReused("Send the request that the key was used for, or this one under another key.")
    return Response(stored.body, status_code=stored.status, headers={**orjson.loads(stored.headers), REPLAYED: "true"})


async def begin(connection: Executor, key: Key) -> Response | None:
    """Take the key for this transaction; the first answer, where there is one.

    Raises `KeyInUse` while another transaction holds the key, `KeyReused` where it was used for something else.
    """
    if not await Lock.IDEMPOTENCY_KEY.try_to_take(connection, key.lock_name):
        raise KeyInUse
    stored = await FIND.first(connection, client_id=key.client_id, key=key.value)
    return None if stored is None else replay(key, stored)


def answer_of(response: Response) -> Answer:
    """A response as it is stored."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, orjson.dumps(headers).decode(), bytes(response.body))


async def keep(on: Executor, key: Key, response: Response, now: datetime) -> None:
    """Keep the answer with the effect, in the same transaction."""
    await _KEEP.run(on, **_row(key, response, now))


async def keep_all(connection: Connection, answers: Iterable[tuple[Key, Response]], now: datetime) -> None:
    """Keep the answers of a batch, which is one transaction."""
    await _KEEP.run_each(connection, [_row(key, response, now) for key, response in answers])


def _row(key: Key, response: Response, now: datetime) -> dict[str, Any]:
    answer = answer_of(response)._asdict()
    return {"client_id": key.client_id, "key": key.value, "fingerprint": key.fingerprint, "now": now, **answer}


async def forget(connection: Executor, now: datetime, hours: int) -> None:
    """Drop the answers that are older than this."""
    await _FORGET.run(connection, before=now - timedelta(hours=hours))
