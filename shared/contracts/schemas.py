"""The published JSON Schemas: one file for each event, with its envelope. Run as a module, this writes them.

What was published is a promise. The writer refuses to overwrite a schema with one that breaks it, and says what broke.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, create_model
from pydantic.json_schema import GenerateJsonSchema

from . import events as _events
from .compatibility import catalogue_breaks
from .envelope import Envelope
from .event import Event, registry

PUBLISHED = Path(__file__).parent / "published"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://marque.dev/events/"


class BreakingChange(Exception):
    """The schemas to be published break published ones."""

    def __init__(self, breaks: list[str]) -> None:
        super().__init__(
            "A published schema would break: "
            + "; ".join(breaks)
            + ". Declare a v2 beside it, and leave this one as it is."
        )
        self.breaks = breaks


class PlainTitles(GenerateJsonSchema):
    """Schemas without a title for each field, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - what is overridden names it
        return False


@cache
def envelope_of(event: type[Event]) -> type[BaseModel]:
    """The envelope with this one event in it."""
    fields: dict[str, Any] = {"type": (Literal[event.name], ...), "data": (event, ...)}
    return create_model(f"{event.__name__}Envelope", __base__=Envelope, __doc__=event.__doc__, **fields)


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The schema of one event as it travels."""
    body = envelope_of(event).model_json_schema(mode="serialization", schema_generator=PlainTitles)
    required = ["specversion", *body["required"]]  # CloudEvents 1.0, section 3.1: always there, though we default it
    named = {"$schema": DIALECT, "$id": f"{BASE}{event.name}.json", "title": event.__name__}
    return {**body, **named, "required": required}


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas that the code declares, by name of the event."""
    assert _events.__all__  # noqa: S101 - importing the events is what fills the registry
    return {name: schema_of(registry[name]) for name in sorted(registry)}


def text_of(document: dict[str, Any]) -> str:
    """A document as it is committed: the same content is the same text, whoever writes it."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def published(folder: Path = PUBLISHED) -> dict[str, dict[str, Any]]:
    """The schemas that were published, by name of the event."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def write(folder: Path = PUBLISHED) -> list[str]:
    """Publish what the code declares; which events are new or have grown. Raises `BreakingChange`, nothing written."""
    before, now = published(folder), schemas()
    broken = catalogue_breaks(before, now)
    if broken:
        raise BreakingChange(broken)
    changed = [name for name, schema in now.items() if before.get(name) != schema]
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        (folder / f"{name}.json").write_text(text_of(now[name]), encoding="utf-8")
    return changed


def main() -> int:
    """Publish, and say what changed. The exit code is not 0 where something would break."""
    try:
        changed = write()
    except BreakingChange as error:
        sys.stderr.write("Nothing was written. Declare a v2 beside what is published instead of changing it:\n")
        sys.stderr.writelines(f"  {sentence}\n" for sentence in error.breaks)
        return 1
    sys.stdout.writelines(f"published {name}\n" for name in changed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
