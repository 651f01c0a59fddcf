"""Taking events in: many in one transaction, each alone where that fails, none for ever."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import nats.errors
from nats.aio.msg import Msg
from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.addresses import address_of
from shared.contracts.event import registry
from shared.contracts.events import EventRefused
from shared.runtime import dead_letters, inbox
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.loops import Pace, forever
from shared.runtime.outbox import record
from shared.runtime.pull import ACK_WAIT_SECONDS, Pull
from shared.runtime.reading_events import UnreadableEvent, identify_unreadable, read
from shared.runtime.retrying import until_through
from shared.runtime.settings import RuntimeSettings
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Received, Subscribers

_log = logging.getLogger(__name__)
_taken = Counter("marque_events_taken", "Events whose effect was committed")
_failures = Counter("marque_event_failures", "Tries of events that failed", ["type"])
_LONGEST_DELAY = 300.0
_GIVEN_BACK_MOST, _GIVEN_BACK_PAUSES = 200, 5
"""An event that no handler hears is given back so often, a quarter of an hour long: by then the others are upgraded."""


class Consumer:
    """The events of one service, from the stream to the commit of their effect."""

    def __init__(
        self,
        name: str,
        subscribers: Subscribers,
        database: Database,
        broker: Broker,
        *,
        settings: RuntimeSettings,
        clock: Clock,
    ) -> None:
        self._name = name
        self._subscribers = subscribers
        self._database = database
        self._settings = settings
        self._clock = clock
        self._names = subscribers.names
        self._pull = Pull(broker, durable=name, subjects=subscribers.subjects)

    async def run(self) -> None:
        """Take events in until cancelled."""
        if not self._subscribers.subjects:
            return
        async with self._pull:
            await forever("consumer", self.step, pause=Pace(self._settings.consumer_gather_seconds).keep)

    async def step(self) -> bool:
        """Take in one batch; whether there may be more."""
        messages = await self._pull.fetch(self._settings.consumer_batch)
        if not messages:
            return False
        async with _heart_beat(messages):
            mine = [
                one
                for one in messages
                if address_of(one.subject).name in self._names or not await self._given_back(one)
            ]
            readable = [(message, received) for message in mine if (received := await self._read(message))]
            try:
                await until_through(lambda: self._take(readable), boundary="consumer")
            except Exception:  # noqa: BLE001 - whatever it is, one event must not stop the others
                _log.exception("a batch of %d events failed; each is tried alone", len(readable))
                for message, received in readable:
                    await self._take_alone(message, received)
        return len(messages) == self._settings.consumer_batch

    async def _given_back(self, message: Msg) -> bool:
        """Leave an event that this version does not hear to a later one, which runs beside it; not for ever."""
        if message.metadata.num_delivered > _GIVEN_BACK_MOST:
            return False
        with contextlib.suppress(nats.errors.Error):
            await message.nak(delay=self._settings.consumer_pause * _GIVEN_BACK_PAUSES)
        return True

    async def _take(self, batch: Sequence[tuple[Msg, Received]]) -> None:
        """All of these in one transaction, then acknowledged."""
        if not batch:
            return
        by_id = {str(received.envelope.id): received for _, received in batch}
        async with self._database.transaction() as session:
            new = await inbox.take(session, self._name, list(by_id), self._clock.now())
            await self._subscribers.handle(session, [by_id[event_id] for event_id in by_id if event_id in new])
        _taken.inc(len(new))
        for message, _ in batch:
            await _acknowledge(message)

    async def _take_alone(self, message: Msg, received: Received) -> None:
        event_id = str(received.envelope.id)
        try:
            await until_through(lambda: self._take([(message, received)]), boundary="consumer")
        except Exception as error:  # noqa: BLE001 - it is counted, and kept with the event in the end
            _failures.labels(received.envelope.type).inc()
            _log.exception("event %s (%s) failed", event_id, received.envelope.type)
            text = dead_letters.storable(f"{type(error).__name__}: {error}")
            async with self._database.transaction() as session:
                tries = await inbox.failed(session, self._name, event_id, text)
                if tries >= self._settings.consumer_tries:
                    await self._give_up(session, message, text, tries)
                    await inbox.settled(session, self._name, [event_id])
            if tries >= self._settings.consumer_tries:
                await _acknowledge(message)
            else:
                with contextlib.suppress(nats.errors.Error):
                    await message.nak(delay=min(self._settings.consumer_pause * 2 ** (tries - 1), _LONGEST_DELAY))
        else:
            async with self._database.transaction() as session:
                await inbox.settled(session, self._name, [event_id])

    async def _read(self, message: Msg) -> Received | None:
        """Parse a message; an unreadable one is dead-lettered at once."""
        try:
            envelope, payload = read(message.data, message.subject)
            return Received(envelope, self._clock.now(), payload)
        except UnreadableEvent as error:
            async with self._database.transaction() as session:
                await self._give_up(session, message, str(error), tries=1)
            await _acknowledge(message)
            return None

    async def _give_up(self, session: AsyncSession, message: Msg, error: str, tries: int) -> None:
        identity = identify_unreadable(message.data, message.subject)
        letter = DeadLetter(identity, message.subject, message.data, error, tries)
        now = self._clock.now()
        is_new = await dead_letters.add(session, letter, consumer=self._name, now=now)
        name, tool = address_of(message.subject)
        if is_new and tool is not None and registry[name] in self._subscribers.answers_for:
            refused = EventRefused(
                version=1,
                tool=tool,
                refused_by=self._name,
                refused_type=name,
                refused_id=identity.original_id if identity.source else None,
                refused_source=identity.source or None,
                dead_letter_id=identity.event_id,
                reason=letter.error,
                refused_at=now,
            )
            record(session, refused, now=now)


async def _acknowledge(message: Msg) -> None:
    """An acknowledgement may be lost; the inbox makes the second delivery harmless."""
    with contextlib.suppress(nats.errors.Error):
        await message.ack()


@asynccontextmanager
async def _heart_beat(messages: Sequence[Msg]) -> AsyncIterator[None]:
    """Tell the broker that these are being worked on, for as long as it takes."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(ACK_WAIT_SECONDS / 3)
            for message in messages:
                if not message._ackd:  # noqa: SLF001 - the library has no public word for it
                    with contextlib.suppress(nats.errors.Error):
                        await message.in_progress()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
