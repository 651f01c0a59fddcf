"""The source of a batch, and the outcome of its rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.intake.imports.layout import Layout
from services.intake.imports.rows import WHY, Row
from services.intake.reports.sender import Sender

Wrong = tuple[str, str, str]
"""An error of a row: the field, a code, a sentence."""


@dataclass
class Outcome:
    """The outcome of the rows of a batch."""

    filed: int = 0
    reports: int = 0
    refused: list[tuple[Row, list[Wrong]]] = field(default_factory=list)

    @property
    def settled(self) -> int:
        return self.filed + len(self.refused)


@dataclass(frozen=True)
class Source:
    """The import that a batch is of."""

    sender: Sender
    layout: Layout
    defaults: Mapping[str, Any]


def refusals(rows: Iterable[Row]) -> list[tuple[Row, list[Wrong]]]:
    """Rows that cannot be filed, whatever they say."""
    return [(row, [("", row.code, WHY[row.code])]) for row in rows]
