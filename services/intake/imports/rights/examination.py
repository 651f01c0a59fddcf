"""The rows of a portfolio, each held to what a right must say that is put into the vault alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.intake.imports.layout import OURS
from services.intake.imports.refused_rows import lines, row_of
from services.intake.imports.rights.fields import PLACES, right_of
from services.intake.imports.rows import LONGEST_CELL, WHY, Row
from services.intake.vault.right_types import RightInput
from shared.contracts.ids import RightId
from shared.runtime.problems import pointer_to, printable

MOST_ERRORS = 10
"""Of one row; whoever mends these sees the others."""

Wrong = tuple[str, str, str]
"""An error of a row: a JSON Pointer into the right, a code, a sentence."""

_input: TypeAdapter[Any] = TypeAdapter(RightInput)


@dataclass
class Outcome:
    """The outcome of the rows of a file."""

    created: list[tuple[int, RightId]] = field(default_factory=list)
    merged: list[tuple[int, RightId]] = field(default_factory=list)
    """Rows that named further territories of a right which a row before them made."""
    refused: list[tuple[Row, list[Wrong]]] = field(default_factory=list)


class RowWrong(Exception):
    """The row makes no right."""

    def __init__(self, found: list[Wrong]) -> None:
        super().__init__()
        self.found = found[:MOST_ERRORS]


def given_in(row: Row, fields: Sequence[str | None], defaults: Mapping[str, str]) -> Any:
    """The right that a row tells of. Raises `RowWrong`."""
    if row.code:
        long = next((name for name, cell in zip(fields, row.cells, strict=False) if len(cell) >= LONGEST_CELL), None)
        place = pointer_to(PLACES[long]) if row.code == "cell_too_long" and long else ""
        raise RowWrong([(place, row.code, WHY[row.code])])
    try:
        return _input.validate_python(right_of(row.cells, fields, defaults))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RowWrong([_wrong(one["loc"], one["type"], one["msg"]) for one in found]) from None


def as_csv(refused: Sequence[tuple[Row, list[Wrong]]], header: Sequence[str]) -> str:
    """The refused rows in the columns in which they came, with what is wrong in front, to be mended and sent again."""
    rows = [row_of(row.number, row.cells, row.rest, _columns(wrong), len(header)) for row, wrong in refused]
    return lines([[*OURS, *header], *rows])


def _wrong(steps: Sequence[str | int], code: str, message: str) -> Wrong:
    if not steps and code.startswith("union_tag"):
        steps = ("type",)
    return printable(pointer_to(steps))[:2048], code, printable(message)[:4096]


def _columns(wrong: Sequence[Wrong]) -> list[Wrong]:
    return [(pointer[1:].replace("/", "_"), code, message) for pointer, code, message in wrong]
