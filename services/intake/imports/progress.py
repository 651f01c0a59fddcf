"""How an import goes on, batch by batch, in the hands of whoever has one of its jobs.

A batch is taken, filed and counted in one transaction, with the job's own. Each import has a job, and these take
turns, so that a short import does not wait for the end of a long one. Where that leaves workers idle, further jobs of
an import file batches beside the first: while one waits for the database, another is read.
"""

import logging
import time
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

import asyncpg
import orjson

from services.intake.imports import statements
from services.intake.imports.batches import Batch
from services.intake.imports.events import completed
from services.intake.imports.layout import Layout
from services.intake.imports.outcome import Outcome, Source, refusals
from services.intake.imports.statements import FilingImport, TakenBatch
from services.intake.reports.sender import Sender
from services.intake.tables import SOURCE
from shared.contracts.codes import AccountKind
from shared.contracts.ids import AccountId, ClientId
from shared.runtime import outbox
from shared.runtime.away import is_away
from shared.runtime.jobs import Again, Priority, Work, enqueue
from shared.runtime.statements import Connection, Executor

if TYPE_CHECKING:
    from services.intake.imports.filing import Filer

_log = logging.getLogger(__name__)
FILE_IMPORT = "file_import"
JOBS_OF_AN_IMPORT = 3
TRIES = 5
TURN_SECONDS = 0.3
"""How long an import goes on before another has its turn: to take a job costs a commit, as a batch does."""

_HELD = timedelta(seconds=1)

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


async def ask(connection: Executor, import_id: str, batches: int, *, now: datetime) -> None:
    """Ask for the jobs of an import, in the caller's transaction."""
    for number in range(max(1, min(batches, JOBS_OF_AN_IMPORT))):
        payload, key = {"import_id": import_id}, f"{import_id}/{number}"
        priority = Priority.SPARE if number else Priority.BULK
        await enqueue(connection, FILE_IMPORT, payload, key=key, priority=priority, now=now)


async def ask_again(connection: Executor, *, now: datetime) -> None:
    """Ask for the jobs of imports that have none: a process of before there were jobs took them in."""
    for row in await statements.IMPORTS_WITHOUT_JOBS.all(connection, kind=FILE_IMPORT):
        await ask(connection, row.id, row.batches, now=now)


async def go_on(work: Work, filer: "Filer") -> None:
    """File batches for as long as a turn lasts, and have the job done again until there are none.

    A batch that fails lets the others go first.
    """
    until = time.monotonic() + TURN_SECONDS
    went, turn_over = Went.FILED, False
    try:
        while not turn_over:
            async with work.direct() as connection:
                went = await file_next_rows(connection, filer, work.job.payload["import_id"], now=work.clock.now())
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
            await statements.COUNT_FAILURE.run(connection, import_id=failed.import_id, number=failed.number)
        await work.again(connection, Again())


async def file_next_rows(connection: Connection, filer: "Filer", import_id: str, *, now: datetime) -> Went:
    """File one batch of an import that nobody else is at, in the caller's transaction. Raises `BatchFailed`."""
    row = await statements.IMPORT_BEING_FILED.first(connection, id=import_id)
    if row is None:
        return Went.OVER
    if not row.let_in:
        return Went.HELD
    taken = await statements.TAKE_BATCH.first(connection, import_id=import_id)
    if taken is None:
        return Went.OVER
    try:
        await _file(connection, filer, row, taken, now)
    except Exception as error:
        raise BatchFailed(import_id, taken.number) from error
    return Went.FILED


async def _file(connection: Connection, filer: "Filer", row: FilingImport, taken: TakenBatch, now: datetime) -> None:
    batch = Batch.of(taken.content)
    if taken.failures < TRIES:
        outcome = await filer.file(connection, _source(row), batch, now=now)
    else:
        for sound in batch.rows:
            sound.code = "could_not_be_filed"
        outcome = Outcome(refused=refusals([*batch.rows, *batch.unsound]))
    if outcome.refused:
        await connection.copy_records_to_table(
            "import_refusals",
            records=[
                (row.id, refused.number, orjson.dumps((refused.cells, refused.rest, wrong)))
                for refused, wrong in outcome.refused
            ],
            columns=_REFUSAL_COLUMNS,
        )
    done = await statements.ADVANCE_IMPORT.one(
        connection, id=row.id, filed=outcome.filed, refused=len(outcome.refused), reports=outcome.reports, now=now
    )
    if done.completed_at is not None:
        await outbox.append(connection, [completed(done)], source=SOURCE, now=now)


def _source(row: FilingImport) -> Source:
    sender = Sender(
        ClientId(row.client_id), AccountId(row.account_id), AccountKind(row.account_kind),
        row.trusted_flagger,
    )  # fmt: skip
    return Source(sender, Layout(**row.columns), row.defaults)


_MET = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""Another transaction did the same in the same moment: trying again sees it."""
