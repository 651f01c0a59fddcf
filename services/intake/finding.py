"""Findings: what a check has to say of a report or a right, and how grave it is."""

from typing import Annotated

from pydantic import Field

from shared.contracts.codes import FindingSeverity, ReasonCode
from shared.contracts.things import Finding
from shared.runtime.inputs import Output


class FindingOut(Output):
    """A finding of a check."""

    code: ReasonCode
    severity: FindingSeverity
    message: Annotated[str, Field(max_length=2000)]
    pointer: Annotated[str, Field(max_length=200)] = Field("", description="JSON Pointer into the report")
    fix: Annotated[str, Field(max_length=2000)] | None = None


def blocks(code: ReasonCode, message: str, pointer: str, fix: str) -> Finding:
    """The report is refused."""
    return Finding(code=code, severity=FindingSeverity.BLOCKS, message=message, pointer=pointer, fix=fix)


def warns(code: ReasonCode, message: str, pointer: str, fix: str) -> Finding:
    """The report is taken, and is likely to fail or to come back with a question."""
    return Finding(code=code, severity=FindingSeverity.WARNS, message=message, pointer=pointer, fix=fix)


def informs(code: ReasonCode, message: str, pointer: str, fix: str) -> Finding:
    """Good to know."""
    return Finding(code=code, severity=FindingSeverity.INFORMS, message=message, pointer=pointer, fix=fix)
