"""The rows that were refused, as CSV: their own cells, with what is wrong in front, to be mended and sent again."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from services.intake.imports import statements
from services.intake.imports.layout import OURS
from shared.runtime.database import Database

_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: Any) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before what would begin one."""
    if isinstance(cell, list):
        cell = " ".join(cell)
    elif isinstance(cell, bool):
        cell = "true" if cell else "false"
    text = "" if cell is None else str(cell).replace("\x00", "\N{SYMBOL FOR NULL}")
    return f"'{text}" if text.startswith(_FORMULA) else text


def lines(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV that a spreadsheet opens safely."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([defused(cell) for cell in row])
    return text.getvalue()


async def refused_rows(database: Database, import_id: str, header: Sequence[str]) -> AsyncIterator[str]:
    """The file, piece by piece."""
    yield lines([[*OURS, *header]])
    after = -1
    while True:
        async with database.pool.acquire() as connection:
            rows = await statements.REFUSED_ROWS.all(connection, import_id=import_id, after=after, most=_AT_ONCE)
        if not rows:
            return
        after = rows[-1].row_number
        yield lines([_cells(row.row_number, row.content, len(header)) for row in rows])


def _cells(number: int, content: bytes, width: int) -> list[Any]:
    cells, rest, wrong = orjson.loads(content)
    return row_of(number, cells, rest, wrong, width)


def row_of(number: int, cells: Sequence[Any], rest: str, wrong: Sequence[Sequence[str]], width: int) -> list[Any]:
    """A refused row with what is wrong in front: of each thing the field, a code, a sentence."""
    codes = " ".join(dict.fromkeys(code for _, code, _ in wrong))
    sentences = " ".join(f"{field}: {sentence}" if field else sentence for field, _, sentence in wrong)
    return [number, codes, sentences, rest, *cells, *[""] * (width - len(cells))]
