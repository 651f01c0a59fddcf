"""Identifiers as partners see them: TypeIDs, a prefix that names the thing and a UUIDv7 in base32.

The specification is TypeID 0.3: a UUID of 128 bits as 26 characters of Crockford's base32, lower case, after a prefix
and an underscore. As the UUIDs are version 7 (RFC 9562, section 5.7), ids sort by the time they were made.
Nothing here makes an id: that needs a clock and chance, which the runtime holds.
"""

import re
from typing import Any, ClassVar, Protocol, Self
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SUFFIX_LENGTH = 26
_LOW = 2**60 - 1
_PREFIX = re.compile(r"[a-z]([a-z_]{0,61}[a-z])?")
_CAPITAL = re.compile(r"(?=[A-Z])")
_NOUNS: dict[str, str] = {}
_SUFFIX = f"[0-7][{_ALPHABET}]{{25}}"


class Numbered(Protocol):
    """A UUID, whichever library made it."""

    @property
    def int(self) -> int: ...


def encode_suffix(uuid: Numbered) -> str:
    """The 26 characters that stand for a UUID."""
    number, pairs = uuid.int, _PAIRS
    high, low = number >> 60, number & _LOW
    return (
        f"{pairs[high >> 60]}{pairs[high >> 50 & 1023]}{pairs[high >> 40 & 1023]}{pairs[high >> 30 & 1023]}"
        f"{pairs[high >> 20 & 1023]}{pairs[high >> 10 & 1023]}{pairs[high & 1023]}"
        f"{pairs[low >> 50]}{pairs[low >> 40 & 1023]}{pairs[low >> 30 & 1023]}"
        f"{pairs[low >> 20 & 1023]}{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
    )


def decode_suffix(suffix: str) -> UUID:
    """The UUID behind 26 characters. Raises `ValueError` where they stand for none."""
    if len(suffix) != _SUFFIX_LENGTH or suffix[0] > "7":
        raise ValueError("not the 26 characters of a TypeID")
    number = 0
    for character in suffix:
        value = _VALUES.get(character)
        if value is None:
            raise ValueError("not the base32 of a TypeID")
        number = number << 5 | value
    return UUID(int=number)


class TypeId(str):
    """An id of one kind of thing. A report's id is not a task's: each kind is a type of its own."""

    __slots__ = ()
    prefix: ClassVar[str]
    _shape: ClassVar[re.Pattern[str]]

    # An id is made and checked many times in every request, so both are done without a loop over its characters.
    def __init_subclass__(cls, *, prefix: str) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"{prefix!r} is not a prefix: up to 63 lower case letters, with underscores between them")
        cls.prefix = prefix
        _NOUNS[prefix] = _CAPITAL.sub(" ", cls.__name__.removesuffix("Id").removesuffix("Key")).lower().strip()
        cls._shape = re.compile(f"{prefix}_{_SUFFIX}")

    def __new__(cls, value: str) -> Self:
        if cls._shape.fullmatch(value):
            return str.__new__(cls, value)
        raise ValueError(cls._fault(value))

    @classmethod
    def _fault(cls, value: str) -> str:
        """Say why this is no id of the kind, and of which other kind it is."""
        given = value.partition("_")[0]
        if given == cls.prefix:
            return f"after {cls.prefix}_ an id has 26 characters of Crockford's base32, in lower case"
        if given in _NOUNS:
            return f"this is an id of another kind ({_NOUNS[given]}), not an id that starts with {cls.prefix}_"
        return f"not an id that starts with {cls.prefix}_"

    @classmethod
    def of(cls, uuid: Numbered) -> Self:
        """The id that stands for a UUID."""
        return str.__new__(cls, f"{cls.prefix}_{encode_suffix(uuid)}")

    @property
    def uuid(self) -> UUID:
        return decode_suffix(self[-_SUFFIX_LENGTH:])

    @classmethod
    def _checked(cls, value: Any, check: core_schema.ValidatorFunctionWrapHandler) -> Self:
        """An id that is one of this kind already was checked when it was made."""
        return value if type(value) is cls else cls(check(value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            cls._checked,
            core_schema.str_schema(max_length=len(cls.prefix) + 1 + _SUFFIX_LENGTH),
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^{cls.prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$",
            "maxLength": len(cls.prefix) + 1 + _SUFFIX_LENGTH,
        }


class AccountId(TypeId, prefix="acc"):
    """An organisation."""


class ClientId(TypeId, prefix="cli"):
    """One set of API credentials of an account."""


class RightId(TypeId, prefix="rgt"):
    """One intellectual property right in the vault."""


class AuthorityId(TypeId, prefix="aut"):
    """One document by which an account may act under rights that are not its own."""


class ReportId(TypeId, prefix="rep"):
    """One notice by one reporter about one right."""


class ItemId(TypeId, prefix="itm"):
    """One listing named in one report."""


class ImportId(TypeId, prefix="imp"):
    """One file of many rows, filed as reports in the background."""


class NoticeId(TypeId, prefix="ntc"):
    """One notice by someone without an account."""


class EvidenceId(TypeId, prefix="evd"):
    """One file shown in support of a claim."""


class CaptureId(TypeId, prefix="cap"):
    """One version of a listing as it was, frozen and hashed with its pictures."""


class TaskId(TypeId, prefix="tsk"):
    """The question whether one listing infringes one right."""


class JudgementId(TypeId, prefix="jdg"):
    """One reviewer's answer to one task."""


class DecisionId(TypeId, prefix="dec"):
    """The platform's answer to one task."""


class PolicyId(TypeId, prefix="pol"):
    """A rule book."""


class EscalationId(TypeId, prefix="esc"):
    """An escalation: what needs someone senior now."""


class EnforcementId(TypeId, prefix="enf"):
    """An action that the marketplace is asked to take."""


class RuleId(TypeId, prefix="rul"):
    """One severity rule."""


class SanctionId(TypeId, prefix="snc"):
    """A warning to a reporter, or its suspension."""


class EndpointId(TypeId, prefix="whk"):
    """A partner's address for webhooks."""


class DeliveryId(TypeId, prefix="dlv"):
    """One event on its way to one endpoint."""


class EventId(TypeId, prefix="evt"):
    """One event."""


class JobId(TypeId, prefix="job"):
    """Work that a service does in the background."""


class ListingKey(TypeId, prefix="lst"):
    """A listing, as the platform knows it."""
