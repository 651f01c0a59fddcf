"""Findings: what a check has to say of a report or a right, and how grave it is."""

from shared.contracts.codes import FindingSeverity, ReasonCode
from shared.contracts.things import Finding


def blocks(code: ReasonCode, message: str, pointer: str, fix: str) -> Finding:
    """The report is refused."""
    return Finding(code=code, severity=FindingSeverity.BLOCKS, message=message, pointer=pointer, fix=fix)


def warns(code: ReasonCode, message: str, pointer: str, fix: str) -> Finding:
    """The report is taken, and is likely to fail or to come back with a question."""
    return Finding(code=code, severity=FindingSeverity.WARNS, message=message, pointer=pointer, fix=fix)


def informs(code: ReasonCode, message: str, pointer: str, fix: str) -> Finding:
    """Good to know."""
    return Finding(code=code, severity=FindingSeverity.INFORMS, message=message, pointer=pointer, fix=fix)
