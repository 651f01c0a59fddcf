"""Whether a service lives, whether it can work, and what it measures."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[str | None]]
"""Answers None where all is well, or a sentence that says what is not."""


def router(checks: dict[str, Check]) -> APIRouter:
    """`/livez`: the process answers. `/readyz`: what it stands on answers too. `/metrics`: for Prometheus."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz() -> Response:
        found: dict[str, Any] = {}
        for name, check in checks.items():
            try:
                found[name] = await check() or "ok"
            except Exception as error:  # noqa: BLE001 - whatever it is, it is why this is not ready
                found[name] = type(error).__name__
        ready = all(state == "ok" for state in found.values())
        body = orjson.dumps({"status": "ok" if ready else "unready", "checks": found})
        return Response(body, status_code=200 if ready else 503, media_type="application/json")

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes
