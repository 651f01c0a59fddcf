"""The review service: policies, queues, tasks and leases, judgements, decisions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.review import subscribers
from services.review.decisions import endpoints as decisions
from services.review.jobs import ticker
from services.review.policies import endpoints as policies
from services.review.policies.built_in import load_pack
from services.review.resources import Resources, Service
from services.review.settings import Settings
from services.review.tasks.endpoints import leases, queues
from services.review.work.endpoints import evidence, judgements, tasks
from services.review.work.endpoints.coalescer import open_coalescer
from shared.runtime.evidence_links import EvidenceLinks
from shared.runtime.service import create_service


@asynccontextmanager
async def _open(service: Service) -> AsyncIterator[None]:
    subscribers.defaults.cache_clear()
    async with service.database.direct() as connection:
        await load_pack(connection, clock=service.clock.now)
    links = EvidenceLinks.of(service.settings)
    async with open_coalescer(service, links) as coalescer:
        service.resources = Resources(coalescer, links)
        yield


app = create_service(
    "review",
    settings=Settings,
    routers=[
        tasks.hot_routes,
        judgements.hot_routes,
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
