"""The intake service: the vault, reports, and what becomes of them."""

from services.intake.accounts import endpoints as accounts
from services.intake.evidence.endpoints import evidence
from services.intake.imports.endpoints import imports
from services.intake.imports.rights import endpoints as right_imports
from services.intake.jobs import background, ticker
from services.intake.lifespan import at_work
from services.intake.parsing.endpoints import notices as parsing
from services.intake.public_notices.endpoints import form_page, forms, pages
from services.intake.public_notices.endpoints import notices as public_notices
from services.intake.public_notices.endpoints import replies as public_replies
from services.intake.reports.endpoints import replies, reports
from services.intake.service_levels import endpoints as service_levels
from services.intake.settings import Settings
from services.intake.subscribers import subscribers
from services.intake.vault.endpoints import authorities, conflicts, renewals, rights, versions
from shared.runtime.service import create_service

app = create_service(
    "intake",
    settings=Settings,
    routers=[
        reports.filing_routes, reports.examining_routes, reports.routes,  # first: they are asked for most
        evidence.streaming_routes, evidence.routes, accounts.routes, replies.routes, parsing.routes,
        right_imports.routes, rights.routes,
        renewals.routes, conflicts.routes, versions.routes, authorities.routes, versions.authority_routes,
        imports.streaming_routes, imports.routes, service_levels.routes,
        pages.routes, form_page.routes, forms.routes, public_replies.routes, public_notices.visitor_routes,
        public_notices.routes,
    ],
    subscribers=subscribers,
    ticker=ticker,
    background=background,
    lifespan=at_work,
)  # fmt: skip
