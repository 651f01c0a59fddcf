"""Restarts the embedded broker where it lives and takes no events.

After a full disk nats-server refuses what comes for a stream until it is started again, however much room there is by
then; each service says so at its `/readyz` (the check `publishing`). It is not started again while the disk is full,
nor again and again where that does not help. Where its store has met its own limit, no restart helps: then what every
consumer has acknowledged is deleted from the stream, which the outboxes still have.
"""

import asyncio
import contextlib
import json
from collections.abc import Sequence

import nats
import nats.errors
from nats.js import JetStreamContext

from deploy.local import private
from deploy.local.nats import NatsServer
from deploy.local.services import ServiceProcess, get
from deploy.local.supervision import Say
from deploy.tools.durables import PREFIX

STREAM = "MARQUE"
_LOOK_SECONDS = 1.0
_CROWDED = 0.8  # of what the store may keep
_FIRST_REST = 5.0
_LONGEST_REST = 1800.0
_STEADY_SECONDS = 60.0
_ANSWER_SECONDS = 2.0
_NO_HELP = ("not_permitted", "too_large", "store_full")
"""Reasons that a restart does not change."""


class BrokerWatch:
    """Looks every second; `run` it as long as the platform lives."""

    def __init__(self, server: NatsServer, services: Sequence[ServiceProcess], say: Say) -> None:
        self._server = server
        self._services = services
        self._say = say
        self._rest = _FIRST_REST
        self._restarted_at = float("-inf")
        self._full = False

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._server.running:
                await self.look()

    async def look(self) -> None:
        """Restart the broker if it must be, and trim its store where that is crowded."""
        if not private.has_room(self._server.data):
            if not self._full:
                self._say(f"the disk of nats-server is full: free some space under {self._server.data}")
            self._full = True
            return
        was_full, self._full = self._full, False
        reason = self._has_met_a_full_disk() if was_full else await self._works() or await self._refuses()
        now = asyncio.get_running_loop().time()
        if reason is None:
            if now - self._restarted_at > _STEADY_SECONDS:
                self._rest = _FIRST_REST
        elif was_full or now - self._restarted_at >= self._rest:
            await self._restart(reason)

    async def _restart(self, reason: str) -> None:
        self._say(f"nats-server runs and takes no events ({reason}); it is started again")
        await self._server.stop()  # who watches the process starts it again
        self._restarted_at = asyncio.get_running_loop().time()
        self._rest = min(self._rest * 2, _LONGEST_REST)

    def _has_met_a_full_disk(self) -> str | None:
        """Return why it takes nothing any more, where its own log says that a write found no room."""
        return "its disk was full" if self._server.met_full_disk else None

    async def _works(self) -> str | None:
        """Return why JetStream itself does not work, where it does not; trims a crowded store on the way."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                client = await nats.connect(self._server.url, allow_reconnect=False, connect_timeout=1)
                try:
                    jetstream = client.jetstream(timeout=1)
                    account = await jetstream.account_info()
                    if account.storage > _CROWDED * self._server.store_bytes:
                        await self._trim(jetstream, account.storage)
                finally:
                    await client.close()
        except (nats.errors.Error, OSError, TimeoutError) as error:
            return f"JetStream does not answer: {type(error).__name__}"
        return None

    async def _trim(self, jetstream: JetStreamContext, stored: int) -> None:
        """Delete what every service has acknowledged, but for the last event: by it the relays know the stream.

        A tool that is away does not hold this up: it loses events, and the platform none.
        """
        consumers = [one for one in await jetstream.consumers_info(STREAM) if not one.name.startswith(PREFIX)]
        floor = min((consumer.ack_floor.stream_seq for consumer in consumers if consumer.ack_floor), default=0)
        info = await jetstream.stream_info(STREAM)
        if floor > info.state.first_seq:
            self._say(f"nats-server keeps {stored / 1e6:.0f} MB, near its limit: it deletes what everyone has taken in")
            await jetstream.purge_stream(STREAM, seq=floor)

    async def _refuses(self) -> str | None:
        """Return a service's complaint about the stream, where it has taken no events for some seconds."""
        for service in self._services:
            _, body = await get(service.port, "/readyz", _ANSWER_SECONDS)
            with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
                state = json.loads(body)["checks"].get("publishing", "ok")
                if state != "ok" and not state.endswith(_NO_HELP):
                    return f"{service.name}: {state}"
        return None
