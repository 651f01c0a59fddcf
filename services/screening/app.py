"""The screening service: listings, what they looked like when they were reported, and what is looked for in them."""

from services.screening.captures import endpoints as captures
from services.screening.jobs import background
from services.screening.lifespan import at_work
from services.screening.listings import endpoints as listings
from services.screening.settings import ScreeningSettings
from services.screening.subscribers import subscribers
from shared.runtime.service import create_service

app = create_service(
    "screening",
    settings=ScreeningSettings,
    routers=[listings.routes, captures.routes, captures.streaming_routes],
    subscribers=subscribers,
    background=background,
    lifespan=at_work,
)
