"""Resources of a running screening service: the ways out, the processes that look into pictures, the object store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libraries.documents.inspected import Limits
from libraries.documents.inspectors import Inspectors
from services.screening.captures.lookups import LOOK_UP_LISTING, Lookup
from services.screening.captures.pictures.fetching import Pictures
from services.screening.jobs import background
from services.screening.resources import Resources, Service
from services.screening.subscribers import looks_up
from shared.runtime.evidence_links import EvidenceLinks
from shared.runtime.loops import end
from shared.runtime.objects import Objects, ObjectsHealth
from shared.runtime.outgoing.fetching import Fetcher
from shared.runtime.outgoing.sessions import Sessions

_USER_AGENT = "Marque-Captures/1.0"
_CONNECTIONS = 64
_LOOKUPS_AT_ONCE = 4


@asynccontextmanager
async def at_work(service: Service) -> AsyncIterator[None]:
    """Open what captures need."""
    settings = service.settings
    looks_up.cache_clear()
    background.at_once[LOOK_UP_LISTING] = _LOOKUPS_AT_ONCE if settings.listing_lookup is not None else 0
    inspectors = Inspectors(Limits(pixels=settings.capture_picture_pixels), at_once=settings.capture_inspectors)
    objects = Objects(settings.capture_url)
    service.checks["captures"] = health = ObjectsHealth(objects)
    async with Sessions(user_agent=_USER_AGENT, connections=_CONNECTIONS) as sessions:
        fetcher = Fetcher(sessions, allow_loopback=settings.loopback_allowed)
        pictures = Pictures(
            fetcher, inspectors, objects, most_bytes=settings.capture_picture_bytes, seconds=settings.capture_seconds
        )
        service.resources = Resources(pictures, EvidenceLinks.of(settings), Lookup.of(settings, fetcher))
        tasks = [asyncio.create_task(health.run())]
        try:
            yield
        finally:
            await end(tasks)
            await inspectors.end()
