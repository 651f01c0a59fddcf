"""Taking a file as evidence, and letting go of what nothing refers to.

A file is in the store before anything refers to it, and leaves the store after nothing does any more. Both ends hold a
lock on its hash, so that a file that is sent again in the moment of its deletion is written anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.documents.inspected import Inspected
from services.intake.accounts.limits import Limited, require_room, take_room
from services.intake.evidence.errors import EvidenceInUse, EvidenceNotFound, TooMuchEvidence
from services.intake.evidence.store import EvidenceStore
from services.intake.evidence.tables import Evidence, EvidenceFile
from shared.contracts.ids import AccountId, EvidenceId
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.pagination import Paging, paginate

_LOOSE_FOR = timedelta(hours=1)
"""Longer than a file takes from its first row to its last, so that none is let go while it comes in."""

_FILED_IN = timedelta(minutes=2)
"""Longer than filing takes from the look at the evidence to the commit of what refers to it."""

_AT_ONCE = 100
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('evidence ' || $1, 0))"
_FILE = """
INSERT INTO evidence_files (sha256, media_type, size, width, height, pages, edits, loose_since, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9)
"""
_COMING_IN = _FILE + "ON CONFLICT DO NOTHING"
_HELD = _FILE + "ON CONFLICT (sha256) DO UPDATE SET loose_since = NULL"
_LIES_THERE = "SELECT EXISTS (SELECT FROM evidence WHERE sha256 = $1)"
_OWN = "SELECT id FROM evidence WHERE account_id = $1 AND sha256 = $2"
_UNUSED = "SELECT count(*) FROM (SELECT FROM evidence WHERE account_id = $1 AND NOT kept LIMIT $2) AS unused"
_KEEP = """
INSERT INTO evidence (id, account_id, sha256, name, named_at, created_at) VALUES ($1, $2, $3, $4, $5, $5)
"""
_LET_GO = """
WITH gone AS (
    DELETE FROM evidence WHERE id = $1 AND NOT kept AND (named_at = created_at OR named_at < $2) RETURNING *
), counted AS (
    INSERT INTO account_use_changes (account_id, evidence_bytes)
    SELECT g.account_id, -f.size FROM gone g JOIN evidence_files f USING (sha256)
)
SELECT id FROM gone
"""
_LOOSEN = """
UPDATE evidence_files f SET loose_since = $2
WHERE sha256 = $1 AND NOT EXISTS (SELECT FROM evidence WHERE sha256 = f.sha256)
"""
_FORGOTTEN = "SELECT id, sha256 FROM evidence WHERE NOT kept AND named_at < $1 ORDER BY named_at LIMIT $2"
_LOOSE = "SELECT sha256 FROM evidence_files WHERE loose_since < $1 ORDER BY loose_since LIMIT $2"
_GONE = "DELETE FROM evidence_files WHERE sha256 = $1 AND loose_since < $2 RETURNING sha256"


@dataclass(frozen=True)
class Sent:
    """A file as it was sent, and what it was found to be."""

    file: BinaryIO
    sha256: str
    size: int
    name: str | None
    inspected: Inspected

    @property
    def row(self) -> tuple[Any, ...]:
        found = self.inspected
        edits = [asdict(edit) | {"instead": edit.instead.hex()} for edit in found.edits]
        return (self.sha256, found.media_type, self.size, found.width, found.height, found.pages, json.dumps(edits))


async def announce(database: Database, sent: Sent, *, now: datetime) -> None:
    """Say that a file is coming in: should all end here, it is known and will be let go."""
    await database.pool.execute(_COMING_IN, *sent.row, now, now)


async def keep(
    connection: Any,
    store: EvidenceStore,
    sent: Sent,
    *,
    account_id: AccountId,
    most_unused: int,
    limits: Mapping[Limited, int],
    now: datetime,
) -> EvidenceId:
    """Keep a file that was announced, in the caller's transaction; sent again it is the same evidence.

    Raises `TooMuchEvidence`, `LimitReached`, `Unavailable`.
    """
    await connection.execute(_LOCK, sent.sha256)
    own = await connection.fetchval(_OWN, account_id, sent.sha256)
    if own is not None:
        return EvidenceId(own)
    if await connection.fetchval(_UNUSED, account_id, most_unused) >= most_unused:
        raise TooMuchEvidence(f"An account has {most_unused} such files at most; delete some, or refer to them.")
    if not await connection.fetchval(_LIES_THERE, sent.sha256):
        await require_room(connection, account_id, Limited.EVIDENCE_BYTES, sent.size, limits)
        await store.put(sent.sha256, sent.file)
    await connection.execute(_HELD, *sent.row, None, now)
    evidence_id = new_id(EvidenceId)
    await connection.execute(_KEEP, evidence_id, account_id, sent.sha256, sent.name, now)
    await take_room(connection, account_id, Limited.EVIDENCE_BYTES, sent.size, limits)
    return evidence_id


async def find(
    session: AsyncSession, evidence_id: EvidenceId, *, account_id: AccountId | None
) -> tuple[Evidence, EvidenceFile]:
    """Evidence of an account; of any account where none is named. Raises `EvidenceNotFound`."""
    statement = select(Evidence, EvidenceFile).join(EvidenceFile, col(EvidenceFile.sha256) == col(Evidence.sha256))
    row = (await session.exec(statement.where(Evidence.id == evidence_id))).first()
    if row is None or (account_id is not None and row[0].account_id != account_id):
        raise EvidenceNotFound
    return row[0], row[1]


async def list_evidence(
    session: AsyncSession, *, account_id: AccountId, sha256: str | None, paging: Paging
) -> tuple[list[tuple[Evidence, EvidenceFile]], str | None]:
    """A page of an account's evidence, newest first."""
    statement = select(Evidence).where(Evidence.account_id == account_id)
    if sha256 is not None:
        statement = statement.where(Evidence.sha256 == sha256)
    found, cursor = await paginate(session, statement, Evidence.id, paging)
    files = select(EvidenceFile).where(col(EvidenceFile.sha256).in_({one.sha256 for one in found}))
    by_hash = {file.sha256: file for file in await session.exec(files)}
    return [(one, by_hash[one.sha256]) for one in found], cursor


