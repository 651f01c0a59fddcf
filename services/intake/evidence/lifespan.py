"""The evidence room as a running service has it, and its background work: what nothing refers to is let go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libraries.documents.inspected import Limits
from services.intake.evidence.inspectors import Inspectors
from services.intake.evidence.receiving import EvidenceRoom
from services.intake.evidence.store import EvidenceStore
from services.intake.settings import Settings
from shared.runtime.context import Service
from shared.runtime.errors import Unavailable
from shared.runtime.loops import end, forever

_TRIED_SECONDS = 5.0
_TRIED_AGAIN_SECONDS = 1.0
_SLOW_SECONDS = 10.0


class StoreHealth:
    """The health of the store of evidence, tried now and then, since each try may cost money."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self._trouble: str | None = None

    async def __call__(self) -> str | None:
        """Name what is wrong with the store."""
        return self._trouble

    async def run(self) -> None:
        """Try until cancelled."""

        async def pause() -> None:
            await asyncio.sleep(_TRIED_SECONDS if self._trouble is None else _TRIED_AGAIN_SECONDS)

        await forever("evidence store", self.step, pause=pause)

    async def step(self) -> bool:
        """Try once."""
        try:
            async with asyncio.timeout(_SLOW_SECONDS):
                await self._store.probe()
        except Unavailable as error:
            self._trouble = error.detail
        except TimeoutError:
            self._trouble = f"The store of evidence did not take a small file within {_SLOW_SECONDS:g} s."
        else:
            self._trouble = None
        return False


@asynccontextmanager
async def evidence_at_work(service: Service[Settings]) -> AsyncIterator[EvidenceRoom]:
    """Open the evidence room."""
    settings = service.settings
    limits = Limits(
        seconds=settings.evidence_seconds,
        memory=settings.evidence_memory,
        pages=settings.evidence_pages,
        pixels=settings.evidence_pixels,
    )
    inspectors = Inspectors(limits, at_once=settings.evidence_inspectors)
    store = EvidenceStore(settings.evidence_url)
    room = EvidenceRoom(service.database, service.clock, store, inspectors, uploads=settings.evidence_uploads)
    service.checks["evidence"] = health = StoreHealth(store)

    tasks = [asyncio.create_task(health.run())]
    try:
        yield room
    finally:
        await end(tasks)
        await inspectors.end()
