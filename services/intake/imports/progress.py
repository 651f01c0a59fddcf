"""How an import goes on, batch by batch, whoever takes the next one.

A batch is taken, filed and counted in one transaction. Several may be under way at once: while one waits for the
database, another is read.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson

from services.intake.imports.batches import Batch
from services.intake.imports.events import completed
from services.intake.imports.layout import Layout
from services.intake.imports.outcome import Outcome, Source, refusals
from services.intake.reports.sender import Sender
from services.intake.tables import SOURCE
from shared.contracts.codes import AccountKind
from shared.contracts.ids import AccountId, ClientId
from shared.runtime import outbox
from shared.runtime.database import Database

if TYPE_CHECKING:
    from services.intake.imports.filing import Filer

TRIES = 5

# The ones that have waited longest first, so that a short import does not wait for the end of a long one.
# Those of a suspended account wait until it is let in again; what a closed one had under way is cancelled by a sweep.
_WAITING = """
SELECT * FROM imports i WHERE state = 'filing'
    AND NOT EXISTS (SELECT FROM account_limits a WHERE a.account_id = i.account_id AND a.state <> 'open')
ORDER BY advanced_at
"""
_TAKE = """
DELETE FROM import_batches WHERE (import_id, number) = (
    SELECT import_id, number FROM import_batches WHERE import_id = $1
    ORDER BY failures, number LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING number, content, failures
"""
_ADVANCE = """
UPDATE imports SET filed = filed + $2, refused = refused + $3, reports = reports + $4, batches_done = batches_done + 1,
    advanced_at = $5, version = version + 1,
    state = CASE WHEN batches_done + 1 = batches THEN 'completed' ELSE state END,
    completed_at = CASE WHEN batches_done + 1 = batches THEN $5::timestamptz END
WHERE id = $1 RETURNING *
"""
_FAILED = "UPDATE import_batches SET failures = failures + 1 WHERE import_id = $1 AND number = $2"
_REFUSAL_COLUMNS = ("import_id", "row_number", "content")


class BatchFailed(Exception):
    """A batch could not be filed; which one of which import."""

    def __init__(self, import_id: str, number: int) -> None:
        super().__init__(import_id, number)
        self.import_id = import_id
        self.number = number


async def file_next(database: Database, filer: "Filer", *, now: datetime) -> bool:
    """File one batch that nobody else is at; whether there was one. Raises `BatchFailed`."""
    async with database.direct() as connection:
        for row in await connection.fetch(_WAITING):
            taken = await connection.fetchrow(_TAKE, row["id"])
            if taken is None:
                continue
            try:
                await _file(connection, filer, row, taken, now)
            except Exception as error:
                raise BatchFailed(row["id"], taken["number"]) from error
            break
        else:
            return False
    outbox.wake()
    return True


async def note_failure(database: Database, failed: BatchFailed) -> None:
    """Let the other batches go first. One that goes on failing is refused in the end."""
    async with database.direct() as connection:
        await connection.execute(_FAILED, failed.import_id, failed.number)


async def _file(connection: Any, filer: "Filer", row: Any, taken: Any, now: datetime) -> None:
    batch = Batch.of(taken["content"])
    if taken["failures"] < TRIES:
        outcome = await filer.file(connection, _source(row), batch, now=now)
    else:
        for sound in batch.rows:
            sound.code = "could_not_be_filed"
        outcome = Outcome(refused=refusals([*batch.rows, *batch.unsound]))
    if outcome.refused:
        await connection.copy_records_to_table(
            "import_refusals",
            records=[
                (row["id"], refused.number, orjson.dumps((refused.cells, refused.rest, wrong)))
                for refused, wrong in outcome.refused
            ],
            columns=_REFUSAL_COLUMNS,
        )
    done = await connection.fetchrow(_ADVANCE, row["id"], outcome.filed, len(outcome.refused), outcome.reports, now)
    if done["completed_at"] is not None:
        await outbox.append(connection, [completed(done)], source=SOURCE, now=now)


def _source(row: Any) -> Source:
    sender = Sender(
        ClientId(row["client_id"]), AccountId(row["account_id"]), AccountKind(row["account_kind"]),
        row["trusted_flagger"],
    )  # fmt: skip
    return Source(sender, Layout(**row["columns"]), row["defaults"])


MET = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""Another transaction did the same in the same moment: trying again sees it."""
