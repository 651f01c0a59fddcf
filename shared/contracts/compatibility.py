"""Compatibility of an event's schema with an older one.

An event outlives the release that wrote it: it waits on the stream, in outboxes and in partners' queues, and is read by
programs older and newer than itself. So a new schema must accept every old event, and old readers must find in a new
event all that they relied on. What may change: fields may be added that need not be there, lists of codes may grow,
limits may widen, words of description may improve. Everything else is a `v2` beside the old one.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

DECLARED = (
    # Ids of sellers are the marketplace's own; that they were ours was never true of any.
    re.compile(r".*\.seller_id has another pattern"),
    # A marketplace without versions says when a listing changed.
    re.compile(r"marque\.listing\.upserted\.v1: data\.version may now be missing, and older readers rely on it"),
)
"""The breaks that were meant, before 1.0."""

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_NEVER = ("pattern", "multipleOf", "uniqueItems")


def breaks(old: Schema, new: Schema) -> list[str]:
    """List the breaking changes of the new schema, each a sentence that begins with the place."""
    return list(_Comparison(old, new).between(old, new, "the event"))


def catalogue_breaks(old: dict[str, Schema], new: dict[str, Schema]) -> list[str]:
    """The breaks between two sets of published schemas, by name of the event, but for those that were meant."""
    found = [f"{name}: the event is gone" for name in sorted(old.keys() - new.keys())]
    for name in sorted(old.keys() & new.keys()):
        found += [f"{name}: {sentence}" for sentence in breaks(old[name], new[name])]
    return [sentence for sentence in found if not any(declared.fullmatch(sentence) for declared in DECLARED)]


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._under_way: set[tuple[str, str]] = set()

    def between(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        """The breaks between two parts of the schemas that describe the same place."""
        before, after = _kinds(_resolved(old, self._old), self._old), _kinds(_resolved(new, self._new), self._new)
        if before.keys() != after.keys():
            yield f"{place} was {_named(before)} and is now {_named(after)}"
        else:
            for kind in before:
                yield from self._of_one_kind(before[kind], after[kind], place)

    def _of_one_kind(self, before: list[Schema], after: list[Schema], place: str) -> Iterator[str]:
        if len(before) == len(after) == 1:
            yield from self._alternative(before[0], after[0], place)
            return
        for old in before:
            if all(any(True for _ in self._alternative(old, new, place)) for new in after):
                yield f"{place} lost one of its alternatives"
        for new in after:
            if all(any(True for _ in self._alternative(old, new, place)) for old in before):
                yield f"{place} got an alternative that older readers do not know"

    def _alternative(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        both = (json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True))
        if both in self._under_way:
            return  # a type that holds itself
        self._under_way.add(both)
        try:
            yield from _values(old, new, place)
            yield from _limits(old, new, place)
            yield from self._fields(old, new, place)
            yield from self._contents(old, new, place)
        finally:
            self._under_way.discard(both)

    def _contents(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if "items" in old or "items" in new:
            yield from self.between(old.get("items", {}), new.get("items", {}), f"each of {place}")
        rest_before, rest_after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if isinstance(rest_before, dict) and isinstance(rest_after, dict):
            yield from self.between(rest_before, rest_after, f"each value of {place}")
        elif rest_after is False and rest_before is not False:
            yield f"{place} refuses fields that it does not name"
        elif isinstance(rest_after, dict) is not isinstance(rest_before, dict):
            yield f"{place} holds other values than before"

    def _fields(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        had_to, must = set(old.get("required", ())), set(new.get("required", ()))
        for name in before:
            field = name if place == "the event" else f"{place}.{name}"
            if name not in after:
                yield f"{field} was removed"
                continue
            if name in must - had_to:
                yield f"{field} is now required, and older events lack it"
            if name in had_to - must:
                yield f"{field} may now be missing, and older readers rely on it"
            yield from self.between(before[name], after[name], field)
        for name in after:
            if name not in before and name in must:
                yield f"{name if place == 'the event' else f'{place}.{name}'} is new and required"


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        schema = {**target, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def _alternatives(schema: Schema, root: Schema) -> Iterator[Schema]:
    for word in ("anyOf", "oneOf"):
        if word in schema:
            for alternative in schema[word]:
                yield from _alternatives(_resolved(alternative, root), root)
            return
    types = schema.get("type")
    if isinstance(types, list):
        for kind in types:
            yield {**schema, "type": kind}
    else:
        yield schema


def _kinds(schema: Schema, root: Schema) -> dict[str, list[Schema]]:
    """Return the JSON types that a place allows (with the format of text, which is part of what a reader parses)."""
    kinds: dict[str, list[Schema]] = {}
    for alternative in _alternatives(schema, root):
        kind = alternative.get("type") or _type_of_values(alternative)
        if "format" in alternative:
            kind = f"{kind} ({alternative['format']})"
        kinds.setdefault(kind, []).append(alternative)
    return kinds


def _type_of_values(schema: Schema) -> str:
    values = _allowed(schema)
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    kinds = {names.get(type(value), "anything") for value in values or ()}
    return kinds.pop() if len(kinds) == 1 else "anything"


def _named(kinds: dict[str, list[Schema]]) -> str:
    return " or ".join(sorted(kinds))


def _allowed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    allowed: list[Any] | None = schema.get("enum")
    return allowed


def _values(old: Schema, new: Schema, place: str) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if after is None:
        return
    if before is None:
        yield f"{place} could be anything of its type and is now one of {len(after)} values"
        return
    for value in before:
        if value not in after:
            yield f"{place} may no longer be {value!r}"


def _limits(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for word in _LOWER:
        if word in new and (word not in old or new[word] > old[word]):
            yield f"{place} has a narrower {word}: {old.get(word, 'none')} became {new[word]}"
    for word in _UPPER:
        if word in new and (word not in old or new[word] < old[word]):
            yield f"{place} has a narrower {word}: {old.get(word, 'none')} became {new[word]}"
    for word in _NEVER:
        if word in new and new[word] is not False and new[word] != old.get(word):
            yield f"{place} has another {word}: {old.get(word, 'none')} became {new[word]}"
