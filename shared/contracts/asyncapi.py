"""The AsyncAPI 3.0 document of Marque's events, made from their declarations. Run as a module, this prints it."""

import sys
from typing import Any

from pydantic.json_schema import models_json_schema

from . import events as events  # noqa: PLC0414 - fills the registry
from .addresses import OUTSIDE
from .event import Event, party_events
from .schemas import PlainTitles, envelope_of, text_of

_ABOUT = """\
What happens on the platform, as CloudEvents 1.0 in JSON. Each type of event is a subject of the stream `MARQUE` on
NATS JetStream, and the subject is the type: `marque.<noun>.<past tense verb>.v<major>`. The same events, with the same
ids, are in the account's feed (`GET /v1/events`) and in its webhooks.

The document describes Marque: what it sends is read by the operator's systems, and what it receives is published by
them, for they alone know it (`marque.listing.upserted.v1`). An internal tool reads on the subject `events` of its own
account, in the queue group `tool`, and publishes under the type; docs/events.md has both, ready to run.
"""


def document() -> dict[str, Any]:
    """The whole document."""
    events = [event for _, event in sorted(party_events().items())]
    return {
        "asyncapi": "3.0.0",
        "id": "urn:marque:events",
        "info": _info(),
        "defaultContentType": "application/cloudevents+json",
        "servers": {"nats": _server()},
        "channels": {event.__name__: _channel(event) for event in events},
        "operations": dict(_operation(event, action) for event in events for action in _actions(event)),
        "components": _components(events),
    }


def _info() -> dict[str, Any]:
    return {
        "title": "Marque events",
        "version": "1.0.0",
        "description": _ABOUT,
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        "contact": {"name": "Marque", "url": "https://marque.dev", "email": "events@marque.dev"},
        "tags": [{"name": noun, "description": f"What happens to a {noun}"} for noun in _nouns()],
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{host}:{port}",
        "protocol": "nats",
        "title": "The operator's NATS",
        "description": "Stream `MARQUE`. `marque tools add` makes a durable consumer and a key for each tool.",
        "variables": {
            "host": {"default": "127.0.0.1", "description": "Where the operator runs NATS"},
            "port": {"default": "4222", "description": "Its port for clients"},
        },
        "security": [{"$ref": "#/components/securitySchemes/account"}],
        "bindings": {"nats": {}},
    }


def _channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": event.name,
        "title": event.__name__,
        "summary": _summary(event),
        "servers": [{"$ref": "#/servers/nats"}],
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
        "tags": [{"name": _noun(event)}],
    }


def _actions(event: type[Event]) -> list[str]:
    ours = any(producer != OUTSIDE for producer in event.producers)
    return ["send"] * ours + ["receive"] * (OUTSIDE in event.producers)


def _operation(event: type[Event], action: str) -> tuple[str, dict[str, Any]]:
    does = {"send": "Marque publishes", "receive": "The marketplace publishes, Marque reads"}[action]
    return f"{action}{event.__name__}", {
        "action": action,
        "channel": {"$ref": f"#/channels/{event.__name__}"},
        "messages": [{"$ref": f"#/channels/{event.__name__}/messages/{event.__name__}"}],
        "title": f"{does}: {event.__name__}",
        "summary": _summary(event),
        "description": _description(event),
        "tags": [{"name": _noun(event)}],
        "bindings": {"nats": {}},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.name,
        "title": event.__name__,
        "summary": _summary(event),
        "description": _description(event),
        "contentType": "application/cloudevents+json",
        "payload": {"$ref": f"#/components/schemas/{event.__name__}Envelope"},
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "tags": [{"name": _noun(event)}],
    }


def _components(events: list[type[Event]]) -> dict[str, Any]:
    _, definitions = models_json_schema(
        [(envelope_of(event), "serialization") for event in events],
        ref_template="#/components/schemas/{model}",
        schema_generator=PlainTitles,
    )
    return {
        "messages": {event.__name__: _message(event) for event in events},
        "messageTraits": {"cloudEvent": _cloud_event()},
        "schemas": definitions["$defs"],
        "securitySchemes": {
            "account": {
                "type": "asymmetricEncryption",
                "description": "An nkey of NATS: the operator lets each tool in with its public key.",
            }
        },
    }


def _cloud_event() -> dict[str, Any]:
    """CloudEvents 1.0 over NATS, structured mode: the whole event is the message's body."""
    return {
        "headers": {
            "type": "object",
            "required": ["Nats-Msg-Id"],
            "properties": {
                "Nats-Msg-Id": {
                    "type": "string",
                    "description": "The event's `id`; JetStream drops a repetition within its window",
                },
                "traceparent": {
                    "type": "string",
                    "description": "W3C Trace Context of the request or event that caused this one",
                },
            },
        },
        "correlationId": {
            "location": "$message.payload#/subject",
            "description": "The id of the thing that the event is about",
        },
        "bindings": {"nats": {}},
    }


def _noun(event: type[Event]) -> str:
    return event.name.split(".")[1]


def _nouns() -> list[str]:
    return sorted({_noun(event) for event in party_events().values()})


def _description(event: type[Event]) -> str:
    planned = " Planned: nothing emits it yet." if event.planned else ""
    return " ".join((event.__doc__ or event.__name__).split()) + planned


def _summary(event: type[Event]) -> str:
    return " ".join((event.__doc__ or event.__name__).strip().partition("\n\n")[0].split())


if __name__ == "__main__":
    sys.stdout.write(text_of(document()))
