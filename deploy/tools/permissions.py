"""The permissions of an internal tool at the broker, made from the registry of events.

Each tool has an account of its own, which takes from the services' account one stream of messages (those of the tool's
durable consumer) and a few services (its acknowledgements, and each subject that it publishes under). It asks for no
message: who may name the subject that a message is delivered to could have the broker publish it anew, under the
subject that it has on the stream. docs/decisions/0025-tools.md
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import shared.contracts.events  # noqa: F401 - fills the registry
from shared.contracts.addresses import OUTSIDE, subject_of_tool, subjects_of
from shared.contracts.event import Event, party_events
from shared.contracts.events import EventRefused

if TYPE_CHECKING:
    from deploy.tools.table import Tool

SERVICES = "MARQUE"
"""The account of the services, and the stream in it."""

EVENTS = "events"
"""The subject in a tool's own account where it hears its events."""

GROUP = "tool"
"""The queue group of a tool's processes: an event goes to one of them. Without it nothing would come: it is refused."""

BEGIN, END = "# Tools: made of their table", "# Tools: end"
"""The lines between which the configuration has what is made of the table."""


def plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def readable() -> list[str]:
    """The nouns whose events a tool may read; internal events are of none of them."""
    return sorted({_noun(event) for event in party_events().values()})


def writable() -> list[str]:
    """The nouns of which a tool may publish the events that come from outside."""
    return sorted({_noun(event) for event in party_events().values() if OUTSIDE in event.producers})


def reads(tool: "Tool") -> list[str]:
    """The subjects that its durable filters by: the events of its nouns, and what is refused of its own."""
    found = {
        subject for event in party_events().values() if _noun(event) in tool.read for subject in subjects_of(event)
    }
    own = subject_of_tool(tool.name, EventRefused.name)
    if tool.write and subject_of_tool("*", EventRefused.name) not in found:
        found.add(own)
    return sorted(found)


def subjects_read(nouns: Collection[str]) -> list[str]:
    """Return where the events of these nouns stand on the stream; of all nouns where none is given."""
    events = [event for event in party_events().values() if not nouns or _noun(event) in nouns]
    return sorted(subject for event in events for subject in subjects_of(event))


def writes(tool: "Tool") -> list[str]:
    """The names of the events that it publishes."""
    events = party_events().items()
    return sorted(name for name, event in events if OUTSIDE in event.producers and _noun(event) in tool.write)


def exports(tools: Iterable["Tool"]) -> list[str]:
    """The things that the services' account lets each tool ask of it."""
    lines = []
    for tool in tools:
        to = f"accounts: [{account(tool)}]"
        lines.append(f'{{ stream: "{delivered_to(tool)}", {to} }}')
        lines.append(f'{{ service: "{_acks(tool)}", {to} }}')
        lines += [f'{{ service: "{subject_of_tool(tool.name, name)}", {to} }}' for name in writes(tool)]
    return lines


def accounts(tools: Iterable["Tool"]) -> list[str]:
    """An account for each tool: what it takes from the services' account, and its one user."""
    lines = []
    for tool in tools:
        taken = [_taken("stream", delivered_to(tool), EVENTS), _taken("service", _acks(tool))]
        taken += [_taken("service", subject_of_tool(tool.name, name), name) for name in writes(tool)]
        may = ", ".join(f'"{subject}"' for subject in (_acks(tool), *writes(tool)))
        lines += [
            f"{account(tool)} {{",
            f"  users: [{{ nkey: {tool.public_key}, permissions: {{",
            f"    publish: {{ allow: [{may}] }}",
            f'    subscribe: {{ allow: ["{EVENTS} {GROUP}", "_INBOX.>"] }} }} }}]',
            "  imports: [",
            *(f"    {one}{',' if one is not taken[-1] else ''}" for one in taken),
            "  ]",
            "}",
        ]
    return lines


def account(tool: "Tool") -> str:
    return f"TOOL_{tool.name}"


def with_tools(configuration: str, tools: list["Tool"]) -> str:
    """Put tools into a configuration of the broker that has the marks of where they go, in place of those there."""
    parts = (exports(tools), accounts(tools))
    head, *rest = configuration.split(BEGIN)
    if len(rest) != len(parts):
        raise ValueError(f"the configuration must contain {BEGIN!r} {len(parts)} times")
    made = head
    for part, lines in zip(rest, parts, strict=True):
        indent = made.rpartition("\n")[2]
        body = "".join(f"{indent}{line}\n" for line in lines)
        made += f"{BEGIN}\n{body}{indent}{END}{part.partition(END)[2]}"
    return made


def _noun(event: type[Event]) -> str:
    return plural(event.name.split(".")[1])


def delivered_to(tool: "Tool") -> str:
    """The subject in the services' account to which the tool's durable delivers, outside of the stream."""
    return f"deliver.{tool.name}"


def _acks(tool: "Tool") -> str:
    return f"$JS.ACK.{SERVICES}.{tool.durable}.>"


def _taken(kind: str, subject: str, to: str | None = None) -> str:
    there = f'{kind}: {{ account: {SERVICES}, subject: "{subject}" }}'
    return f'{{ {there}, to: "{to}" }}' if to else f"{{ {there} }}"
