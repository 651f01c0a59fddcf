"""A durable pull consumer that cannot fall silent.

A pull request dies with the broker, a durable that is gone is made again by nobody, and a subscription can look healthy
and stay silent. So requests are short, every one is followed by the next, and when nothing has come for a while the
consumer is looked up, made where it is gone, and asked afresh.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import nats.errors
import nats.js.errors
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.runtime.stream import STREAM, Broker

ACK_WAIT_SECONDS = 30.0
_EXPIRES_SECONDS = 5.0
_SILENCE_SECONDS = 10.0
_BREATH_SECONDS = 0.1
_IDLE, _ENDED = "100", frozenset({"404", "408"})
_FULL = frozenset({"Batch Completed", "Message Size Exceeds MaxBytes"})
"""The server's description, with 409, of a request that has received all the bytes it asked for."""
_MOST_BYTES = 8_388_608
"""Of events that one request brings: a few large ones are as much work, and as much memory, as many small ones."""
_AHEAD = 2
"""Batches asked for ahead, so that one is on its way while another is committed."""


class Pull:
    """The messages of one durable consumer, in batches."""

    def __init__(self, broker: Broker, *, durable: str, subjects: list[str]) -> None:
        self._broker = broker
        self._durable = durable
        self._subjects = subjects
        self._client: Client | None = None
        self._subscription: Subscription | None = None
        self._epoch = -1
        self._asked_until = 0.0
        self._outstanding = 0
        self._heard = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._forget()

    async def fetch(self, most: int) -> list[Msg]:
        """Return messages, up to this many; none where the first does not come in a while."""
        now = asyncio.get_running_loop().time
        if self._subscription is None or self._epoch != self._broker.epoch or now() - self._heard > _SILENCE_SECONDS:
            await self._start()
        await self._ask(most)
        assert self._subscription is not None  # noqa: S101 - made by _start
        try:
            first = await self._subscription.next_msg(timeout=_EXPIRES_SECONDS + 1)
        except (nats.errors.TimeoutError, TimeoutError):
            self._asked_until = 0.0
            return []
        except nats.errors.Error:
            await self._forget()
            raise
        messages: list[Msg] = []
        self._sort(first, messages)
        while len(messages) < most and self._subscription.pending_msgs:
            self._sort(_next(self._subscription), messages)
        if not messages and self._epoch == -1:
            await asyncio.sleep(_BREATH_SECONDS)
        return messages

    def _sort(self, message: Msg, messages: list[Msg]) -> None:
        """An event goes to the others; a status only says how the request ended."""
        self._heard = asyncio.get_running_loop().time()
        status = (message.headers or {}).get("Status")
        if status is None or message.reply.startswith("$JS.ACK"):
            messages.append(message)
            self._outstanding -= 1
        elif status in _ENDED or (message.headers or {}).get("Description") in _FULL:
            self._asked_until = 0.0
        elif status != _IDLE:
            self._epoch = -1  # the consumer, or the stream, is not what it was: look it up

    async def _ask(self, most: int) -> None:
        """Keep enough asked for."""
        now = asyncio.get_running_loop().time()
        if now < self._asked_until and self._outstanding > most // 2:
            return
        assert self._client is not None  # noqa: S101 - made by _start
        assert self._subscription is not None  # noqa: S101 - made by _start
        wanted = most * _AHEAD
        request = {
            "batch": wanted,
            "max_bytes": _MOST_BYTES,
            "expires": int(_EXPIRES_SECONDS * 1e9),
            "idle_heartbeat": int(_EXPIRES_SECONDS / 2.5 * 1e9),
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self._durable}"
        await self._client.publish(subject, orjson.dumps(request), reply=self._subscription.subject)
        self._asked_until = now + _EXPIRES_SECONDS
        self._outstanding = wanted

    async def _start(self) -> None:
        """Make the durable where there is none, and listen anew.

        One that lacks a subject is made anew, from the start of the stream, rather than changed: what was told under
        that subject lies behind where it stands. What is read twice is in the inbox. Subjects that only it has stay:
        another version of this service, which runs beside this one, hears them, and would make it anew in turn.
        """
        await self._forget()
        self._client = await self._broker.client()
        epoch = self._broker.epoch  # after the wait: the first connection makes an epoch of its own
        await self._broker.ensure_stream()
        jetstream = self._client.jetstream(timeout=5)
        config = ConsumerConfig(
            durable_name=self._durable,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_deliver=-1,
            max_ack_pending=5000,
            filter_subjects=self._subjects,
        )
        try:
            found = await jetstream.consumer_info(STREAM, self._durable)
        except nats.js.errors.NotFoundError:
            await jetstream.add_consumer(STREAM, config)
        else:
            there = {*(found.config.filter_subjects or filter(None, [found.config.filter_subject]))}
            if not there.issuperset(self._subjects):
                config.filter_subjects = sorted(there.union(self._subjects))
                await jetstream.delete_consumer(STREAM, self._durable)
                await jetstream.add_consumer(STREAM, config)
        self._subscription = await self._client.subscribe(self._client.new_inbox(), pending_msgs_limit=-1)
        self._epoch, self._heard = epoch, asyncio.get_running_loop().time()

    async def _forget(self) -> None:
        if self._subscription is not None:
            with contextlib.suppress(nats.errors.Error):
                await self._subscription.unsubscribe()
        self._subscription = None
        self._asked_until, self._outstanding = 0.0, 0


def _next(subscription: Subscription) -> Msg:
    """A message that is there: to wait for it, the library would make a task, a timer and a UUID."""
    message: Msg = subscription._pending_queue.get_nowait()  # noqa: SLF001 - the library's own fetch does it like this
    subscription._pending_size -= len(message.data)  # noqa: SLF001
    subscription._pending_queue.task_done()  # noqa: SLF001
    return message
