"""One row of a file, before it is part of a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

LONGEST_CELL = 20_000
"""No field is half as long. What is longer is cut here, and its row refused."""

_LONG = 30_000

WHY: Final = {
    "row_malformed": "The line is not a JSON object.",
    "field_unknown": "The row has a field that no report has.",
    "field_twice": "The row has the same field twice.",
    "field_type": "A field is neither text, nor a truth, nor a list of texts.",
    "row_has_too_many_cells": "The row has more cells than there are columns.",
    "row_quotes": "The quotation marks of the row do not fit together. A cell that holds one stands in quotation marks "
    'itself, and each within it is doubled: "a ""b"" c" (RFC 4180).',
    "row_backslash_quotes": "A backslash before a quotation mark does not keep it in its cell. Put the cell in "
    'quotation marks, and double each within it: "a ""b"" c" (RFC 4180).',
    "cell_too_long": f"A cell has more than {LONGEST_CELL} characters.",
    "could_not_be_filed": "Filing failed again and again; the row can be sent once more.",
}
"""An error of a row's form, found before its content is read."""


@dataclass(slots=True)
class Row:
    """The cells of one row, and the number that a spreadsheet shows beside it.

    Attributes:
        code: why it cannot be read, where it cannot.
        rest: what of it has no column.
    """

    number: int
    cells: list[Any]
    code: str = ""
    rest: str = ""

    @classmethod
    def sound(cls, number: int, cells: list[Any], line: str = "") -> Self:
        """A row that can be read, unless it is too long."""
        if (len(line) if line else sum(map(len, cells))) > _LONG and any(_too_long(cell) for cell in cells):
            return cls(number, [_cut(cell) for cell in cells], "cell_too_long")
        return cls(number, cells)

    @classmethod
    def of_width(cls, number: int, cells: list[str], width: int) -> Self:
        """A row of a table that is so many columns wide."""
        if len(cells) == width:
            return cls.sound(number, cells)
        if len(cells) > width and any(cells[width:]):
            return cls.unsound(number, cells[:width], "row_has_too_many_cells", "\n".join(cells[width:]))
        return cls.sound(number, cells[:width] + [""] * (width - len(cells)))

    @classmethod
    def unsound(cls, number: int, cells: Sequence[Any], code: str, rest: str) -> Self:
        return cls(number, [_cut(cell) for cell in cells], code, rest[:LONGEST_CELL])


def _too_long(cell: Any) -> bool:
    if isinstance(cell, list):
        return sum(map(len, cell)) + len(cell) > LONGEST_CELL
    return isinstance(cell, str) and len(cell) > LONGEST_CELL


def _cut(cell: Any) -> Any:
    if not _too_long(cell):
        return cell
    return (cell if isinstance(cell, str) else " ".join(cell))[:LONGEST_CELL]
