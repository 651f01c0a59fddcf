"""The notify service: the event feed, webhooks, statements of reasons."""

from services.notify.api import deliveries, events, statements, webhook_endpoints
from services.notify.lifespan import running
from services.notify.settings import NotifySettings
from services.notify.subscribers import subscribers
from shared.runtime.service import create_service

app = create_service(
    "notify",
    settings=NotifySettings,
    routers=[
        webhook_endpoints.secret_routes,
        webhook_endpoints.routes,
        deliveries.routes,
        events.routes,
        statements.routes,
    ],
    subscribers=subscribers,
    lifespan=running,
)
