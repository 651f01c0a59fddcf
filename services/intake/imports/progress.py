"""How an import goes on, batch by batch, in the hands of whoever has one of its jobs.

A batch is taken, filed and counted in one transaction, with the job's own. Each import has a job, and these take
turns, so that a short import does not wait for the end of a long one. Where that leaves workers idle, further jobs of
an import file batches beside the first: while one waits for the database, another is read.
"""

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
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
from shared.runtime.away import is_away
from shared.runtime.jobs import Again, Priority, Work, enqueue

if TYPE_CHECKING:
    from services.intake.imports.filing import Filer

_log = logging.getLogger(__name__)
FILE_IMPORT = "file_import"
JOBS_OF_AN_IMPORT = 3
TRIES = 5
TURN_SECONDS = 0.3
"""How long an import goes on before another has its turn: to take a job costs a commit, as a batch does."""

_HELD = timedelta(seconds=1)

# Those of a suspended account wait until it is let in again; what a closed one had under way is cancelled by a sweep.
_FILING = """
SELECT i.*, NOT EXISTS (
    SELECT FROM account_limits a WHERE a.account_id = i.account_id AND a.state <> 'open'
) AS let_in FROM imports i WHERE id = $1 AND state = 'filing'
"""
# Between the key of its first job and those of the next import: '0' comes after '/'.
_WITHOUT_JOBS = """
SELECT id, batches - batches_done AS batches FROM imports i WHERE state = 'filing' AND NOT EXISTS (
    SELECT FROM jobs WHERE kind = $1 AND key > i.id || '/' AND key < i.id || '0'
) ORDER BY id
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


class Went(Enum):
    """How it went on."""

    FILED = auto()
    HELD = auto()
    """Its account is suspended."""
    OVER = auto()
    """Nothing is left of it that others are not at."""


async def ask(connection: Any, import_: Mapping[str, Any], *, now: datetime) -> None:
    """Ask for the jobs of an import, in the caller's transaction."""
    for number in range(max(1, min(import_["batches"], JOBS_OF_AN_IMPORT))):
        payload, key = {"import_id": import_["id"]}, f"{import_['id']}/{number}"
        priority = Priority.SPARE if number else Priority.BULK
        await enqueue(connection, FILE_IMPORT, payload, key=key, priority=priority, now=now)


async def ask_again(connection: Any, *, now: datetime) -> None:
    """Ask for the jobs of imports that have none: a process of before there were jobs took them in."""
    for row in await connection.fetch(_WITHOUT_JOBS, FILE_IMPORT):
        await ask(connection, row, now=now)


async def go_on(work: Work, filer: "Filer") -> None:
    """File batches for as long as a turn lasts, and have the job done again until there are none.

    A batch that fails lets the others go first.
    """
    until = time.monotonic() + TURN_SECONDS
    went, turn_over = Went.FILED, False
    try:
        while not turn_over:
            async with work.direct() as connection:
                went = await file_batch(connection, filer, work.job.payload["import_id"], now=work.clock.now())
                turn_over = went is not Went.FILED or time.monotonic() >= until
                if went is Went.OVER:
                    await work.end(connection)
                elif turn_over:
                    await work.again(connection, Again(after=_HELD) if went is Went.HELD else Again())
            outbox.wake()
    except BatchFailed as failed:
        await _set_back(work, failed)


async def _set_back(work: Work, failed: BatchFailed) -> None:
    cause = failed.__cause__
    if cause is not None and is_away(cause):
        raise cause from None
    async with work.direct() as connection:
        if not isinstance(cause, _MET):
            _log.error("batch %d of the import %s failed", failed.number, failed.import_id, exc_info=failed)
            await connection.execute(_FAILED, failed.import_id, failed.number)
        await work.again(connection, Again())


async def file_batch(connection: Any, filer: "Filer", import_id: str, *, now: datetime) -> Went:
    """File one batch of an import that nobody else is at, in the caller's transaction. Raises `BatchFailed`."""
    row = await connection.fetchrow(_FILING, import_id)
    if row is None:
        return Went.OVER
    if not row["let_in"]:
        return Went.HELD
    taken = await connection.fetchrow(_TAKE, import_id)
    if taken is None:
        return Went.OVER
    try:
        await _file(connection, filer, row, taken, now)
    except Exception as error:
        raise BatchFailed(import_id, taken["number"]) from error
    return Went.FILED


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


_MET = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""Another transaction did the same in the same moment: trying again sees it."""
