"""An example of every event as it travels, on a page of the reference: those that the API's document has."""

import json
from functools import cache
from typing import Any

from gateway.openapi import webhooks
from gateway.openapi.examples import Examples
from shared.contracts.addresses import OUTSIDE
from shared.contracts.event import Event, party_events

_MARKETPLACE = "https://shop.example/catalogue"


def document(event: type[Event]) -> dict[str, Any]:
    """The envelope of an event that somebody makes already, with values in its fields."""
    found: dict[str, Any] = _examples()[f"{event.__name__}Envelope"]["value"]
    return {**found, "source": _MARKETPLACE} if event.producers == (OUTSIDE,) else found


def shown() -> list[type[Event]]:
    """The events that have an example: all but those that nothing makes yet."""
    return [event for _, event in sorted(party_events().items()) if not event.planned]


def page() -> str:
    """Every example, one after the other."""
    lines = [
        "# Examples of events",
        "",
        "Written by `make schemas` from the code; a test fails when it is stale. Who makes each event is in",
        "[Events](events.md), how to read and publish them in [docs/events.md](../events.md).",
    ]
    for event in shown():
        text = json.dumps(document(event), indent=2, ensure_ascii=False)
        lines += ["", f"## {event.name}", "", "```json", *text.splitlines(), "```"]
    return "\n".join(lines) + "\n"


@cache
def _examples() -> dict[str, Any]:
    return webhooks.examples(Examples(webhooks.schemas()))
