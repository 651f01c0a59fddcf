"""The escalation service: severities and clocks of report items, and the desk for what needs someone senior."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.escalation.api import escalations, severities, severity_rules
from services.escalation.clocks import ticker
from services.escalation.domain.keeping import Keeping
from services.escalation.domain.severities import load_first_set
from services.escalation.settings import EscalationSettings
from services.escalation.subscribers import subscribers
from shared.runtime.service import Service, create_service


@asynccontextmanager
async def _lifespan(service: Service) -> AsyncIterator[None]:
    sessions = service.database.sessions
    sessions.configure(info={**sessions.kw["info"], **Keeping.of(service.settings).session_info})
    async with service.database.transaction() as session:
        await load_first_set(session, service.clock.now())
    yield


app = create_service(
    "escalation",
    settings=EscalationSettings,
    routers=[escalations.router, severities.router, severity_rules.router],
    subscribers=subscribers,
    ticker=ticker,
    lifespan=_lifespan,
)
