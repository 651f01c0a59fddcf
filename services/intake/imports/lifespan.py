"""The background work of imports: filing one batch after the other, and clearing away what is over."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from services.intake.imports.progress import MET, BatchFailed, file_next, note_failure
from services.intake.imports.records import tidy
from services.intake.settings import Settings
from shared.runtime.away import is_away
from shared.runtime.context import Service
from shared.runtime.loops import end, forever

if TYPE_CHECKING:
    from services.intake.imports.filing import Filer

_POLL_SECONDS = 1.0
_TIDY_SECONDS = 60.0


@asynccontextmanager
async def imports_at_work(service: Service[Settings], filer: "Filer", woken: asyncio.Event) -> AsyncIterator[None]:
    """File what was imported, here or by a replica that is gone."""
    settings = service.settings

    async def file() -> bool:
        woken.clear()
        return await one_batch(service, filer)

    async def pause() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await woken.wait()

    async def clear_away() -> bool:
        async with service.database.transaction() as session:
            await tidy(session, keep_days=settings.import_days, now=service.clock.now())
        return False

    async def rest() -> None:
        await asyncio.sleep(_TIDY_SECONDS)

    tasks = [
        *(asyncio.create_task(forever("imports", file, pause=pause)) for _ in range(settings.import_lanes)),
        asyncio.create_task(forever("imports that are over", clear_away, pause=rest)),
    ]
    try:
        yield
    finally:
        await end(tasks)


async def one_batch(service: Service, filer: "Filer") -> bool:
    """One batch, if there is one; whether there was. Raises `BatchFailed`."""
    try:
        return await file_next(service.database, filer, now=service.clock.now())
    except BatchFailed as failed:
        cause = failed.__cause__
        if isinstance(cause, MET):
            return True
        if cause is None or not is_away(cause):
            await note_failure(service.database, failed)
        raise
