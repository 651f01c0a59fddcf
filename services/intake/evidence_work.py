"""The evidence room as a running service has it, and its background work: what nothing refers to is let go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from services.intake.domain.evidence.inspectors import Inspectors
from services.intake.domain.evidence.model import Limits
from services.intake.domain.evidence.room import EvidenceRoom
from services.intake.domain.evidence.store import EvidenceStore
from services.intake.settings import Settings
from shared.runtime.context import Service
from shared.runtime.evidence_links import EvidenceLinks
from shared.runtime.loops import end, forever

_TIDY_SECONDS = 600.0


@asynccontextmanager
async def evidence_at_work(service: Service) -> AsyncIterator[None]:
    """Open the evidence room."""
    settings: Settings = service.settings
    limits = Limits(
        seconds=settings.evidence_seconds,
        memory=settings.evidence_memory,
        pages=settings.evidence_pages,
        pixels=settings.evidence_pixels,
    )
    inspectors = Inspectors(limits, at_once=settings.evidence_inspectors)
    store = EvidenceStore(settings.evidence_url)
    room = EvidenceRoom(service.database, service.clock, store, inspectors, uploads=settings.evidence_uploads)
    service.extra |= {"evidence": room, "evidence_links": EvidenceLinks.of(settings)}

    async def step() -> bool:
        return await room.tidy(unused_for=timedelta(days=settings.evidence_unused_days))

    async def pause() -> None:
        await asyncio.sleep(_TIDY_SECONDS)

    task = asyncio.create_task(forever("evidence", step, pause=pause))
    try:
        yield
    finally:
        await end([task])
        await inspectors.end()
