"""The evidence room as a running service has it, and its background work: what nothing refers to is let go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libraries.documents.inspected import Limits
from libraries.documents.inspectors import Inspectors
from services.intake.evidence.receiving import EvidenceRoom
from services.intake.sandboxes import overran
from services.intake.settings import Settings
from shared.runtime.context import Service
from shared.runtime.loops import end
from shared.runtime.objects import Objects, ObjectsHealth


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
    inspectors = Inspectors(limits, at_once=settings.evidence_inspectors, overran=overran.labels("inspecting").inc)
    objects = Objects(settings.evidence_url)
    room = EvidenceRoom(service.database, service.clock, objects, inspectors, uploads=settings.evidence_uploads)
    service.checks["evidence"] = health = ObjectsHealth(objects)

    tasks = [asyncio.create_task(health.run())]
    try:
        yield room
    finally:
        await end(tasks)
        await inspectors.end()
