"""The gateway assembled: its ASGI application, and behind it the gateway's own endpoints."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial

from fastapi import FastAPI
from joserfc.jwk import KeySet, OKPKey
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.addresses import Proxies
from gateway.api import accounts, clients, documents, problem_pages, tokens
from gateway.api.sealed import Seal
from gateway.application import GatewayApplication, Parts, careful_headers
from gateway.authenticator import Authenticator
from gateway.bodies import Pace
from gateway.domain.access_tokens import AccessTokens
from gateway.held_bodies import HeldBodies
from gateway.key_uses import KeyUses
from gateway.known_clients import KnownClients
from gateway.openapi.published import Published
from gateway.passing import Services
from gateway.rate_limits import RateLimit
from gateway.resources import Resources, Service
from gateway.route_table import UPSTREAMS
from gateway.settings import GatewaySettings
from gateway.shares import Allowances
from shared.runtime import health, idempotency, loops, problems, revisions, tracing
from shared.runtime.access_log import access_log, log_requests
from shared.runtime.backlog import Backlog
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.collector import nothing_old_to_search
from shared.runtime.database import Database, service_url
from shared.runtime.disks import Disks
from shared.runtime.identity import Verifier
from shared.runtime.relay import Relay
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Subscribers
from shared.runtime.telemetry import log_as_json
from shared.runtime.ticker import Ticker

NAME = "gateway"
_CHECK_SECONDS = 3.5  # more than a service may take for its own


@asynccontextmanager
async def _running(own: FastAPI) -> AsyncIterator[None]:
    settings = GatewaySettings()
    log_as_json(settings.log_level)
    log_requests(settings.log_level)
    tracing.trace_service(own, NAME, settings.otlp_endpoint)
    clock: Clock = getattr(own.state, "clock", None) or SystemClock()
    database = Database(
        service_url(settings.database_url.get_secret_value(), NAME), service=NAME, pool_size=settings.database_pool
    )
    async with AsyncExitStack() as stack:
        await database.open()
        stack.push_async_callback(database.close)
        verifier = Verifier.from_file(settings.identity_jwks, audience=NAME, clock=clock)
        service = Service(NAME, settings, database, clock, verifier, Subscribers())
        service.cursor_key = await database.secret("cursor")
        work = loops.Loops()
        loops.loops_of_service.set(work)
        known = KnownClients(database, utc=clock.now)
        uses = await stack.enter_async_context(KeyUses(database, utc=clock.now))
        services = await stack.enter_async_context(Services(settings, known.refusal))
        own.state.service = service
        published = Published(own, services, settings.public_url)
        own.state.parts = _parts(service, settings, known, uses, services, published)
        broker = await stack.enter_async_context(Broker(settings, name=NAME))
        relay = Relay(database, broker, settings=settings, clock=clock)
        backlog = Backlog(database, clock, standstill_seconds=settings.outbox_standstill_seconds)
        service.checks |= _checks(service, services, work, publishing=relay.trouble, outbox=backlog.trouble)
        disks = Disks(settings.disks, warning_percent=settings.disk_warning_percent)
        tasks = [
            asyncio.create_task(relay.run()),
            asyncio.create_task(backlog.run()),
            asyncio.create_task(loops.forever("known clients", known.refresh, pause=known.pause)),
            asyncio.create_task(loops.forever("key uses", uses.write, pause=uses.pause)),
            asyncio.create_task(loops.forever("in_flight", services.in_flight.look, pause=services.in_flight.pause)),
            asyncio.create_task(loops.forever("openapi", published.refresh, pause=published.pause)),
            asyncio.create_task(_ticker(settings).run(database, clock)),
            asyncio.create_task(disks.run()),
        ]
        try:
            with nothing_old_to_search():
                yield
        finally:
            await loops.end(tasks)
            own.state.parts.bodies.close()
            access_log.flush()


def _parts(
    service: Service,
    settings: GatewaySettings,
    known: KnownClients,
    uses: KeyUses,
    services: Services,
    published: Published,
) -> Parts:
    pepper = settings.key_pepper.read_bytes()
    key = OKPKey.import_key(json.loads(settings.identity_private_key.read_text()))
    jwks = KeySet.import_key_set(json.loads(settings.identity_jwks.read_text()))
    issued = AccessTokens(key, jwks, issuer=settings.public_url, seconds=settings.token_seconds, clock=service.clock)
    authenticator = Authenticator(
        known,
        issued,
        uses=uses,
        key=key,
        pepper=pepper,
        clock=service.clock,
        per_client=RateLimit("client", rate=settings.client_rate, burst=settings.client_burst),
        anonymous=RateLimit("address", rate=settings.anonymous_rate, burst=settings.anonymous_burst),
        failures=RateLimit("failures", rate=settings.anonymous_rate, burst=settings.anonymous_burst),
    )
    proxies = Proxies(settings.trusted_proxies)
    service.resources = Resources(pepper, Seal(pepper), jwks, issued, authenticator, proxies, published)
    return Parts(
        settings,
        authenticator,
        services,
        proxies,
        HeldBodies(settings),
        Allowances(settings),
        Pace(settings.body_silence_seconds, settings.body_rate, settings.body_grace_seconds),
        careful_headers(settings.public_url),
        published,
    )


def _ticker(settings: GatewaySettings) -> Ticker:
    ticker = Ticker()

    @ticker.every(seconds=600)
    async def forget_idempotency_keys(session: AsyncSession, now: datetime) -> None:
        await idempotency.forget(session, now, settings.idempotency_hours)

    return ticker


def _checks(service: Service, services: Services, work: loops.Loops, **more: health.Check) -> dict[str, health.Check]:
    """Return the checks of `/readyz`: the gateway's own parts, and the readiness of each service."""
    own = {"database": health.database_check(service.database, revisions.heads(NAME)), "work": work.trouble}
    return own | {name: partial(services.trouble, name) for name in UPSTREAMS} | more


def create_gateway() -> GatewayApplication:
    """The gateway. Settings are read from the environment when it starts."""
    own = FastAPI(
        title="Marque gateway",
        lifespan=_running,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=tracing.ITS_OWN,
    )
    problems.install(own)
    own.add_middleware(problems.Unexpected)
    own.include_router(health.router(lambda: own.state.service, seconds=_CHECK_SECONDS))
    of_people = (documents.routes, problem_pages.routes)
    for router in (accounts.routes, clients.routes, clients.key_routes, tokens.routes, *of_people):
        own.include_router(router)
    return GatewayApplication(own)


app = create_gateway()
