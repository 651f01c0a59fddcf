"""A page with an example of every event, as it travels: the same as in the OpenAPI document."""

import json
from functools import cache
from typing import Any

from gateway.openapi import webhooks
from gateway.openapi.examples import Examples
from shared.contracts.event import Event, party_events


def document(event: type[Event]) -> dict[str, Any]:
    """Return the envelope of an event, without what is null in it. Raises `NoExample`."""
    envelope: dict[str, Any] = webhooks.travelling(event, _examples())
    return {name: value for name, value in envelope.items() if value is not None}


def shown() -> list[type[Event]]:
    """The events that have an example: all but those that nothing makes yet."""
    return [event for _, event in sorted(party_events().items()) if not event.planned]


def page() -> str:
    """Every example, one after the other, as a page of the reference."""
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
def _examples() -> Examples:
    return Examples(webhooks.schemas())
