"""The screening service: listings and what is looked for in them."""

from services.screening.jobs import background
from services.screening.listings import endpoints as listings
from services.screening.settings import ScreeningSettings
from services.screening.subscribers import subscribers
from shared.runtime.service import create_service

app = create_service(
    "screening",
    settings=ScreeningSettings,
    routers=[listings.routes],
    subscribers=subscribers,
    background=background,
)
