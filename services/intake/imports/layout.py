"""The meaning of a file's columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.intake.imports.csv_rows import DELIMITERS
from services.intake.imports.errors import ImportColumnsWrong
from services.intake.imports.fields import FIELDS, NEEDED, OF_ITEM, OF_REPORT
from services.intake.vault.addresses import seen
from shared.runtime.errors import FieldError
from shared.runtime.inputs import fault_of
from shared.runtime.problems import pointer_to, printable

MOST_COLUMNS = 200
LONGEST_NAME = 200
OURS = ("import_row", "import_codes", "import_errors", "import_rest")
"""Columns of the refused rows, as they are given back: a mended file may be sent with them."""

_PLACE = re.compile(r"#([1-9][0-9]{0,2})")
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class Vocabulary:
    """The fields that the columns of a file can hold, those that it cannot do without, and what a row tells of."""

    fields: Sequence[str]
    needed: Sequence[str]
    of: str


REPORTS = Vocabulary(FIELDS, NEEDED, "a report")


@dataclass(frozen=True)
class Layout:
    """The columns of a file: their names as they stand there, and the field that each one holds, if any."""

    format: str
    header: Sequence[str]
    fields: Sequence[str | None]

    @cached_property
    def of_report(self) -> list[tuple[int, str, tuple[str, ...]]]:
        """Of each column that tells of the report: its place, its field, and where the report has it."""
        return [(place, name, OF_REPORT[name]) for place, name in enumerate(self.fields) if name and name in OF_REPORT]

    @cached_property
    def of_item(self) -> list[tuple[int, str, str]]:
        """The same of each column that tells of the item."""
        return [(place, name, OF_ITEM[name]) for place, name in enumerate(self.fields) if name and name in OF_ITEM]

    def as_json(self) -> dict[str, Any]:
        return {"format": self.format, "header": self.header, "fields": self.fields}


def of_json(mapping: Mapping[str, str | None], defaults: Mapping[str, Any]) -> Layout:
    """The rows of JSON Lines name their fields; their cells stand in one order here. Raises `ImportColumnsWrong`."""
    _check([], [*FIELDS], defaults, REPORTS)
    for name, field in mapping.items():
        _known(name, field, REPORTS)
    return Layout("jsonl", FIELDS, FIELDS)


def of_header(
    header: Sequence[str], mapping: Mapping[str, str | None], defaults: Mapping[str, Any], delimiter: str
) -> Layout:
    """The columns of a CSV file of reports, by its first row. Raises `ImportColumnsWrong`."""
    return Layout("csv", list(header), fields_of(header, mapping, defaults, REPORTS, delimiter))


def fields_of(
    header: Sequence[str],
    mapping: Mapping[str, str | None],
    defaults: Mapping[str, Any],
    known: Vocabulary,
    delimiter: str,
) -> list[str | None]:
    """The field that each column of a CSV file holds, if any. Raises `ImportColumnsWrong`."""
    if len(header) > MOST_COLUMNS or any(len(name) > LONGEST_NAME for name in header):
        raise ImportColumnsWrong(f"At most {MOST_COLUMNS} columns, their names up to {LONGEST_NAME} characters long.")
    if faults := [printable(name) for name in header if fault_of(name)]:
        raise ImportColumnsWrong(f"The name of a column holds a character that no text here may hold: {faults[0]}.")
    names = [seen(name).strip() for name in header]
    mapped = _places(names, mapping, known)
    try:
        fields = [mapped[place] if place in mapped else _field(name, known) for place, name in enumerate(names)]
        _check(names, fields, defaults, known)
    except ImportColumnsWrong as wrong:
        wrong.detail = f"{wrong.detail} The cells are told apart by {DELIMITERS.get(delimiter, printable(delimiter))}."
        raise
    return fields


def by_place(fields: Sequence[str | None]) -> dict[str, str | None]:
    """Return the mapping of columns that are named by their place alone."""
    return {f"#{place}": field for place, field in enumerate(fields, 1)}


def _places(names: Sequence[str], mapping: Mapping[str, str | None], known: Vocabulary) -> dict[int, str | None]:
    """Return the field of each column that the mapping names, by its name or, as `#3`, by its place.

    Places are counted from 1, and past the columns that refused rows are given back with.
    """
    ours = next((place for place, name in enumerate(names) if name not in OURS), 0)
    found: dict[int, str | None] = {}
    for name, field in mapping.items():
        named = [place for place, one in enumerate(names) if one == name.strip()]
        if not named and (place := _PLACE.fullmatch(name)):
            named = [at] if (at := ours + int(place[1]) - 1) < len(names) else []
        if not named:
            raise _wrong(name, "column_missing", f"The mapping names the column {printable(name)}, which is not there.")
        if len(named) > 1:
            places = " and ".join(f"#{place - ours + 1}" for place in named)
            message = f"{len(named)} columns are named {printable(name)}; map each by its place: {places}."
            raise _wrong(name, "column_twice", message)
        _known(name, field, known)
        found[named[0]] = field
    return found


def _field(name: str, known: Vocabulary) -> str | None:
    if not name or name in OURS:
        return None
    field = _BETWEEN_WORDS.sub("_", name.casefold())
    _known(name, field, known)
    return field


def _known(name: str, field: str | None, known: Vocabulary) -> None:
    if field is not None and field not in known.fields:
        raise _wrong(
            name,
            "column_unknown",
            f"The column {printable(name)} is no field of {known.of}. Give its field in the mapping, or null to leave "
            f"it out, by its name or by its place, such as #1; the fields are {', '.join(known.fields)}.",
        )


def _check(header: Sequence[str], fields: Sequence[str | None], defaults: Mapping[str, Any], known: Vocabulary) -> None:
    met: dict[str, str] = {}
    for name, field in zip(header, fields, strict=False):
        if field is not None and field in met:
            raise _wrong(name, "column_twice", f"The columns {met[field]} and {name} both hold {field}.")
        if field is not None:
            met[field] = printable(name)
    missing = [name for name in known.needed if name not in fields and not defaults.get(name)]
    if missing:
        raise ImportColumnsWrong(
            f"There is no column for {', '.join(missing)}, and no default.",
            errors=[FieldError("", "column_missing", f"No column holds {name}.") for name in missing],
        )


def _wrong(name: str, code: str, message: str) -> ImportColumnsWrong:
    return ImportColumnsWrong(message, errors=[FieldError(printable(pointer_to([name])), code, message)])
