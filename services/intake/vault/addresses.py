"""Addresses of the web and of people, as patterns that the published document can show."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from shared.contracts.ids import EvidenceId

_UNSEEN = r"\s\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069"
"""Characters that no address holds: spaces, control characters, and what changes the direction of writing."""

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)
"""Characters without width (Unicode, Default_Ignorable_Code_Point), which programs leave where words may break."""


def seen(text: str) -> str:
    """Return a text as it is seen: without invisible characters, and without the space of any kind around it."""
    return text.strip() if text.isascii() else _INVISIBLE.sub("", text).strip()


def _seen(value: object) -> object:
    return seen(value) if isinstance(value, str) else value


Seen: Final = BeforeValidator(_seen)
"""Takes invisible characters out of an address before it is looked at: they come with a copy, and belong to none."""

AddressOrEvidence = Annotated[
    str,
    Field(
        min_length=8,
        max_length=2048,
        pattern=rf"^(https?://[^/?#{_UNSEEN}][^{_UNSEEN}]*|{EvidenceId.prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}})$",
        description="A web address or, what lasts, the id of evidence of the account",
    ),
    Seen,
]
EmailAddress = Annotated[str, Field(max_length=320, pattern=rf"^([^@{_UNSEEN}]{{1,64}}@[^@{_UNSEEN}]{{1,253}})?$")]
