"""Every text of a body is checked for what no text may hold: by its type, a pattern, or a check of its own."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

import gateway
import services
import shared
from shared.runtime.inputs import Input, Output


def _of_the_house() -> None:
    """Import every module, so that every model is known."""
    for package in (gateway, services, shared):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)


def _models(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in of.__subclasses__():
        yield model
        yield from _models(model)


def _unchecked(annotation: Any, checks: tuple[Any, ...]) -> bool:
    """Whether a value of this type may hold any text at all."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _unchecked(inner, (*checks, *more))
    if annotation is str:
        every = [one for check in checks for one in (check, *getattr(check, "metadata", ()))]
        return not any("Validator" in type(one).__name__ or getattr(one, "pattern", None) for one in every)
    kept = () if get_origin(annotation) in {list, dict, tuple, set, frozenset} else checks
    inner_types = [one for one in get_args(annotation) if one is not NoneType and not isinstance(one, str)]
    return any(_unchecked(one, kept) for one in inner_types)


def test_every_text_of_a_body_is_checked() -> None:
    _of_the_house()
    found = {
        f"{model.__module__}.{model.__name__}.{name}"
        for model in set(_models(Input))
        if model.__module__.partition(".")[0] in {"gateway", "services", "libraries", "shared"}
        for name, field in model.model_fields.items()
        if _unchecked(field.annotation, tuple(field.metadata))
    }
    assert not found, f"a text that may hold anything: take Line or Prose: {sorted(found)}"


TERMS = {"Earned", "Gives", "MisuseTerms", "Plain", "Restricted", "Standard", "Terms", "Tiers"}
"""The terms of standing come in as they are stored and applied: they are a value of the trade."""


def test_bodies_end_in_one_of_two_ways() -> None:
    """`XIn` comes in and `XOut` goes out, so that a reader of a rule sees which of its things are of the API."""
    _of_the_house()
    wrong = {
        model.__name__
        for base, ending in ((Input, "In"), (Output, "Out"))
        for model in set(_models(base))
        if model.__module__.partition(".")[0] in {"gateway", "services", "shared"}
        and not model.__name__.startswith(("_", "Page"))
        and not model.__name__.endswith("Page")  # which is named for what is on it
        and not model.__name__.endswith(ending)
    }
    assert wrong == TERMS
