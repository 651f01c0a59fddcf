"""One function that makes a service: its routes, its subscribers, its clocks, and everything that they stand on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fastapi import APIRouter, FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime import dead_letters, health, idempotency, inbox, jobs, partitions, problems, revisions, tracing
from shared.runtime.access_log import access_log, log_requests
from shared.runtime.backlog import Backlog
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.collector import nothing_old_to_search
from shared.runtime.consumer import Consumer
from shared.runtime.context import CurrentService, Now, Service
from shared.runtime.database import Database, service_url
from shared.runtime.dead_letters_api import dead_letters_router
from shared.runtime.dead_letters_bulk_api import dead_letters_bulk_router
from shared.runtime.disks import Disks
from shared.runtime.identity import Verifier
from shared.runtime.jobs.endpoints import jobs_router
from shared.runtime.loops import Loops, end, loops_of_service
from shared.runtime.relay import Relay
from shared.runtime.request_context import RequestContext
from shared.runtime.settings import RuntimeSettings
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Subscribers
from shared.runtime.telemetry import log_as_json
from shared.runtime.ticker import Ticker

Lifespan = Callable[[Service], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class _Parts:
    """The parts of one service, beside its routes and settings."""

    subscribers: Subscribers
    ticker: Ticker
    background: jobs.Jobs
    lifespan: Lifespan | None


@asynccontextmanager
async def _running(app: FastAPI, name: str, settings: RuntimeSettings, parts: _Parts) -> AsyncIterator[None]:
    clock: Clock = getattr(app.state, "clock", None) or SystemClock()
    url = service_url(settings.database_url.get_secret_value(), name)
    database = Database(url, service=name, pool_size=settings.database_pool)
    verifier = Verifier.from_file(settings.identity_jwks, audience=name, clock=clock)
    async with AsyncExitStack() as stack:
        await database.open()
        stack.push_async_callback(database.close)
        await partitions.tend(database, clock.now(), keep_days=settings.outbox_days)
        service = Service(name, settings, database, clock, verifier, parts.subscribers)
        service.cursor_key = await service.database.secret("cursor")
        app.state.service = service
        loops = Loops()
        loops_of_service.set(loops)
        broker = app.state.broker = Broker(settings, name=name)
        await stack.enter_async_context(broker)
        relay = Relay(database, broker, settings=settings, clock=clock)
        backlog = Backlog(database, clock, standstill_seconds=settings.outbox_standstill_seconds)
        service.checks |= {
            "database": health.database_check(database, revisions.heads(name)),
            "broker": partial(broker.trouble, durable=name if parts.subscribers.subjects else None),
            "publishing": relay.trouble,
            "outbox": backlog.trouble,
            "work": loops.trouble,
        }
        if parts.lifespan is not None:
            await stack.enter_async_context(parts.lifespan(service))
        disks = Disks(settings.disks, warning_percent=settings.disk_warning_percent)
        consumer = Consumer(name, parts.subscribers, database, broker, settings=settings, clock=clock)
        worker = jobs.Worker(parts.background, database, clock, at_once=settings.jobs_at_once, service=service)
        work = [
            relay.run(),
            backlog.run(),
            disks.run(),
            consumer.run(),
            parts.ticker.run(database, clock),
            worker.run(),
        ]
        tasks = [asyncio.create_task(one) for one in work]
        try:
            with nothing_old_to_search():
                yield
        finally:
            await end(tasks)


def _keep_house(ticker: Ticker, background: jobs.Jobs) -> None:
    """Have every service forget what is over, and each process measure the service's dead letters and jobs."""

    @background.step("forget_idempotency_keys", priority=jobs.Priority.BULK, every_seconds=600)
    async def forget_idempotency_keys(session: AsyncSession, work: jobs.Work) -> None:
        await idempotency.forget(session, work.clock.now(), work.service.settings.idempotency_hours)

    @background.step("forget_inbox", priority=jobs.Priority.BULK, every_seconds=600)
    async def forget_inbox(session: AsyncSession, work: jobs.Work) -> jobs.Again | None:
        more = await inbox.forget(session, work.clock.now(), work.service.settings.outbox_days)
        return jobs.Again() if more else None

    @ticker.every(seconds=15)
    async def measure_dead_letters(session: AsyncSession, _: datetime) -> None:
        await dead_letters.measure(session)

    @ticker.every(seconds=15)
    async def measure_jobs(session: AsyncSession, now: datetime) -> None:
        await jobs.measure(session, background, now)


def create_service(
    name: str,
    *,
    settings: type[RuntimeSettings],
    routers: Sequence[APIRouter],
    subscribers: Subscribers | None = None,
    ticker: Ticker | None = None,
    background: jobs.Jobs | None = None,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The app of one service. Settings are read from the environment when it starts."""
    parts = _Parts(subscribers or Subscribers(), ticker or Ticker(), background or jobs.Jobs(), lifespan)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        values = settings()
        log_as_json(values.log_level)
        log_requests(values.log_level)
        tracing.trace_service(app, name, values.otlp_endpoint)
        try:
            async with _running(app, name, values, parts):
                yield
        finally:
            access_log.flush()

    app = FastAPI(
        title=f"Marque {name}",
        lifespan=running,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        telemetry=tracing.ITS_OWN,
    )
    _keep_house(parts.ticker, parts.background)
    problems.install(app)
    app.add_middleware(RequestContext)
    app.include_router(health.router(lambda: app.state.service))
    for router in (*routers, dead_letters_bulk_router(name), dead_letters_router(name), jobs_router(name)):
        app.include_router(router)
    return app


__all__ = ["CurrentService", "Now", "Service", "create_service"]
