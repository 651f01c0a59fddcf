"""The codes of withdrawals."""

from enum import StrEnum, unique


@unique
class Withdrawal(StrEnum):
    """How the withdrawal of a report item stands that its reporter asked for."""

    REQUESTED = "requested"
    GRANTED = "granted"
    TOO_LATE = "too_late"
