"""The subjects of the stream that events stand under.

An event that a service makes stands under its name. What an internal tool publishes stands under
`marque.tool.<name of the tool>.<the event's name without "marque.">`, and so does what the platform tells one tool
alone: the broker writes the tool's name there, so that nobody needs to believe a publisher who it is.
"""

import re
from typing import NamedTuple

from .event import Event

OUTSIDE = "catalogue"
"""The producer that stands for the marketplace's own systems."""

TOOL_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_OF_TOOL = re.compile(rf"marque\.tool\.({TOOL_NAME.pattern})\.(.+)")


class Address(NamedTuple):
    """A subject of the stream: the name of an event, and the tool that it came from or is meant for."""

    name: str
    tool: str | None = None


def address_of(subject: str) -> Address:
    """Return which event, and whose, a subject is for."""
    found = _OF_TOOL.fullmatch(subject)
    return Address(f"marque.{found[2]}", found[1]) if found else Address(subject)


def subject_of_tool(tool: str, name: str) -> str:
    """Return where an event stands that one tool publishes, or is told alone; `*` for any tool."""
    return f"marque.tool.{tool}.{name.removeprefix('marque.')}"


def subjects_of(event: type[Event]) -> list[str]:
    """Return every subject that an event may stand under, with `*` for the name of a tool."""
    plain = [] if event.to_tool else [event.name]
    tools = [subject_of_tool("*", event.name)] if event.to_tool or OUTSIDE in event.producers else []
    return plain + tools
