"""Addresses of the web and of people, as patterns that the published document can show."""

from typing import Annotated

from pydantic import Field

_UNSEEN = r"\s\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069"
"""What no address holds: spaces, control characters, and what changes the direction of writing."""

WebAddress = Annotated[
    str,
    Field(min_length=8, max_length=2048, pattern=rf"^https?://[^/?#{_UNSEEN}][^{_UNSEEN}]*$"),
]
EmailAddress = Annotated[str, Field(max_length=320, pattern=rf"^([^@{_UNSEEN}]{{1,64}}@[^@{_UNSEEN}]{{1,253}})?$")]