async def let_go(connection: Any, evidence_id: EvidenceId, sha256: str, *, now: datetime) -> None:
    """Delete evidence that nothing refers to. Raises `EvidenceInUse`."""
    if not await _let_go(connection, evidence_id, sha256, named_before=now - _FILED_IN, now=now):
        raise EvidenceInUse


async def _let_go(connection: Any, evidence_id: str, sha256: str, *, named_before: datetime, now: datetime) -> bool:
    await connection.execute(_LOCK, sha256)
    gone = await connection.fetchval(_LET_GO, evidence_id, named_before) is not None
    if gone:
        await connection.execute(_LOOSEN, sha256, now)
    return gone


async def tidy(database: Database, store: EvidenceStore, *, unused_for: timedelta, now: datetime) -> bool:
    """Let go of some evidence that nothing referred to for long, and of some files that are nobody's.

    Whether there may be more.
    """
    before = now - unused_for
    forgotten = await database.pool.fetch(_FORGOTTEN, before, _AT_ONCE)
    for row in forgotten:
        async with database.direct() as connection:
            await _let_go(connection, row["id"], row["sha256"], named_before=before, now=now)
    loose = await database.pool.fetch(_LOOSE, now - _LOOSE_FOR, _AT_ONCE)
    for row in loose:
        async with database.direct() as connection:
            await connection.execute(_LOCK, row["sha256"])
            if await connection.fetchval(_GONE, row["sha256"], now - _LOOSE_FOR) is not None:
                await store.delete(row["sha256"])
    return len(forgotten) == _AT_ONCE or len(loose) == _AT_ONCE
