"""The table of the internal tools: a file in the home of a platform, and `deploy/tools.json` for a deployment.

A tool is known by its public key alone (an nkey of NATS); the seed of it is the tool's, and is kept nowhere here.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from deploy import registry
from deploy.local import private
from deploy.local.errors import CannotStartError, HomeUnusableError
from deploy.tools import permissions
from shared.contracts.addresses import OUTSIDE, TOOL_NAME

DEPLOYED = Path(__file__).parents[1] / "tools.json"
_RESERVED = {*registry.names(), OUTSIDE, "marque", "tools"}


class ToolError(CannotStartError):
    """A tool that cannot be added, or is not there; the text is one line for the operator."""


class Tool(BaseModel):
    """An internal tool: its public key, and the nouns of the events that it reads and publishes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    public_key: str
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not TOOL_NAME.fullmatch(name) or name in _RESERVED:
            raise ValueError(f"{name!r} is no name of a tool: 2 to 31 of a-z, 0-9 and -, and none of the services'")
        return name

    @field_validator("public_key")
    @classmethod
    def _is_a_users_key(cls, key: str) -> str:
        if not (key.isascii() and key.isalnum() and key.startswith("U") and len(key) == 56):
            raise ValueError("the public key is no nkey of a user (U and 55 characters)")
        return key

    @field_validator("read")
    @classmethod
    def _may_be_read(cls, nouns: tuple[str, ...]) -> tuple[str, ...]:
        return _known(nouns, permissions.readable())

    @field_validator("write")
    @classmethod
    def _may_be_written(cls, nouns: tuple[str, ...]) -> tuple[str, ...]:
        return _known(nouns, permissions.writable())

    @property
    def durable(self) -> str:
        """The name of its durable consumer on the stream."""
        return f"tool_{self.name}"


def _known(nouns: tuple[str, ...], there: Sequence[str]) -> tuple[str, ...]:
    if wrong := sorted(set(nouns) - set(there)):
        raise ValueError(f"{', '.join(wrong)}: there are {', '.join(there)}")
    return tuple(sorted(set(nouns)))


def read_tools(path: Path) -> list[Tool]:
    """The tools of a table, by name; none where there is no file. Raises `HomeUnusableError`."""
    try:
        return [Tool.model_validate(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise private.named(error, path) from error
    except (ValueError, TypeError) as error:
        raise HomeUnusableError(path, f"it is no table of tools: {_first(error)}") from None


def make_tool(name: str, public_key: str, read: Sequence[str], write: Sequence[str]) -> Tool:
    """A tool with these permissions. Raises `ToolError`."""
    try:
        made = Tool(name=name, public_key=public_key, read=tuple(read), write=tuple(write))
    except ValidationError as error:
        raise ToolError(_first(error)) from None
    if not made.read and not made.write:
        raise ToolError(f"{name} would neither read nor publish anything: give --read or --write")
    return made


def add(path: Path, tool: Tool) -> None:
    """Write a tool into the table. Raises `ToolError` where there is one of its name."""
    there = read_tools(path)
    if any(one.name == tool.name for one in there):
        raise ToolError(f"there is a tool {tool.name} already: revoke it first, or take another name")
    _write(path, [*there, tool])


def remove(path: Path, name: str) -> None:
    """Take a tool out of the table. Raises `ToolError` where there is none of this name."""
    there = read_tools(path)
    if all(one.name != name for one in there):
        raise ToolError(f"there is no tool {name}: {', '.join(one.name for one in there) or 'there are none at all'}")
    _write(path, [one for one in there if one.name != name])


def _write(path: Path, tools: Sequence[Tool]) -> None:
    table = [tool.model_dump() for tool in sorted(tools, key=lambda tool: tool.name)]
    private.write(path, json.dumps(table, indent=2).encode() + b"\n")


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    return str(error)
