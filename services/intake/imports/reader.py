"""A file as it comes, read into batches: its columns are checked first, then every row finds its place."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.intake.imports import layout
from services.intake.imports.batches import Gathering
from services.intake.imports.csv_rows import CsvRows, Damaged
from services.intake.imports.errors import ImportEmpty, ImportMalformed, ImportTooManyRows
from services.intake.imports.json_rows import JsonRows
from services.intake.imports.layout import Layout
from services.intake.imports.rows import WHY, Row
from services.intake.imports.text import Text


class Reader:
    """Reads one file. What it gives back is all that it holds of it, but for one row and one batch."""

    def __init__(
        self,
        format: str,  # noqa: A002 - the field's name
        mapping: Mapping[str, str | None],
        defaults: Mapping[str, Any],
        *,
        most_rows: int,
        charset: str = "",
    ) -> None:
        """Raises `ImportColumnsWrong`, `ImportNotText`."""
        self.rows = 0
        self.layout: Layout | None = None
        self._mapping = mapping
        self._defaults = defaults
        self._most_rows = most_rows
        self._text = Text(charset)
        self._csv = CsvRows()
        self._json = JsonRows(mapping)
        self._number = 0
        if format == "jsonl":
            self._use(layout.of_json(mapping, defaults))

    def _use(self, found: Layout) -> None:
        self.layout = found
        self._gathering = Gathering(found)

    def feed(self, piece: bytes, *, last: bool = False) -> Iterator[bytes]:
        """The batches that are complete now. Raises one of the errors of `refused`."""
        text = self._text.feed(piece, last=last)
        rows = self._of_csv if self.layout is None or self.layout.format == "csv" else self._json.feed
        for row in rows(text, last=last):
            self.rows += 1
            if self.rows > self._most_rows:
                raise ImportTooManyRows(f"One import has {self._most_rows} rows at most; send the rest as another.")
            if complete := self._gathering.add(row):
                yield complete
        if last:
            if not self.rows:
                raise ImportEmpty
            yield self._gathering.end()

    def _of_csv(self, text: str, *, last: bool) -> Iterator[Row]:
        for cells in self._csv.feed(text, last=last):
            self._number += 1
            if isinstance(cells, Damaged):
                if self.layout is None:
                    raise ImportMalformed(f"The columns' names, in line {self._number}: {WHY[cells.code]}")
                yield Row.unsound(self._number, [], cells.code, cells.line)
                continue
            if not (cells and cells[0].strip()) and not any(map(str.strip, cells)):
                continue
            if self.layout is None:
                self._use(layout.of_header(cells, self._mapping, self._defaults, self._csv.delimiter))
                continue
            yield Row.of_width(self._number, cells, len(self.layout.header))
