"""Advisory locks of PostgreSQL: every one that a service takes, in one place, so that no two mean the same number.

A lock is a transaction's and goes with it; only that of migrations is a session's. In which order a service takes its
locks is said in docs/lock-order.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from shared.runtime.statements import Executor, Query, Statement


@dataclass(frozen=True)
class _Key:
    """How a lock's number is made: of a thing's name, `hashtextextended(prefix || name, seed)`; or it is fixed."""

    seed: int = 0
    prefix: str = ""
    number: int | None = None


class Lock(Enum):
    """The things that are locked, within one service's database."""

    IDEMPOTENCY_KEY = _Key()
    IMPORTS_OF_ACCOUNT = _Key(prefix="imports ")
    RIGHTS_OF_ACCOUNT = _Key(prefix="vault ")
    EVIDENCE_FILE = _Key(prefix="evidence ")
    WEBHOOKS_OF_ACCOUNT = _Key(prefix="whk ")
    OPEN_REPORTS_LIMIT = _Key(prefix="open_reports ")
    RIGHTS_LIMIT = _Key(prefix="rights ")
    EVIDENCE_BYTES_LIMIT = _Key(prefix="evidence_bytes ")
    REPORT = _Key(seed=7301)
    DECISION = _Key(seed=7311)
    NOTICE_SENDER = _Key(seed=7319)
    NOTICE = _Key(seed=7321)
    TASK = _Key(seed=7322)

    FIRST_ACCOUNTS = _Key(prefix="gateway bootstrap")
    SUSPICIONS = _Key(prefix="traces")
    OPEN_ITEMS = _Key(prefix="open_items")
    POLICIES = _Key(number=7302)
    ESTIMATES = _Key(number=7313)
    PUBLISHED_TERMS = _Key(number=7317)
    FEED = _Key(number=7246101)
    MIGRATIONS_OF_SERVER = _Key(number=7246001)
    MIGRATIONS = _Key(number=7246002)
    RELAY = _Key(number=7246003)
    PARTITIONS = _Key(number=7246004)
    MOVES = _Key(number=7246005)

    def sql(self, name: str = "''") -> str:
        """Return SQL for the number; `name` is an SQL expression for the name of the thing."""
        key: _Key = self.value
        if key.number is not None:
            return str(key.number)
        return f"hashtextextended('{key.prefix}' || {name}, {key.seed})"

    async def take(self, on: Executor, name: str = "") -> None:
        """Wait until the thing is this transaction's alone."""
        await _TAKE.run(on, **self._parameters(name))

    async def share(self, on: Executor, name: str = "") -> None:
        """Wait until the thing is shared by this transaction: nobody else can have it alone."""
        await _SHARE.run(on, **self._parameters(name))

    async def take_all(self, on: Executor, names: Collection[str]) -> None:
        """Wait for several things, in the order of their names, so that no two who want the same block each other."""
        key: _Key = self.value
        await _TAKE_ALL.run(on, names=[key.prefix + name for name in names], seed=key.seed)

    async def try_to_take(self, on: Executor, name: str = "") -> bool:
        """Take the thing if nobody has it; whether it is this transaction's now."""
        return await _TRY.one(on, **self._parameters(name))

    def _parameters(self, name: str) -> dict[str, object]:
        key: _Key = self.value
        return {"number": key.number, "name": key.prefix + name, "seed": key.seed}


_NUMBER = "coalesce(:number::bigint, hashtextextended(:name, :seed))"
_TAKE = Statement("lock", f"SELECT pg_advisory_xact_lock({_NUMBER})")
_SHARE = Statement("lock_shared", f"SELECT pg_advisory_xact_lock_shared({_NUMBER})")
_TRY = Query("try_to_lock", f"SELECT pg_try_advisory_xact_lock({_NUMBER})", bool)
_TAKE_ALL = Statement(
    "lock_all",
    """
SELECT pg_advisory_xact_lock(hashtextextended(name, :seed))
FROM (SELECT unnest(:names::text[]) AS name ORDER BY 1) named
""",
)
