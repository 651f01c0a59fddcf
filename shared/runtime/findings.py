"""A finding as answers show it: the same in every service."""

from typing import Annotated

from pydantic import Field

from shared.contracts.codes import FindingSeverity, ReasonCode
from shared.runtime.inputs import Output


class FindingOut(Output):
    """A finding of a check."""

    code: ReasonCode
    severity: FindingSeverity
    message: Annotated[str, Field(max_length=2000)]
    pointer: Annotated[str, Field(max_length=200)] = Field("", description="JSON Pointer into the report")
    fix: Annotated[str, Field(max_length=2000)] | None = None
