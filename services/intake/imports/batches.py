"""Rows gathered to reports, and reports to batches, which are filed each in one transaction.

Rows that follow one another and say the same of the report (its right, claim, reference, explanation and so on) become
one report, with an item for each row; a row that says something else begins the next one. A report has 500 items at
most, and so little text that its event fits the broker's messages however many cells are filled.
"""

from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import orjson

from services.intake.imports.layout import Layout
from services.intake.imports.rows import Row
from services.intake.reports.report_body import MOST_ITEMS

_ROWS = 1000
_TEXT = 524_288
_TEXT_OF_REPORT = 262_144


@dataclass(frozen=True, slots=True)
class Batch:
    """The content of one transaction: the rows of each report, and those that cannot be read."""

    groups: list[list[Row]]
    unsound: list[Row]

    @classmethod
    def of(cls, content: bytes) -> "Batch":
        groups, unsound = orjson.loads(content)
        return cls([[Row(number, cells) for number, cells in rows] for rows in groups], [Row(*row) for row in unsound])

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group]


class Gathering:
    """Gathers the rows of one file, one by one."""

    def __init__(self, layout: Layout) -> None:
        places = [place for place, _, _ in layout.of_report]
        self._says = itemgetter(*places) if places else _nothing
        self._last: Any = None
        self._length = 0
        self._begin()

    def _begin(self) -> None:
        self._groups: list[list[tuple[int, list[Any]]]] = []
        self._unsound: list[tuple[int, list[Any], str, str]] = []
        self._rows = 0
        self._text = 0

    def add(self, row: Row) -> bytes | None:
        """Add a row; the batch that it found complete, if it did."""
        complete = None
        length = sum(map(_length, row.cells)) + len(row.rest)
        if row.code:
            if self._is_full(most=2 * _ROWS):
                complete = self._close()
            self._unsound.append((row.number, row.cells, row.code, row.rest))
        else:
            says = self._says(row.cells)
            report = self._groups[-1] if self._groups else None
            if (
                report is None
                or says != self._last
                or len(report) == MOST_ITEMS
                or self._length + length > _TEXT_OF_REPORT
            ):
                if self._is_full(most=_ROWS):
                    complete = self._close()
                report = []
                self._groups.append(report)
                self._last, self._length = says, 0
            report.append((row.number, row.cells))
            self._length += length
        self._rows += 1
        self._text += length
        return complete

    def end(self) -> bytes:
        """The last batch."""
        return self._close()

    def _is_full(self, *, most: int) -> bool:
        return self._rows >= most or self._text >= _TEXT

    def _close(self) -> bytes:
        content = orjson.dumps((self._groups, self._unsound))
        self._begin()
        return content


def _nothing(_: list[Any]) -> tuple[()]:
    return ()


def _length(cell: Any) -> int:
    if isinstance(cell, str):
        return len(cell)
    return sum(map(len, cell)) if isinstance(cell, list) else 5
