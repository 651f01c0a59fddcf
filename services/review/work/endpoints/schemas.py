"""Fields that several bodies of work share."""

from typing import Annotated

from pydantic import Field

from shared.runtime.inputs import Line

Token = Annotated[Line, Field(min_length=1, max_length=200)]
"""The token of a lease, as it was handed out."""
