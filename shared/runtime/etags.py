"""Versions of things as HTTP carries them: `ETag` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1)."""

from typing import Annotated

from fastapi import Header

from shared.runtime.errors import PreconditionFailed

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=64, description="The version last read")]


def etag(version: int) -> str:
    return f'"{version}"'


def require_match(if_match: str | None, version: int) -> None:
    """Raise `PreconditionFailed` where the caller has read another version than the one there is."""
    if if_match is None or if_match.strip() == "*":
        return
    if etag(version) not in (part.strip() for part in if_match.split(",")):
        raise PreconditionFailed(f"The current version is {version}.")
