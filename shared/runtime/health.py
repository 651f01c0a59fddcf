"""Liveness, readiness and metrics of a service."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import orjson
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, Info, generate_latest

from shared.runtime import revisions
from shared.runtime.database import Database
from shared.runtime.version import VERSION

_log = logging.getLogger(__name__)
_well = Gauge("marque_check_ok", "1 where a check of /readyz was well when it was last made, else 0", ["check"])
Info("marque_build", "The version of Marque that runs").info({"version": VERSION})

Check = Callable[[], Awaitable[str | None]]
"""Answers None where all is well, or a sentence that says what is not."""


class Checked(Protocol):
    """A running service, as far as its health goes."""

    @property
    def checks(self) -> Mapping[str, Check]: ...
    @property
    def settings(self) -> Any: ...


def database_check(database: Database, expected: set[str]) -> Check:
    """Return whether the database answers, has every migration, and takes writes."""

    async def check() -> str | None:
        async with database.pool.acquire(timeout=2) as connection:
            missing = expected - await revisions.applied(connection)
        return f"not migrated to {', '.join(sorted(missing))}" if missing else await database.trouble()

    return check


def router(service: Callable[[], Checked], *, seconds: float = 2.0) -> APIRouter:
    """`/livez`: the process answers. `/readyz`: what it stands on answers too. `/metrics`: for Prometheus.

    Args:
    service: the one that runs; it adds checks while it starts.
    seconds: how long a check may take, at most.
    """
    routes = APIRouter(include_in_schema=False)
    last: dict[str, str] = {}

    @routes.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz() -> Response:
        found = await _made(service().checks, seconds)
        _tell(found, last)
        failed = {name for name, state in found.items() if state != "ok"}
        ready = failed <= service().settings.tolerated_checks
        status = ("ok" if not failed else "degraded") if ready else "unready"
        body = orjson.dumps({"status": status, "checks": found})
        return Response(body, status_code=200 if ready else 503, media_type="application/json")

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _made(checks: Mapping[str, Check], seconds: float) -> dict[str, str]:
    """Make all checks at once; one that hangs is not well either."""

    async def one(check: Check) -> str:
        try:
            async with asyncio.timeout(seconds):
                return await check() or "ok"
        except TimeoutError:
            return f"no answer within {seconds:g} s"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is why this is not ready
            return type(error).__name__

    return dict(zip(checks, await asyncio.gather(*map(one, checks.values())), strict=True))


def _tell(found: Mapping[str, str], last: dict[str, str]) -> None:
    """Set the gauges, and log each check that has changed between well and not."""
    for name, state in found.items():
        _well.labels(name).set(state == "ok")
        if (state == "ok") != (last.get(name, "ok") == "ok"):
            _log.warning("the check %s is %s", name, "well again" if state == "ok" else f"not well: {state}")
        last[name] = state
