"""Where ids are made: TypeIDs over UUIDv7 (RFC 9562, section 5.7), so that they sort by time."""

from typing import TypeVar

from uuid_utils import uuid7

from shared.contracts.ids import TypeId

T = TypeVar("T", bound=TypeId)


def new_id(kind: type[T]) -> T:
    """A new id of this kind."""
    return kind.of(uuid7())
