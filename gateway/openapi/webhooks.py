"""The webhooks of the document: what is sent to the addresses of an account, made from the registry of events."""

import re
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any

from gateway.openapi.example_values import id_of
from gateway.openapi.examples import Examples, NoExample, example
from shared.contracts import asyncapi
from shared.contracts.addresses import OUTSIDE
from shared.contracts.event import Event, party_events

_BYTES = 1024 * 1024
"""The broker takes no longer message: no text of an event, and no list, has more."""
_WHOLE = 2**53
"""RFC 8259, section 6: whole numbers on which implementations agree."""
_SOURCES = {OUTSIDE: "https://shop.example/catalogue"}
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_SUMMARY = re.compile(r"\.(\s|$)")
_SIGNATURE = (
    "`v1,` and the HMAC-SHA256, in base64, of id, timestamp and body with dots between; one for each secret "
    "that holds, with spaces between (Standard Webhooks)"
)
_SIGNED = {
    "webhook-id": ("The event's id; the same at each try", id_of("evt")),
    "webhook-timestamp": ("When this try was signed, in seconds of Unix time", "1795428313"),
    "webhook-signature": (_SIGNATURE, "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
}


def webhooks() -> dict[str, Any]:
    """Return the section `webhooks`: one entry for each event that an account may be told of."""
    return {event.name: {"post": _operation(event)} for event in _events()}


def schemas() -> dict[str, Any]:
    """Return the schemas of all that webhooks carry. Those that the API has too are the same there."""
    return deepcopy(_schemas())


def examples(made: Examples) -> dict[str, Any]:
    """Return an example of each event as it travels, by the name of its schema."""
    found: dict[str, Any] = {}
    for event in _events():
        with suppress(NoExample, ValueError):
            found[f"{event.__name__}Envelope"] = example(_summary(event), travelling(event, made))
    return found


def _events() -> list[type[Event]]:
    told = (event for _, event in sorted(party_events().items()))
    return [event for event in told if not event.planned and not event.to_tool]


@cache
def _schemas() -> dict[str, Any]:
    every: dict[str, Any] = asyncapi.document()["components"]["schemas"]
    _bound(every)
    return every


def _bound(node: Any) -> None:
    """Say in place what bounds every event: its length, and the whole numbers that every reader of JSON can hold."""
    if isinstance(node, dict):
        if node.get("type") == "string" and not node.keys() & {"const", "enum", "format"}:
            node.setdefault("maxLength", _BYTES)
        elif node.get("type") == "array":
            node.setdefault("maxItems", _BYTES)
        elif node.get("type") == "integer" and "const" not in node:
            node.update({"minimum": -_WHOLE, "maximum": _WHOLE} | node)
        for value in node.values():
            _bound(value)
    elif isinstance(node, list):
        for value in node:
            _bound(value)


def _operation(event: type[Event]) -> dict[str, Any]:
    name = f"{event.__name__}Envelope"
    content = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {
        "operationId": f"receive_{_CAPITAL.sub('_', event.__name__).lower()}",
        "summary": _summary(event),
        "description": " ".join((event.__doc__ or "").split()),
        "tags": ["webhooks"],
        "security": [],
        "parameters": [_header(header, *about) for header, about in _SIGNED.items()],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "2XX": {"description": "It has arrived. Anything else, or nothing in time, and it is sent again."},
            "410": {"description": "This address wants no more of them: the endpoint is disabled."},
        },
    }


def _header(name: str, description: str, value: str) -> dict[str, Any]:
    text = {"type": "string", "maxLength": 1024}
    return {
        "name": name, "in": "header", "required": True, "description": description, "schema": text, "example": value,
    }  # fmt: skip


def _summary(event: type[Event]) -> str:
    first = " ".join((event.__doc__ or event.__name__).split("\n\n")[0].split())
    return _SUMMARY.split(first)[0]


def travelling(event: type[Event], made: Examples) -> dict[str, Any]:
    """Return the example of an event in its envelope, which names the thing that it is about, and whose that is.

    Raises `NoExample`, and `ValueError` where its fields do not go together.
    """
    envelope: dict[str, Any] = made.named(f"{event.__name__}Envelope")
    told = event.model_validate(envelope["data"])
    source = _SOURCES.get(event.producers[0], f"/marque/{event.producers[0]}")
    return {**envelope, "source": source, "subject": told.subject_id, "marqueaccount": told.owner}
