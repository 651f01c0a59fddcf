"""Any event there could be, made from the types of its fields."""

import types
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, JsonValue, ValidationError

from shared.contracts.ids import TypeId

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    AwareDatetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    type(None): st.none(),
    JsonValue: _JSON,
}


def models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of a model, with its optional fields there or not."""
    fields = model.model_fields.items()
    must = {name: _values(field.annotation) for name, field in fields if field.is_required()}
    may = {name: _values(field.annotation) for name, field in fields if not field.is_required()}
    drawn = st.fixed_dictionaries(must, optional=may)
    return drawn.filter(lambda values: _holds(model, values)).map(model.model_validate)


def _holds(model: type[BaseModel], values: dict[str, Any]) -> bool:
    """Whether the values go together: a validator of the whole may refuse what each field by itself permits."""
    try:
        model.model_validate(values)
    except ValidationError:
        return False
    return True


def _values(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _values(arguments[0])
    if origin is list:
        return st.lists(_values(arguments[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(st.text(max_size=8), _values(arguments[1]), max_size=3)
    if origin in (Union, types.UnionType):
        return st.one_of(*(_values(argument) for argument in arguments))
    return _of_ours(annotation)


def _of_ours(kind: Any) -> st.SearchStrategy[Any]:
    if issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    if issubclass(kind, TypeId):
        return st.uuids().map(kind.of)
    assert issubclass(kind, BaseModel), kind
    return models(kind)
