"""Which function hears which event. A subscriber is a plain function; routing is a table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter
from sqlmodel.ext.asyncio.session import AsyncSession

import shared.contracts.events  # noqa: F401 - fills the registry
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event, registry
from shared.contracts.ids import EventId

E = TypeVar("E", bound=Event)
Handler = Callable[[AsyncSession, Any, "Received"], Awaitable[None]]
_event_id = TypeAdapter(EventId)


@dataclass(frozen=True)
class Received:
    """How an event came."""

    envelope: Envelope
    now: datetime
    payload: bytes = b""
    """The envelope as it was sent, byte for byte."""


class UnreadableEvent(Exception):
    """What came is not an event that this service knows."""


@dataclass
class Subscribers:
    """A service's handlers, by the name of the event."""

    handlers: dict[str, list[Handler]] = field(default_factory=dict)

    def on(self, *events: type[E]) -> Callable[[Handler], Handler]:
        """Hear these events: `async def file_tasks(session, event, received)`."""

        def add(handler: Handler) -> Handler:
            for event in events:
                self.handlers.setdefault(event.name, []).append(handler)
            return handler

        return add

    def every(self) -> Callable[[Handler], Handler]:
        """Hear every event there is."""
        return self.on(*registry.values())

    @property
    def subjects(self) -> list[str]:
        return sorted(self.handlers)

    async def handle(self, session: AsyncSession, received: Received) -> None:
        """Call every handler of an event, in this transaction."""
        for handler in self.handlers.get(received.envelope.type, ()):
            await handler(session, received.envelope.data, received)


def read(payload: bytes) -> Envelope:
    """The envelope and its event. Raises `UnreadableEvent`."""
    try:
        document = orjson.loads(payload)
        kind = registry[document["type"]]
        return Envelope.model_validate({**document, "data": kind.model_validate(document["data"])})
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableEvent(f"{type(error).__name__}: {error}") from error
