"""Rows out of a file of JSON Lines that comes in pieces."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from services.intake.imports.errors import ImportMalformed
from services.intake.imports.fields import FIELDS
from services.intake.imports.lines import Lines
from services.intake.imports.rows import Row

_PLAIN = (str, bool, type(None))


class JsonRows:
    """Cuts text into rows, each with its cells in the order of the fields."""

    def __init__(self, mapping: Mapping[str, str | None]) -> None:
        self._lines = Lines()
        self._met_one = False
        self._names = {**{field: field for field in FIELDS}, **mapping}

    def feed(self, text: str, *, last: bool = False) -> Iterator[Row]:
        """The rows that are whole now. Raises `ImportMalformed` where one does not end."""
        number = self._lines.number
        for line in self._lines.feed(text, last=last):
            if line and not line.isspace():
                row = self._row(number, line)
                if row.code == "row_malformed" and not self._met_one:
                    raise ImportMalformed(f"Line {number} is not a JSON object.")
                self._met_one = True
                yield row
            number += 1

    def _row(self, number: int, line: str) -> Row:
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            return Row.unsound(number, [], "row_malformed", line)
        if not isinstance(found, dict):
            return Row.unsound(number, [], "row_malformed", line)
        cells: dict[str, Any] = {}
        for name, value in found.items():
            if name not in self._names:
                return Row.unsound(number, [], "field_unknown", line)
            field = self._names[name]
            if field is None:
                continue
            if field in cells:
                return Row.unsound(number, [], "field_twice", line)
            if not _is_cell(value):
                return Row.unsound(number, [], "field_type", line)
            cells[field] = value
        return Row.sound(number, [cells.get(field) for field in FIELDS], line)


def _is_cell(value: Any) -> bool:
    """Text, a truth, nothing, or a list of texts: whatever a field of a row can be."""
    return isinstance(value, _PLAIN) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
