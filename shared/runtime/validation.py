"""Errors in the fields of a request, in words by which one can mend it.

A refusal by Pydantic says of each field what it is not. Here it also says which field, or which value, was probably
meant, and all that may stand there. Nothing of this is made for a request that is right.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import TypeAliasType

from shared.runtime.errors import FieldError
from shared.runtime.suggestions import MOST_IN_AN_ANSWER, nearest

MOST_ERRORS: Final = 100
_MOST_NAMED: Final = 40
_QUOTED = re.compile(r"'([^']*)'")
_VALUE_ERROR: Final = "Value error, "


def pointer_to(path: Sequence[str | int]) -> str:
    """A JSON Pointer (RFC 6901) from the steps of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def printable(text: str) -> str:
    """Text that can be sent and shown, whatever a request put into it."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in whole)


def body_errors(found: Iterable[Mapping[str, Any]], shape: Any = None, body: Any = None) -> list[FieldError]:
    """Return what Pydantic has found in a body, or in a part of one.

    Args:
        found: its errors, with `ctx` and `input` where suggestions are wanted; their places begin at the body.
        shape: the type that the body was read as, for the names of fields that there are.
        body: what was read.
    """
    return list(_listed(itertools.islice(found, MOST_ERRORS), shape, body))


def parameter_errors(found: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Return what Pydantic has found outside the body; the first step of a place says where, the second its name."""
    errors, first = [], list(itertools.islice(found, MOST_ERRORS))
    for one, told in zip(first, _listed(first, None, None), strict=True):
        place, *steps = one["loc"]
        name = printable(str(steps[0] if steps else place))[:255]
        errors.append(FieldError("", told.code, told.message, name, told.suggestion, told.allowed))
    return errors


def _listed(found: Iterable[Mapping[str, Any]], shape: Any, body: Any) -> Iterator[FieldError]:
    suggested = 0
    for one in found:
        kind, steps, context = one["type"], tuple(one["loc"]), one.get("ctx") or {}
        message = str(one["msg"]).removeprefix(_VALUE_ERROR)
        word: object = None
        allowed: tuple[str, ...] = ()
        if kind == "extra_forbidden" and steps:
            word = str(steps[-1])
            allowed = tuple(sorted(_names(shape, body, steps[:-1]))) if suggested < MOST_IN_AN_ANSWER else ()
            message = "Unknown field"
        elif kind in {"enum", "literal_error"}:
            word, allowed = one.get("input"), tuple(_QUOTED.findall(str(context.get("expected", ""))))
        elif kind == "union_tag_invalid":
            word, allowed = context.get("tag"), tuple(_QUOTED.findall(str(context.get("expected_tags", ""))))
            steps = (*steps, *_QUOTED.findall(str(context.get("discriminator", ""))))
            message = f"Input should be {', '.join(allowed)}"
        elif kind == "union_tag_not_found":
            steps = (*steps, *_QUOTED.findall(str(context.get("discriminator", ""))))
            message = "Field required: it says of which kind this is"
        meant = nearest(word, allowed) if isinstance(word, str) and suggested < MOST_IN_AN_ANSWER else None
        suggested += word is not None
        if meant is not None:
            message += f"; did you mean {meant}?"
        elif kind == "extra_forbidden" and allowed:
            message += f"; known here are {', '.join(allowed[:_MOST_NAMED])}"
        yield FieldError(
            printable(pointer_to(steps))[:2048], str(kind), printable(message)[:2048], None, meant,
            allowed[:_MOST_NAMED] if kind != "extra_forbidden" else (),
        )  # fmt: skip


def _names(shape: Any, body: Any, steps: Sequence[str | int]) -> set[str]:
    """Return the names of the fields that the object at this place may have."""
    kinds = list(_models(shape, body))
    for step in steps:
        if isinstance(step, int):
            body = body[step] if isinstance(body, list) and step < len(body) else None
            kinds = [inner for kind in kinds for item in _items(kind) for inner in _models(item, body)]
        else:
            body = body.get(step) if isinstance(body, dict) else None
            kinds = [inner for kind in kinds for inner in _models(_field(kind, step), body)]
    return {field.alias or name for kind in kinds if _is_model(kind) for name, field in kind.model_fields.items()}


def _models(shape: Any, value: Any) -> Iterator[Any]:
    """Return the models and the lists that a type allows; of models told apart by a field, the one that was chosen."""
    if isinstance(shape, TypeAliasType):
        shape = shape.__value__
    if get_origin(shape) is Annotated:
        yield from _models(get_args(shape)[0], value)
    elif _is_model(shape):
        if _may_be(shape, value):
            yield shape
    elif get_origin(shape) in {list, tuple, set, frozenset}:
        yield shape
    else:
        for inner in get_args(shape):
            yield from _models(inner, value)


def _items(shape: Any) -> tuple[Any, ...]:
    return () if _is_model(shape) else get_args(shape)[:1]


def _field(shape: Any, name: str) -> Any:
    fields = shape.model_fields if _is_model(shape) else {}
    return next((field.annotation for own, field in fields.items() if name in {own, field.alias}), None)


def _may_be(model: type[BaseModel], value: Any) -> bool:
    """Return whether the fields of this value that have one value in the model have that one."""
    if not isinstance(value, dict):
        return True
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is Literal and name in value:
            fixed = [one.value if isinstance(one, Enum) else one for one in get_args(field.annotation)]
            if value[name] not in fixed:
                return False
    return True


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)
