"""The review service: policies, queues, tasks and leases, judgements, decisions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.review import subscribers
from services.review.api import decisions, evidence, leases, policies, queues, tasks
from services.review.api.desk import open_desk
from services.review.clocks import ticker
from services.review.domain.first_pack import load_first_pack
from services.review.settings import Settings
from shared.runtime.context import Service
from shared.runtime.evidence_links import EvidenceLinks
from shared.runtime.service import create_service


@asynccontextmanager
async def _open(service: Service) -> AsyncIterator[None]:
    subscribers.defaults.cache_clear()
    async with service.database.direct() as connection:
        await load_first_pack(connection, now=service.clock.now())
    async with open_desk(service) as desk:
        service.extra |= {"desk": desk, "evidence_links": EvidenceLinks.of(service.settings)}
        yield


app = create_service(
    "review",
    settings=Settings,
    routers=[
        tasks.hot_routes,
        tasks.routes,
        leases.routes,
        evidence.routes,
        queues.routes,
        policies.routes,
        decisions.routes,
    ],
    subscribers=subscribers.subscribers,
    ticker=ticker,
    lifespan=_open,
)
