"""Every text of a body is checked for what no text may hold: by its type, a pattern, or a check of its own."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import gateway
import services
import shared
from shared.runtime.inputs import Input


def _of_the_house() -> None:
    """Import every module, so that every model is known."""
    for package in (gateway, services, shared):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)


def _models(of: type[Input]) -> Iterator[type[Input]]:
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
