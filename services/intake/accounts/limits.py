"""How much of the platform an account may use at once: open reports, rights in the vault, bytes of evidence.

What is used is a balance and the changes since. Every transaction that adds something or takes it away writes a change
of its own, so that nobody waits for anybody and a crash leaves nothing half counted; a sweep adds the changes up.

A limit is exact. Whoever may come near it holds the account's lock from the look at what is used to its commit. Far
from it, where all who could be writing at this moment together would not reach it, filing holds the lock shared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.settings import Settings
from shared.contracts.events import AccountChanged
from shared.contracts.ids import AccountId
from shared.runtime.database import driver
from shared.runtime.errors import Unprocessable


@unique
class Limited(StrEnum):
    """A limited quantity; its value names its column, and its limit in an account."""

    OPEN_REPORTS = "open_reports"
    RIGHTS = "rights"
    EVIDENCE_BYTES = "evidence_bytes"


SLACK = 150_000
"""Reports that may be on their way into the database at one moment: 300 connections with 500 each."""

_WORDS = {
    Limited.OPEN_REPORTS: "open reports; wait until some have ended, or withdraw some",
    Limited.RIGHTS: "rights in the vault; use one that is there",
    Limited.EVIDENCE_BYTES: "bytes of evidence; delete some that no report refers to",
}
_KEEP_LIMITS = """
INSERT INTO account_limits AS l (account_id, version, limits, state) VALUES ($1, $2, $3::text::jsonb, $4)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, limits = excluded.limits, state = excluded.state
WHERE l.version < excluded.version
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))"
_USE = """
SELECT w.what,
       coalesce((to_jsonb(u) ->> w.what)::bigint, 0) + coalesce((to_jsonb(c) ->> w.what)::bigint, 0) AS used,
       (l.limits ->> w.what)::bigint AS own_limit
FROM unnest($2::text[]) AS w(what)
LEFT JOIN account_use u ON u.account_id = $1
LEFT JOIN account_limits l ON l.account_id = $1
LEFT JOIN LATERAL (
    SELECT sum(open_reports) AS open_reports, sum(rights) AS rights, sum(evidence_bytes) AS evidence_bytes
    FROM account_use_changes WHERE account_id = $1
) c ON true
"""
_CHANGE = """
INSERT INTO account_use_changes (account_id, open_reports, rights, evidence_bytes)
SELECT $1, CASE $2 WHEN 'open_reports' THEN $3::bigint ELSE 0 END, CASE $2 WHEN 'rights' THEN $3 ELSE 0 END,
       CASE $2 WHEN 'evidence_bytes' THEN $3 ELSE 0 END
"""
_CHANGES = text("""
INSERT INTO account_use_changes (account_id, open_reports)
SELECT a, n FROM unnest(CAST(:accounts AS text[]), CAST(:by AS bigint[])) AS c(a, n)
""")
_ADD_UP = text("""
WITH gone AS (
    DELETE FROM account_use_changes WHERE id = ANY(ARRAY(
        SELECT id FROM account_use_changes ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED
    )) RETURNING *
)
INSERT INTO account_use AS u (account_id, open_reports, rights, evidence_bytes)
SELECT account_id, sum(open_reports), sum(rights), sum(evidence_bytes) FROM gone GROUP BY account_id ORDER BY account_id
ON CONFLICT (account_id) DO UPDATE SET open_reports = u.open_reports + excluded.open_reports,
    rights = u.rights + excluded.rights, evidence_bytes = u.evidence_bytes + excluded.evidence_bytes
RETURNING account_id
""")


@dataclass(frozen=True)
class Use:
    """How much an account uses of one thing, and how much it may. `own`: the operator has set it for this account."""

    name: Limited
    used: int
    limit: int
    own: bool


class LimitReached(Unprocessable):
    """The account would use more than it may."""

    code = "limit_reached"
    title = "The account uses as much as it may"

    def __init__(self, use: Use) -> None:
        super().__init__(
            f"The account may have {use.limit} {_WORDS[use.name]}. It has {use.used}.",
            extensions={"limit": {"name": use.name.value, "used": use.used, "limit": use.limit}},
        )


def defaults(settings: Settings) -> dict[Limited, int]:
    """Return the default limits, for accounts without limits of their own."""
    return {
        Limited.OPEN_REPORTS: settings.limit_open_reports,
        Limited.RIGHTS: settings.limit_rights,
        Limited.EVIDENCE_BYTES: settings.limit_evidence_bytes,
    }


async def keep_limits(session: AsyncSession, changed: AccountChanged) -> None:
    """Take over what the operator has set for an account, and whether it may come in."""
    limits = changed.limits.model_dump(exclude_none=True)
    await (await driver(session)).execute(
        _KEEP_LIMITS, changed.account_id, changed.version, orjson.dumps(limits).decode(), changed.state.value
    )


async def use_of(connection: Any, account_id: AccountId, limits: Mapping[Limited, int]) -> list[Use]:
    """Return an account's use of every limited quantity. `limits` are the defaults."""
    rows = await connection.fetch(_USE, account_id, [what.value for what in limits])
    own = {row["what"]: row for row in rows}
    return [
        Use(
            what,
            found["used"],
            default if found["own_limit"] is None else found["own_limit"],
            found["own_limit"] is not None,
        )
        for what, default in limits.items()
        for found in [own[what.value]]
    ]


async def take_room(
    connection: Any, account_id: AccountId, what: Limited, amount: int, limits: Mapping[Limited, int]
) -> None:
    """Count what is added, last in the caller's transaction. Raises `LimitReached`; then nothing may be committed."""
    await connection.execute(LOCK, what.value, account_id)
    await require_room(connection, account_id, what, amount, limits)
    await give_room(connection, account_id, what, -amount)


async def require_room(
    connection: Any, account_id: AccountId, what: Limited, amount: int, limits: Mapping[Limited, int]
) -> None:
    """Look whether there is room, before work that a refusal would not undo. Raises `LimitReached`."""
    (use,) = await use_of(connection, account_id, {what: limits[what]})
    if use.used + amount > use.limit:
        raise LimitReached(use)


async def give_room(connection: Any, account_id: AccountId, what: Limited, amount: int) -> None:
    """Count what is gone."""
    await connection.execute(_CHANGE, account_id, what.value, -amount)


async def count_open_reports(session: AsyncSession, by_account: Mapping[str, int]) -> None:
    """Count reports that have ended (less), or have been opened again (more), or in which an item has (none)."""
    if by_account:
        values = {"accounts": list(by_account), "by": list(by_account.values())}
        await (await session.connection()).execute(_CHANGES, values)


async def add_up(session: AsyncSession) -> Sequence[str]:
    """Add the changes to the balances, and return the accounts that had some."""
    return (await (await session.connection()).execute(_ADD_UP)).scalars().all()
