"""A brand's webhook receiver: a real HTTP server on loopback that believes only what is signed (Standard Webhooks)."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass
class Receiver:
    """Counts what it is told; an event that comes twice is one event."""

    on_event: Callable[[dict[str, Any]], Awaitable[None]]
    secret: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    refused: int = 0
    url: str = ""
    _runner: web.AppRunner | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/marque", self._receive)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/marque"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.refused += 1
            return web.Response(status=401)
        event = json.loads(body)
        if event["id"] not in self.seen:
            self.seen.add(event["id"])
            self.counts[event["type"]] += 1
            await self.on_event(event)
            self._changed.set()
        return web.Response(status=204)

    async def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until what was received makes the condition true."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return condition()
        return True
