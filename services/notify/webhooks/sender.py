"""The sender: takes deliveries that are due, sends them, writes down how it went; for ever, and in every replica."""

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from datetime import datetime

import aiohttp
import prometheus_client

from services.notify.settings import NotifySettings
from services.notify.wakeups import Wakeups, first_of
from services.notify.webhooks import deliveries, dispatch
from services.notify.webhooks.addresses import AddressRefused
from services.notify.webhooks.deliveries import Answer, Schedule, Taken
from services.notify.webhooks.keyring import CannotOpen, Keyring
from services.notify.webhooks.transport import Transport
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.loops import end, forever
from shared.runtime.outgoing.sessions import not_allowed
from shared.runtime.outgoing.signatures import signed_headers

_log = logging.getLogger(__name__)
_outcomes = prometheus_client.Counter("marque_webhook_tries", "Tries of webhook deliveries", ["outcome"])
_seconds = prometheus_client.Histogram("marque_webhook_seconds", "Seconds that a receiver took to answer")
_LAST_SENDS_SECONDS = 5


class Sender:
    """One process's part of the sending."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        keyring: Keyring,
        wakeups: Wakeups,
        *,
        settings: NotifySettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._transport = transport
        self._keyring = keyring
        self._signal = wakeups.deliveries
        self._settings = settings
        self._clock = clock
        self._schedule = Schedule(settings.webhook_retry_seconds, settings.webhook_retry_jitter)
        self._under_way: dict[asyncio.Task[None], Taken] = {}
        self._chance = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def run(self) -> None:
        """Send until cancelled; `finish` is then still due."""
        woken = self._signal.next

        async def step() -> bool:
            nonlocal woken
            woken = self._signal.next
            return await self._take() > 0

        async def pause() -> None:
            await first_of(woken, seconds=self._settings.webhook_poll_seconds)

        await forever("webhooks", step, pause=pause)

    async def finish(self) -> None:
        """Wait a while for what is under way, and hand back what is not done by then."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=_LAST_SENDS_SECONDS)
        unfinished = [self._under_way[task] for task in late if task in self._under_way]
        await end(late)
        if unfinished:
            with contextlib.suppress(OSError, TimeoutError):
                async with self._database.direct() as connection:
                    await dispatch.hand_back(connection, unfinished, self._clock.now())

    async def _take(self) -> int:
        room = self._settings.webhook_concurrency - len(self._under_way)
        if room <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return 1
        async with self._database.direct() as connection:
            taken = await dispatch.take_due(
                connection,
                busy=Counter(one.endpoint_id for one in self._under_way.values()),
                ordered_tries=self._settings.webhook_ordered_tries,
                per_endpoint=self._settings.webhook_endpoint_concurrency,
                limit=room,
                lease_seconds=self._settings.lease_seconds,
                now=self._clock.now(),
            )
        for one in taken:
            task = asyncio.create_task(self._deliver(one))
            self._under_way[task] = one
            task.add_done_callback(self._done)
        return len(taken)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task, None)
        self._signal.notify()  # the next of this endpoint, or of this subject, may go
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a delivery was sent and not written down; it is sent again", exc_info=error)

    async def _deliver(self, taken: Taken) -> None:
        answer = await self._send(taken)
        _outcomes.labels(await self._settle(taken, answer, self._clock.now())).inc()

    async def _settle(self, taken: Taken, answer: Answer, now: datetime) -> str:
        if answer.taken:
            async with self._database.pool.acquire() as connection:
                return await deliveries.settle_taken(connection, taken, answer, now=now)
        async with self._database.transaction() as session:
            return await deliveries.settle_refused(
                session, taken, answer, schedule=self._schedule, chance=self._chance.random(), now=now
            )

    async def _send(self, taken: Taken) -> Answer:
        started_at = self._clock.now()
        began = time.perf_counter()
        status, error, body = None, None, None
        try:
            secrets = [self._keyring.open(secret) for secret in taken.secrets]
            headers = signed_headers(secrets, message_id=taken.event_id, body=taken.body, now=started_at)
            status, body = await self._transport.post(taken.url, taken.body.encode(), headers)
        except CannotOpen:
            error = "the endpoint's secret was sealed with a key that is not configured; rotate it"
        except AddressRefused as refused:
            error = f"address refused: {refused}"
        except TimeoutError:
            error = f"no answer within {self._settings.webhook_timeout_seconds:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = _why(failure)
        seconds = time.perf_counter() - began
        _seconds.observe(seconds)
        if status is not None and not 200 <= status < 300:
            error = f"status {status}" + (" (redirects are not followed)" if 300 <= status < 400 else "")
        return Answer(started_at, int(seconds * 1000), status, error, body)


def _why(failure: Exception) -> str:
    """Name a failure on the wire, without quoting the receiver's server."""
    if refused := not_allowed(failure):
        return f"address refused: {refused}"
    if isinstance(failure, aiohttp.ClientConnectorCertificateError):
        return "the receiver's certificate is not valid"
    if isinstance(failure, aiohttp.ClientConnectorDNSError):
        return "the host is not known"
    if isinstance(failure, aiohttp.ClientConnectorError):
        return f"cannot connect: {failure.os_error.strerror or type(failure.os_error).__name__}"
    return f"{type(failure).__name__}"
