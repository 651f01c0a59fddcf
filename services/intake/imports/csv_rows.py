"""Rows out of a CSV file that comes in pieces (RFC 4180; a comma, semicolon, tab or vertical bar between the cells)."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.intake.imports.errors import ImportMalformed
from services.intake.imports.lines import LONGEST_ROW, Lines, too_long

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_QUOTED: Final = re.compile(r'"[^"]*"?')
# The first line of a file that a spreadsheet wrote for itself: it says what stands between the cells.
_SEPARATOR: Final = re.compile(r'"?sep=([^"\s]|\t)"?\s*', re.IGNORECASE)
csv.field_size_limit(LONGEST_ROW + 1)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A line whose quotation marks do not fit together, so that nobody can tell its cells apart."""

    line: str
    code: str

    @classmethod
    def of(cls, line: str) -> "Damaged":
        line = line.removesuffix("\n")
        return cls(line, "row_backslash_quotes" if '\\"' in line else "row_quotes")


class CsvRows:
    """Cuts text into rows of cells. An empty line is a row without cells, so that rows keep their numbers."""

    def __init__(self) -> None:
        self._lines = Lines()
        self.delimiter = ""
        self._held: list[str] = []
        self._held_length = 0
        self._held_since = 0

    def feed(self, text: str, *, last: bool = False) -> Iterator[list[str] | Damaged]:
        """The rows that are whole now. Raises `ImportMalformed` where one does not end."""
        first = self._lines.number
        lines = self._lines.feed(text, last=last)
        if not self.delimiter:
            self._begin(lines)
        if self._held or any('"' in line for line in lines):
            yield from self._quoted(lines, first, last=last)
            return
        if last and lines and not lines[-1]:
            lines = lines[:-1]
        yield from csv.reader(lines, delimiter=self.delimiter or ",")

    def _begin(self, lines: list[str]) -> None:
        """The first line says what stands between cells, and so where a quotation mark opens one.

        A quoted cell is opened by a mark at its start, ends with a mark that is not doubled, and may hold line ends.
        """
        place = next((place for place, line in enumerate(lines) if line.strip()), None)
        if place is None:
            return
        if said := _SEPARATOR.fullmatch(lines[place]):
            self.delimiter = said[1]
            lines[place] = ""
        else:
            header = _QUOTED.sub("", lines[place])
            self.delimiter = max(DELIMITERS, key=header.count)
        mark = re.escape(self.delimiter)
        quoted, plain = r'"(?:[^"]++|"")*+"', rf'(?!")[^"{mark}]*+'
        cells = rf"(?:{quoted}|{plain})(?:{mark}(?:{quoted}|{plain}))*+"
        opened = rf'(?:(?:{quoted}|{plain}){mark})*+"(?:[^"]++|"")*+'
        rest = r'(?:[^"]++|"")*+'
        self._closed_at_start = re.compile(cells)
        self._open_at_start = re.compile(opened)
        self._closed_within = re.compile(rf'{rest}"(?:{mark}(?:{quoted}|{plain}))*+')
        self._open_within = re.compile(rf'{rest}(?:"{mark}{opened})?+')

    def _quoted(self, lines: Sequence[str], number: int, *, last: bool) -> Iterator[list[str] | Damaged]:
        """The rows of lines in which there are quotation marks; what one leaves open is held until it is closed.

        Where the marks do not fit together, each line since the cell was opened is a row that cannot be read: which
        of them belongs to which row, nobody can tell.
        """
        ready: list[str] = []
        for place, line in enumerate(lines):
            if not self._held:
                self._held_since = number + place
            held = bool(self._held)
            if not held and '"' not in line:
                ready.append(line)
                continue
            self._held.append(line + "\n")
            self._held_length += len(line) + 1
            if (self._closed_within if held else self._closed_at_start).fullmatch(line):
                ready += self._held
            elif (self._open_within if held else self._open_at_start).fullmatch(line):
                if self._held_length > LONGEST_ROW:
                    raise too_long(self._held_since)
                continue
            else:
                yield from csv.reader(ready, delimiter=self.delimiter)
                yield from map(Damaged.of, self._held)
                ready = []
            self._held, self._held_length = [], 0
        if last and self._held:
            raise ImportMalformed(
                f"A cell that begins in line {self._held_since} opens with a quotation mark and is never closed."
            )
        if last and ready and not ready[-1]:
            ready = ready[:-1]
        yield from csv.reader(ready, delimiter=self.delimiter)
