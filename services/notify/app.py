"""The notify service: the event feed, webhooks, mail, statements of reasons."""

from services.notify.feed.endpoints import events as feed
from services.notify.jobs import background, ticker
from services.notify.lifespan import running
from services.notify.settings import NotifySettings
from services.notify.statements_of_reasons import endpoints as statements
from services.notify.subscribers import subscribers
from services.notify.webhooks.endpoints import deliveries, registrations
from shared.runtime.service import create_service

app = create_service(
    "notify",
    settings=NotifySettings,
    routers=[
        registrations.secret_routes,
        registrations.routes,
        deliveries.routes,
        feed.routes,
        statements.routes,
    ],
    subscribers=subscribers,
    ticker=ticker,
    background=background,
    lifespan=running,
)
