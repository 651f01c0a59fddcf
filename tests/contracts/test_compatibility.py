"""What breaks a published schema, example by example, and what does not."""

from typing import Any

import pytest

from shared.contracts.compatibility import breaks, catalogue_breaks

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
NULL = {"type": "null"}


def thing(required: tuple[str, ...] = (), **fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required)}


def of(part: dict[str, Any]) -> dict[str, Any]:
    return thing(a=part)


BREAKS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a field is removed": (thing(a=TEXT, b=TEXT), thing(a=TEXT), "b was removed"),
    "a field is renamed": (thing(a=TEXT), thing(b=TEXT), "a was removed"),
    "a field has another type": (of(TEXT), of(NUMBER), "a was string and is now integer"),
    "an integer becomes any number": (of(NUMBER), of({"type": "number"}), "a was integer and is now number"),
    "text becomes a date": (of(TEXT), of({**TEXT, "format": "date"}), "a was string and is now string (date)"),
    "a moment becomes a day": (
        of({**TEXT, "format": "date-time"}), of({**TEXT, "format": "date"}),
        "a was string (date-time) and is now string (date)",
    ),
    "one thing becomes a list": (of(TEXT), of({"type": "array", "items": TEXT}), "a was string and is now array"),
    "a field may be null": (of(TEXT), of({"anyOf": [TEXT, NULL]}), "a was string and is now null or string"),
    "a field may no longer be null": (of({"anyOf": [TEXT, NULL]}), of(TEXT), "a was null or string and is now string"),
    "a new field is required": (thing(a=TEXT), thing(("b",), a=TEXT, b=TEXT), "b is new and required"),
    "a field becomes required": (thing(a=TEXT), thing(("a",), a=TEXT), "a is now required"),
    "a field becomes optional": (thing(("a",), a=TEXT), thing(a=TEXT), "a may now be missing"),
    "a code is gone": (of({"enum": ["x", "y"]}), of({"enum": ["x"]}), "a may no longer be 'y'"),
    "a list of codes appears": (of(TEXT), of({**TEXT, "enum": ["x"]}), "a could be anything of its type"),
    "a constant changes": (of({"const": "x"}), of({"const": "y"}), "a may no longer be 'x'"),
    "text gets shorter": (of({**TEXT, "maxLength": 9}), of({**TEXT, "maxLength": 8}), "a has a narrower maxLength"),
    "text gets a limit": (of(TEXT), of({**TEXT, "maxLength": 8}), "a has a narrower maxLength"),
    "text may not be empty": (of(TEXT), of({**TEXT, "minLength": 1}), "a has a narrower minLength"),
    "the least grows": (of({**NUMBER, "minimum": 0}), of({**NUMBER, "minimum": 1}), "a has a narrower minimum"),
    "the most shrinks": (of({**NUMBER, "maximum": 9}), of({**NUMBER, "maximum": 8}), "a has a narrower maximum"),
    "a list gets shorter": (
        of({"type": "array", "maxItems": 9}), of({"type": "array", "maxItems": 8}), "a has a narrower maxItems",
    ),
    "a pattern appears": (of(TEXT), of({**TEXT, "pattern": "^x"}), "a has another pattern"),
    "a pattern changes": (of({**TEXT, "pattern": "^x"}), of({**TEXT, "pattern": "^y"}), "a has another pattern"),
    "each of a list has another type": (
        of({"type": "array", "items": TEXT}), of({"type": "array", "items": NUMBER}),
        "each of a was string and is now integer",
    ),
    "something deep is removed": (of(of(of(TEXT))), of(of(thing())), "a.a.a was removed"),
    "a field of each of a list is removed": (
        of({"type": "array", "items": of(TEXT)}), of({"type": "array", "items": thing()}), "each of a.a was removed",
    ),
    "a map has other values": (
        of({"type": "object", "additionalProperties": TEXT}), of({"type": "object", "additionalProperties": NUMBER}),
        "each value of a was string and is now integer",
    ),
    "unknown fields are refused": (of(thing()), of({**thing(), "additionalProperties": False}), "refuses fields"),
    "an alternative is gone": (
        of({"anyOf": [{**TEXT, "pattern": "^x"}, {**TEXT, "pattern": "^y"}]}), of({**TEXT, "pattern": "^x"}),
        "lost one of its alternatives",
    ),
    "an alternative is added": (
        of({**TEXT, "pattern": "^x"}), of({"anyOf": [{**TEXT, "pattern": "^x"}, {**TEXT, "pattern": "^y"}]}),
        "got an alternative",
    ),
}  # fmt: skip

HARMLESS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing changes": (of(TEXT), of(TEXT)),
    "a field is added": (thing(a=TEXT), thing(a=TEXT, b=NUMBER)),
    "a whole thing is added": (thing(), of(thing(("x",), x=TEXT))),
    "a description improves": (of(TEXT), of({**TEXT, "description": "Better", "title": "A"})),
    "a list of codes grows": (of({"enum": ["x"]}), of({"enum": ["y", "x"]})),
    "a constant becomes one of several": (of({"const": "x"}), of({"enum": ["x", "y"]})),
    "a limit widens": (of({**TEXT, "maxLength": 8}), of({**TEXT, "maxLength": 9})),
    "a limit is lifted": (of({**TEXT, "maxLength": 8, "pattern": "^x"}), of(TEXT)),
    "the least falls": (of({**NUMBER, "minimum": 1}), of({**NUMBER, "minimum": 0})),
    "null comes first instead of last": (of({"anyOf": [TEXT, NULL]}), of({"anyOf": [NULL, TEXT]})),
    "a union is written as a list of types": (of({"anyOf": [TEXT, NULL]}), of({"type": ["string", "null"]})),
}


@pytest.mark.parametrize(("old", "new", "says"), BREAKS.values(), ids=list(BREAKS))
def test_a_break_is_found_and_named(old: dict[str, Any], new: dict[str, Any], says: str) -> None:
    found = breaks(old, new)
    assert [sentence for sentence in found if says in sentence], found


@pytest.mark.parametrize(("old", "new"), HARMLESS.values(), ids=list(HARMLESS))
def test_what_harms_nobody_is_allowed(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert breaks(old, new) == []


def test_a_shared_type_is_followed_wherever_it_is_named() -> None:
    old = {**of({"$ref": "#/$defs/T"}), "$defs": {"T": thing(x=TEXT, y=TEXT)}}
    new = {**of({"$ref": "#/$defs/Renamed", "default": None}), "$defs": {"Renamed": thing(x=NUMBER)}}
    assert sorted(breaks(old, new)) == ["a.x was string and is now integer", "a.y was removed"]


def test_a_type_that_holds_itself_is_compared_to_its_end() -> None:
    def tree(leaf: dict[str, Any]) -> dict[str, Any]:
        node = thing(leaf=leaf, next={"anyOf": [{"$ref": "#/$defs/Node"}, NULL]})
        return {**of({"$ref": "#/$defs/Node"}), "$defs": {"Node": node}}

    assert breaks(tree(TEXT), tree(TEXT)) == []
    assert "a.leaf was string and is now integer" in breaks(tree(TEXT), tree(NUMBER))


def test_an_event_that_is_gone_is_a_break_and_a_new_one_is_not() -> None:
    assert catalogue_breaks({"marque.a.made.v1": {}, "marque.b.made.v1": {}}, {"marque.b.made.v1": {}}) == [
        "marque.a.made.v1: the event is gone"
    ]
    assert catalogue_breaks({}, {"marque.a.made.v1": {}}) == []
