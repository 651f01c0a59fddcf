"""Reading what came by the stream: which event it is, under which id, and what is wrong with what is none.

CloudEvents 1.0 makes an event known by its source and its id together, and lets both be any text. Within the platform
every event has an id of ours: what a service recorded keeps its own, what came from outside gets one made of its source
and its id, the same however often it is sent. The feed and the webhooks show that id, and the one it came with beside.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError

import shared.contracts.events  # noqa: F401 - fills the registry
from shared.contracts.addresses import Address, address_of
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event, registry
from shared.contracts.ids import EventId

LONGEST_ID = 1024
"""Characters of an id or a source; CloudEvents sets no bound."""

LARGEST_OF_TOOL = 1_000_000
"""Bytes of an event that a tool publishes. What services make themselves may be larger: the broker takes 8 MB."""

_OWN_SOURCE = "/marque/"
# CloudEvents 1.0, "String": no control characters, no half characters, none that is no character.
_NO_STRING = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class Identity:
    """Under which id the platform knows an event, and what the event itself calls its id and its source."""

    event_id: EventId
    original_id: str
    source: str

    @property
    def is_outside(self) -> bool:
        return self.event_id != self.original_id


class UnreadableEvent(Exception):
    """The message is not an event that this service knows."""


def read(payload: bytes, subject: str | None = None) -> tuple[Envelope, bytes]:
    """The envelope with its event, and the envelope as the platform goes on with it. Raises `UnreadableEvent`.

    Args:
        payload: as it was published.
        subject: what it was published under, where that is known; the type has to be the same, because it is by
            subjects that the broker tells who may publish what.
    """
    address = address_of(subject) if subject is not None else None
    if address and address.tool and len(payload) > LARGEST_OF_TOOL:
        raise UnreadableEvent(f"it has {len(payload):,} bytes, and a tool's event may have {LARGEST_OF_TOOL:,}")
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise UnreadableEvent(f"it is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise UnreadableEvent("it is JSON, and not an object")
    kind, known = _kind(document, address), identify(document)
    if known is None:
        raise UnreadableEvent(
            f"id and source have to be text of 1 to {LONGEST_ID} characters without control characters"
        )
    if address and address.tool and known.source.startswith(_OWN_SOURCE) and not kind.to_tool:
        raise UnreadableEvent(
            f"its source is {known.source}, and those that begin with {_OWN_SOURCE} are the services'"
        )
    try:
        if known.is_outside:
            document = {**document, "id": known.event_id, "originalid": known.original_id}
            payload = orjson.dumps(document)
        event = kind.model_validate(document.get("data"))
        return Envelope.model_validate({**document, "data": event}), payload
    except ValidationError as error:
        raise UnreadableEvent(_places(error)) from None
    except (RecursionError, orjson.JSONEncodeError):
        raise UnreadableEvent("it is nested too deeply") from None


def _kind(document: dict[str, Any], address: Address | None) -> type[Event]:
    """Return which event a document says that it is. Raises `UnreadableEvent`."""
    name = document.get("type")
    if not isinstance(name, str) or name not in registry:
        raise UnreadableEvent(f"no event has the type {name!r:.200}")
    if address is not None and name != address.name:
        raise UnreadableEvent(f"its type is {name}, and it was published under {address.name}")
    return registry[name]


def identify(document: dict[str, Any]) -> Identity | None:
    """Return who an event is, by its id and its source; None where it does not say."""
    original, source = document.get("id"), document.get("source")
    for text in (original, source):
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_ID or _NO_STRING.search(text):
            return None
    if str(source).startswith(_OWN_SOURCE):
        try:
            return Identity(EventId(str(original)), str(original), str(source))
        except ValueError:
            pass  # it only says that it is ours
    return Identity(_made_of(str(source), str(original)), str(original), str(source))


def identify_unreadable(payload: bytes, subject: str) -> Identity:
    """The same of what cannot be read: where it has no id to go by, one made of its bytes, for it may come again.

    A tool that writes a service's source and the id of its event has no id to go by either.
    """
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        document = None
    found = identify(document) if isinstance(document, dict) else None
    if found is not None and (found.is_outside or address_of(subject).tool is None):
        return found
    made = _made_of(subject, hashlib.sha256(payload).hexdigest())
    return Identity(made, found.original_id, found.source) if found else Identity(made, str(made), "")


def _made_of(source: str, original_id: str) -> EventId:
    """An id that the same source and id always come to (a UUID of version 8, RFC 9562)."""
    digest = hashlib.sha256(f"{source}\n{original_id}".encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | 8 << 76
    return EventId.of(UUID(int=number & ~(0b11 << 62) | 0b10 << 62))


def _places(error: ValidationError) -> str:
    """Describe the errors by field, without the fields' values, for the log."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[:10]
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
