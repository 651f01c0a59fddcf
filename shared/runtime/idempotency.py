"""One effect per `Idempotency-Key`, however often a request is sent (IETF draft-ietf-httpapi-idempotency-key-header).

The answer is kept in the transaction of its effect: either both are there or neither is. While the first request runs,
the key is held by an advisory lock, so that a second one is told so at once instead of waiting. A refusal is not kept:
nothing happened, and the request may be sent again once it is mended.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from shared.runtime.errors import Conflict, FieldError, Unprocessable

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

LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))"
FIND = "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE client_id = $1 AND key = $2"
KEEP = """
INSERT INTO idempotency_keys (client_id, key, fingerprint, status, headers, body, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
FORGET = "DELETE FROM idempotency_keys WHERE created_at < $1"


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


def replay(key: Key, kept: Any) -> Response:
    """The first answer again. Raises `KeyReused` where the request is another one."""
    if bytes(kept["fingerprint"]) != key.fingerprint:
        raise KeyReused
    return Response(
        bytes(kept["body"]), status_code=kept["status"], headers={**orjson.loads(kept["headers"]), REPLAYED: "true"}
    )


async def begin(connection: Any, key: Key) -> Response | None:
    """Take the key for this transaction (an asyncpg connection); the first answer, where there is one.

    Raises `KeyInUse` while another transaction holds the key, `KeyReused` where it was used for something else.
    """
    if not await connection.fetchval(LOCK, key.lock_name):
        raise KeyInUse
    kept = await connection.fetchrow(FIND, key.client_id, key.value)
    return None if kept is None else replay(key, kept)


def values(key: Key, response: Response, now: datetime) -> tuple[Any, ...]:
    """The row that keeps an answer, in the order of `KEEP`."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return (
        key.client_id,
        key.value,
        key.fingerprint,
        response.status_code,
        orjson.dumps(headers).decode(),
        bytes(response.body),
        now,
    )


async def keep(connection: Any, key: Key, response: Response, now: datetime) -> None:
    """Keep the answer with the effect, in the same transaction."""
    await connection.execute(KEEP, *values(key, response, now))


async def forget(connection: Any, now: datetime, hours: int) -> None:
    """Drop the answers that are older than this."""
    await connection.execute(FORGET, now - timedelta(hours=hours))
