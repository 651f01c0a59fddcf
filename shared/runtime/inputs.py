"""Types of request fields: models that refuse unknown fields, and text, numbers and dates that mean what they say.

JSON has types, so `"1"` is not a number and `1` is not true. Text that PostgreSQL cannot keep (NUL) or that shows a
reader something else than it says (bidirectional overrides, Unicode TR 36) is refused with its place.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt
from pydantic_core import PydanticCustomError

from shared.contracts.dates import Day as Day  # noqa: PLC0414 - inputs and events write dates alike
from shared.contracts.dates import Instant as Instant  # noqa: PLC0414 - see above

_FAULTS = (
    ("text_lone_surrogate", re.compile("[\ud800-\udfff]"), "The text holds half a character (a lone surrogate)"),
    (
        "text_control_character",
        re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"),
        "The text holds a control character",
    ),
    (
        "text_bidi_override",
        re.compile("[\u202a-\u202e\u2066-\u2069]"),
        "The text holds a character that changes the direction of writing",
    ),
)
_BREAK = re.compile(r"[\t\n\r\u2028\u2029]")


Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A version of a thing, which grows by one with each change."""


class Input(BaseModel):
    """The body of a request. What it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Output(BaseModel):
    """The body of an answer."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def fault_of(text: str) -> tuple[str, str] | None:
    """The code and the message of what no text of a request may hold; None where it is sound."""
    for code, pattern, message in _FAULTS:
        if pattern.search(text):
            return code, message
    return None


def harmless(text: object) -> object:
    """Replace what no text of a request may hold: for what others have written and is shown as it is.

    Every character of that becomes U+FFFD, so that it is seen that something was there.
    """
    if isinstance(text, str) and not text.isprintable():
        for _, pattern, _ in _FAULTS:
            text = pattern.sub("\N{REPLACEMENT CHARACTER}", text)
    return text


def _prose(text: str) -> str:
    if text.isprintable():  # nearly every text: the patterns take ten times as long
        return text
    for code, pattern, message in _FAULTS:
        if pattern.search(text):
            raise PydanticCustomError(code, message)
    return text


def _line(text: str) -> str:
    if _BREAK.search(_prose(text)):
        raise PydanticCustomError("text_line_break", "The text holds a line break or a tab")
    return text


Prose = Annotated[str, AfterValidator(_prose)]
"""Text of many lines. Give a length: `Annotated[Prose, Field(max_length=...)]`."""

Line = Annotated[str, AfterValidator(_line)]
"""Text of one line, such as a name."""

Harmless = Annotated[str, BeforeValidator(harmless)]
"""Text that others have written, such as a listing's: never refused for its characters. Give a length."""

Name = Annotated[Line, Field(min_length=1, max_length=200)]
Whole = StrictInt
Flag = StrictBool
