"""Rows out of a CSV file that comes in pieces (RFC 4180; a comma, a semicolon or a tab between the cells)."""

import csv
import re
from collections.abc import Iterator, Sequence

from services.intake.domain.imports.lines import LONGEST_ROW, Lines, too_long
from services.intake.domain.imports.refused import ImportMalformed

_DELIMITERS = (",", ";", "\t")
csv.field_size_limit(LONGEST_ROW + 1)


class CsvRows:
    """Cuts text into rows of cells. An empty line is a row without cells, so that rows keep their numbers."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._delimiter = ""
        self._held: list[str] = []
        self._held_length = 0
        self._held_since = 0

    def feed(self, text: str, *, last: bool = False) -> Iterator[list[str]]:
        """The rows that are whole now. Raises `ImportMalformed` where one does not end."""
        first = self._lines.number
        lines = self._lines.feed(text, last=last)
        if not self._delimiter and (header := next(filter(str.strip, lines), None)):
            self._begin(header)
        if self._held or any('"' in line for line in lines):
            lines = self._whole(lines, first)
        if last and self._held:
            raise ImportMalformed(
                f"A cell that begins in line {self._held_since} opens with a quotation mark and is never closed."
            )
        if last and lines and not lines[-1]:
            lines = lines[:-1]
        yield from csv.reader(lines, delimiter=self._delimiter or ",")

    def _begin(self, line: str) -> None:
        """The first line says what stands between cells, and so where a quotation mark opens one.

        A quoted cell is opened by a mark at its start, ends with a mark that is not doubled, and may hold line ends.
        """
        self._delimiter = max(_DELIMITERS, key=line.count)
        other = f"[^{self._delimiter}]*+"
        cell = rf'(?:"(?:[^"]++|"")*+"{other}|(?!"){other})'
        more = rf"(?:{self._delimiter}{cell})*+"
        self._closed_at_start = re.compile(f"{cell}{more}")
        self._closed_within = re.compile(rf'(?:[^"]++|"")*+"{other}{more}')

    def _whole(self, lines: Sequence[str], number: int) -> list[str]:
        """The lines that make whole rows; what a quoted cell leaves open is held until it is closed."""
        ready: list[str] = []
        for place, line in enumerate(lines):
            if not self._held:
                self._held_since = number + place
            held = bool(self._held)
            self._held.append(line + "\n")
            self._held_length += len(line) + 1
            if '"' in line:
                pattern = self._closed_within if held else self._closed_at_start
                closed = pattern.fullmatch(line) is not None
            else:
                closed = not held
            if closed:
                ready += self._held
                self._held, self._held_length = [], 0
            elif self._held_length > LONGEST_ROW:
                raise too_long(self._held_since)
        return ready
