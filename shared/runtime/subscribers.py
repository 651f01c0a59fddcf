"""Which function hears which event. A subscriber is a plain function; routing is a table."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.addresses import subjects_of
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event, registry
from shared.runtime.telemetry import continue_trace

E = TypeVar("E", bound=Event)
Handler = Callable[[AsyncSession, Any, "Received"], Awaitable[None]]
_TRACE = len("00-") + 32
"""The length of a `traceparent` up to the end of the trace's id (W3C Trace Context, section 3.2.2)."""
Gatherer = Callable[[AsyncSession, Sequence["Received"]], Awaitable[None]]


@dataclass(frozen=True)
class Received:
    """How an event came."""

    envelope: Envelope
    now: datetime
    payload: bytes = b""
    """The envelope as it was sent, byte for byte; of an event from outside, under the id that the platform gave it."""


@dataclass
class Subscribers:
    """A service's handlers, by the name of the event."""

    handlers: dict[str, list[Handler]] = field(default_factory=dict)
    gatherers: list[tuple[frozenset[str], Gatherer]] = field(default_factory=list)
    answers_for: frozenset[type[Event]] = frozenset()
    """Events of tools that this service alone tells their publisher of, where they could not be taken in."""

    def on(self, *events: type[E]) -> Callable[[Handler], Handler]:
        """Hear these events: `async def file_tasks(session, event, received)`."""

        def add(handler: Handler) -> Handler:
            for event in events:
                self.handlers.setdefault(event.name, []).append(handler)
            return handler

        return add

    def on_many(self, *events: type[Event]) -> Callable[[Gatherer], Gatherer]:
        """Hear these events as they come, many at once: `async def keep(session, received_events)`.

        For work that one statement does for all of them. It comes after the handlers of single events.
        """

        def add(gatherer: Gatherer) -> Gatherer:
            self.gatherers.append((frozenset(event.name for event in events), gatherer))
            return gatherer

        return add

    @property
    def names(self) -> frozenset[str]:
        """The names of the events that have a handler."""
        return frozenset(self.handlers.keys() | {name for names, _ in self.gatherers for name in names})

    @property
    def subjects(self) -> list[str]:
        """The subjects that the service's durable consumer filters by."""
        return sorted(subject for name in self.names for subject in subjects_of(registry[name]))

    async def handle(self, session: AsyncSession, batch: Sequence[Received]) -> None:
        """Call every handler of these events, in this transaction."""
        for received in batch:
            if handlers := self.handlers.get(received.envelope.type):
                continue_trace(received.envelope.traceparent)
                for handler in handlers:
                    await handler(session, received.envelope.data, received)
        for names, gatherer in self.gatherers:
            if matching := [received for received in batch if received.envelope.type in names]:
                continue_trace(_common(matching))
                await gatherer(session, matching)


def _common(batch: Sequence[Received]) -> str | None:
    """Return the trace that all of these belong to; none where they are of several."""
    traces = {(received.envelope.traceparent or "")[:_TRACE] for received in batch}
    return batch[0].envelope.traceparent if len(traces) == 1 else None
