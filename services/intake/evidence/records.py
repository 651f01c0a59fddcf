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
from services.intake.evidence import statements
from services.intake.evidence.errors import EvidenceInUse, EvidenceNotFound, TooMuchEvidence
from services.intake.evidence.tables import Evidence, EvidenceFile
from services.intake.tables import SOURCE
from shared.contracts.events import EvidenceDeleted, EvidenceKept
from shared.contracts.ids import AccountId, EvidenceId
from shared.runtime import outbox
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.objects import Objects
from shared.runtime.pagination import Paging, paginate
from shared.runtime.statements import Executor

_LOOSE_FOR = timedelta(hours=1)
"""Longer than a file takes from its first row to its last, so that none is let go while it comes in."""

_FILED_IN = timedelta(minutes=2)
"""Longer than filing takes from the look at the evidence to the commit of what refers to it."""

_AT_ONCE = 100


@dataclass(frozen=True)
class Sent:
    """A file as it was sent, and what it was found to be. `shared_sha256` is of the copy that others see."""

    file: BinaryIO
    sha256: str
    shared_sha256: str
    size: int
    name: str | None
    inspected: Inspected

    @property
    def row(self) -> dict[str, Any]:
        found = self.inspected
        edits = [asdict(edit) | {"instead": edit.instead.hex()} for edit in found.edits]
        return {
            "sha256": self.sha256, "media_type": found.media_type, "size": self.size, "width": found.width,
            "height": found.height, "pages": found.pages, "edits": json.dumps(edits),
        }  # fmt: skip


async def announce(database: Database, sent: Sent, *, now: datetime) -> None:
    """Say that a file is coming in: should all end here, it is known and will be let go."""
    await statements.ANNOUNCE_FILE.run(database.pool, **sent.row, loose_since=now, now=now)


async def keep(
    connection: Executor,
    objects: Objects,
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
    await Lock.EVIDENCE_FILE.take(connection, sent.sha256)
    own = await statements.OWN_EVIDENCE.first(connection, account_id=account_id, sha256=sent.sha256)
    if own is not None:
        return EvidenceId(own)
    if await statements.COUNT_UNUSED.one(connection, account_id=account_id, most=most_unused) >= most_unused:
        raise TooMuchEvidence(f"An account has {most_unused} such files at most; delete some, or refer to them.")
    if not await statements.FILE_IS_USED.one(connection, sha256=sent.sha256):
        await require_room(connection, account_id, Limited.EVIDENCE_BYTES, sent.size, limits)
        await objects.put(sent.sha256, sent.file)
    await statements.HOLD_FILE.run(connection, **sent.row, loose_since=None, now=now)
    evidence_id = new_id(EvidenceId)
    await statements.ADD_EVIDENCE.run(
        connection, id=evidence_id, account_id=account_id, sha256=sent.sha256, name=sent.name, now=now
    )
    await take_room(connection, account_id, Limited.EVIDENCE_BYTES, sent.size, limits)
    event = EvidenceKept(
        version=1,
        evidence_id=evidence_id,
        account_id=account_id,
        sha256=sent.sha256,
        shared_sha256=sent.shared_sha256,
        media_type=sent.inspected.media_type,
        size=sent.size,
    )
    await outbox.append(connection, [event], source=SOURCE, now=now)
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


async def let_go(connection: Executor, evidence_id: EvidenceId, sha256: str, *, now: datetime) -> None:
    """Delete evidence that nothing refers to. Raises `EvidenceInUse`."""
    if not await _let_go(connection, evidence_id, sha256, named_before=now - _FILED_IN, now=now):
        raise EvidenceInUse


async def _let_go(
    connection: Executor, evidence_id: str, sha256: str, *, named_before: datetime, now: datetime
) -> bool:
    await Lock.EVIDENCE_FILE.take(connection, sha256)
    account_id = await statements.DELETE_UNUSED.first(connection, id=evidence_id, named_before=named_before)
    if account_id is None:
        return False
    await statements.MARK_FILE_UNUSED.run(connection, sha256=sha256, now=now)
    event = EvidenceDeleted(version=2, evidence_id=EvidenceId(evidence_id), account_id=AccountId(account_id))
    await outbox.append(connection, [event], source=SOURCE, now=now)
    return True


async def tidy(database: Database, objects: Objects, *, unused_for: timedelta, now: datetime) -> bool:
    """Let go of some evidence that nothing referred to for long, and of some files that are nobody's.

    Whether there may be more.
    """
    before = now - unused_for
    forgotten = await statements.UNUSED_SINCE.all(database.pool, before=before, most=_AT_ONCE)
    for row in forgotten:
        async with database.direct() as connection:
            await _let_go(connection, row.id, row.sha256, named_before=before, now=now)
    loose = await statements.FILES_UNUSED_SINCE.all(database.pool, before=now - _LOOSE_FOR, most=_AT_ONCE)
    for sha256 in loose:
        async with database.direct() as connection:
            await Lock.EVIDENCE_FILE.take(connection, sha256)
            if await statements.DELETE_FILE.run(connection, sha256=sha256, before=now - _LOOSE_FOR):
                await objects.delete(sha256)
    return len(forgotten) == _AT_ONCE or len(loose) == _AT_ONCE
