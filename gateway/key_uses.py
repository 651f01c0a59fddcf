"""When each key was used last, as far as an operator needs to know it: by the minute.

A replica notes which keys opened something and writes them down once a minute, all in one statement, so that no request
pays for it. A replica that is killed loses the last minute.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

from shared.runtime.database import Database
from shared.runtime.statements import Statement

WRITE_SECONDS = 60.0

_WRITE = Statement(
    "write_key_uses",
    """
UPDATE api_keys SET last_used_at = :now WHERE id IN (
    SELECT id FROM api_keys
    WHERE id = ANY(:key_ids::text[]) AND (last_used_at IS NULL OR last_used_at < :before)
    FOR UPDATE SKIP LOCKED
)
""",
)


class KeyUses:
    """The keys that one replica has let in since it last wrote them down."""

    def __init__(self, database: Database, *, utc: Callable[[], datetime]) -> None:
        self._database = database
        self._utc = utc
        self._key_ids: set[str] = set()

    def add(self, key_id: str) -> None:
        """Note that a key has opened something."""
        self._key_ids.add(key_id)

    async def write(self) -> bool:
        """Write down what was used, but for keys that another replica writes now or has just written.

        What fails is written the next time.
        """
        key_ids, self._key_ids = self._key_ids, set()
        if not key_ids:
            return False
        now = self._utc()
        before = now - timedelta(seconds=WRITE_SECONDS / 2)
        try:
            await _WRITE.run(self._database.pool, now=now, before=before, key_ids=list(key_ids))
        except BaseException:
            self._key_ids |= key_ids
            raise
        return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write down the last ones. Whatever keeps them from being written, the gateway ends in order."""
        with contextlib.suppress(Exception):
            await self.write()

    async def pause(self) -> None:
        await asyncio.sleep(WRITE_SECONDS)
