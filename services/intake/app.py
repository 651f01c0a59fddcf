"""The intake service: the vault, reports, and what becomes of them."""

from services.intake.api import (
    authorities,
    evidence,
    imports,
    limits,
    notices,
    public_forms,
    public_notices,
    public_pages,
    public_replies,
    renewals,
    replies,
    reports,
    right_imports,
    rights,
    service_levels,
    standing,
    versions,
)
from services.intake.clocks import ticker
from services.intake.lifespan import at_work
from services.intake.settings import Settings
from services.intake.subscribers import subscribers
from shared.runtime.service import create_service

app = create_service(
    "intake",
    settings=Settings,
    routers=[
        evidence.streaming_routes, evidence.routes, limits.routes,
        reports.filing_routes, reports.examining_routes, reports.routes, replies.routes, notices.routes,
        right_imports.routes, rights.routes,
        renewals.routes, versions.routes, authorities.routes, versions.authority_routes,
        imports.streaming_routes, imports.routes, service_levels.routes, standing.routes,
        public_pages.routes, public_forms.routes, public_replies.routes, public_notices.visitor_routes,
        public_notices.routes,
    ],
    subscribers=subscribers,
    ticker=ticker,
    lifespan=at_work,
)  # fmt: skip
