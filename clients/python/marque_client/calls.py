"""The way from a call of the core to a request: its arguments, its body, its type."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any


class Plain(dict[str, Any]):
    """A body that the caller wrote as JSON, sent as it is: the platform says what is wrong with it, and was meant."""

    def to_dict(self) -> dict[str, Any]:
        return self


class Code(str):
    """A code that the caller wrote as text, where the core takes members of its lists too."""

    __slots__ = ()

    @property
    def value(self) -> str:
        return str(self)


def prepared(operation: ModuleType, content_type: str | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of `httpx.Client.request`."""
    body = arguments.get("body")
    if isinstance(body, Mapping):
        arguments = {**arguments, "body": Plain(body)}
    written = {name: _written(value) for name, value in given(**arguments).items()}
    request: dict[str, Any] = operation._get_kwargs(**written)  # noqa: SLF001 - of our own core
    headers = request.setdefault("headers", {})
    if "files" in request:  # httpx chooses a boundary that does not stand in the file
        headers.pop("Content-Type", None)
    if hasattr(request.get("content"), "read"):
        request["content"] = request["content"].read()
    if content_type is not None:
        headers["Content-Type"] = content_type
    return request


def given(**arguments: Any) -> dict[str, Any]:
    """Return the arguments that are not None."""
    return {name: value for name, value in arguments.items() if value is not None}


def _written(value: Any) -> Any:
    if type(value) is str:
        return Code(value)
    return [_written(one) for one in value] if isinstance(value, list | tuple) else value
