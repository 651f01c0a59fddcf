"""The conduct service: how reporters behave, what that grants them, and what follows from misuse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.conduct.jobs import background, prior, ticker
from services.conduct.resources import Resources, Service
from services.conduct.settings import ConductSettings
from services.conduct.standing import endpoints as standing
from services.conduct.subscribers import limits, subscribers
from shared.runtime.service import create_service


@asynccontextmanager
async def _lifespan(service: Service) -> AsyncIterator[None]:
    limits.cache_clear()
    prior.cache_clear()
    service.resources = Resources(prior())
    yield


app = create_service(
    "conduct",
    settings=ConductSettings,
    routers=[standing.routes],
    subscribers=subscribers,
    ticker=ticker,
    background=background,
    lifespan=_lifespan,
)
