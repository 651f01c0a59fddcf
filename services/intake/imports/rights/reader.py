"""A file of rights as it comes: cut into rows, of which no more are kept than one call may bring."""

from collections.abc import Mapping

from services.intake.imports.csv_rows import CsvRows, Damaged
from services.intake.imports.errors import ImportEmpty, ImportMalformed, ImportTooManyRows
from services.intake.imports.layout import fields_of
from services.intake.imports.rights.fields import RIGHTS
from services.intake.imports.rows import WHY, Row
from services.intake.imports.text import Text
from shared.runtime.errors import TooLarge


class RightsFile:
    """Reads one file. Its columns are checked before a row is looked at."""

    def __init__(
        self,
        mapping: Mapping[str, str | None],
        defaults: Mapping[str, str],
        *,
        most_rows: int,
        most_bytes: int,
        charset: str = "",
    ) -> None:
        """Raises `ImportNotText` where nobody knows the charset."""
        self.rows: list[Row] = []
        self.header: list[str] = []
        self.fields: list[str | None] = []
        self._mapping = mapping
        self._defaults = defaults
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._size = 0
        self._number = 0
        self._text = Text(charset)
        self._csv = CsvRows()

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        """Take in what came. Raises one of the errors of `refused`, or `TooLarge`."""
        self._size += len(piece)
        if self._size > self._most_bytes:
            raise TooLarge(f"The limit here is {self._most_bytes} bytes; more came.")
        for cells in self._csv.feed(self._text.feed(piece, last=last), last=last):
            self._number += 1
            if isinstance(cells, Damaged):
                self._damaged(cells)
            elif any(map(str.strip, cells)):
                self._row(cells)
        if last and not self.rows:
            raise ImportEmpty

    def _row(self, cells: list[str]) -> None:
        if not self.header:
            self.fields = fields_of(cells, self._mapping, self._defaults, RIGHTS, self._csv.delimiter)
            self.header = cells
            return
        self._add(Row.of_width(self._number, cells, len(self.header)))

    def _damaged(self, found: Damaged) -> None:
        if not self.header:
            raise ImportMalformed(f"The columns' names, in line {self._number}: {WHY[found.code]}")
        self._add(Row.unsound(self._number, [], found.code, found.line))

    def _add(self, row: Row) -> None:
        if len(self.rows) == self._most_rows:
            raise ImportTooManyRows(f"One file has {self._most_rows} rights at most; send the rest as another.")
        self.rows.append(row)
