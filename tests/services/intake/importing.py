"""Imports that only go on when a test says so."""

from datetime import timedelta
from unittest.mock import patch

from services.intake.imports import progress
from services.intake.imports.progress import FILE_IMPORT
from services.intake.jobs import background
from shared.runtime.jobs import Work
from shared.runtime.jobs.queue import Queue
from tests.services.intake.conftest import Intake

_DONE = "SELECT coalesce(sum(batches_done), 0) + (SELECT coalesce(sum(failures), 0) FROM import_batches) FROM imports"


async def file_one_batch(intake: Intake, *, seconds: float = 2) -> bool:
    """Do jobs of imports until a batch has been filed, or has failed; whether there was one.

    Done is what is due within some seconds: those of a suspended account are looked at each second. Killed on the way,
    its lease runs out at once.
    """
    service = intake.running.service
    queue = Queue(service.database, background.kinds)
    until = service.clock.now() + timedelta(seconds=seconds)
    while (job := await queue.claim([FILE_IMPORT], until)) is not None:
        before = await intake.value(_DONE)
        try:
            with patch.object(progress, "TURN_SECONDS", 0):
                await background.kinds[FILE_IMPORT].work(Work(job, service.database, service.clock, service))
        except BaseException:
            await queue.give_back(job, service.clock.now())
            raise
        if await intake.value(_DONE) != before:
            return True
    return False
