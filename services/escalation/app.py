"""The escalation service: severities and clocks of report items, and the desk for what needs someone senior."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.escalation.clocks.clock_settings import ClockSettings
from services.escalation.escalations import endpoints as escalations
from services.escalation.jobs import ticker
from services.escalation.settings import EscalationSettings
from services.escalation.severities.endpoints import rules, severities
from services.escalation.severities.severities import load_first_set
from services.escalation.subscribers import subscribers
from shared.runtime.service import Service, create_service


@asynccontextmanager
async def _lifespan(service: Service) -> AsyncIterator[None]:
    sessions = service.database.sessions
    sessions.configure(info={**sessions.kw["info"], **ClockSettings.of(service.settings).session_info})
    async with service.database.transaction() as session:
        await load_first_set(session, service.clock.now())
    yield


app = create_service(
    "escalation",
    settings=EscalationSettings,
    routers=[escalations.router, severities.router, rules.router],
    subscribers=subscribers,
    ticker=ticker,
    lifespan=_lifespan,
)
