"""Rows as the report that they make, and what is wrong with which of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from services.intake.imports.fields import place_of, read
from services.intake.imports.layout import Layout
from services.intake.imports.outcome import Wrong
from services.intake.imports.rows import Row
from services.intake.reports.report_body import ReportIn
from shared.contracts.things import Finding


class RowsWrong(Exception):
    """The rows make no report. `of_rows` has what is wrong with single ones, `of_all` what is wrong with all."""

    def __init__(self, of_rows: Mapping[int, list[Wrong]], of_all: list[Wrong]) -> None:
        super().__init__()
        self.of_rows = of_rows
        self.of_all = of_all


def body_of(rows: Sequence[Row], layout: Layout, defaults: Mapping[str, Any]) -> ReportIn:
    """The report that rows make. Raises `RowsWrong`."""
    body = {name: dict(value) if isinstance(value, dict) else value for name, value in defaults.items()}
    first = rows[0].cells
    for place, name, (*outer, inner) in layout.of_report:
        value = read(name, first[place])
        if value is not None:
            (body.setdefault(outer[0], {}) if outer else body)[inner] = value
    columns = layout.of_item
    items = []
    for row in rows:
        item: dict[str, Any] = {"evidence_ids": []}
        for place, name, key in columns:
            value = read(name, row.cells[place])
            if value is not None:
                item[key] = value
        items.append(item)
    try:
        return ReportIn.model_validate({**body, "items": items})
    except ValidationError as error:
        raise _wrong(error) from None


def against(findings: Sequence[Finding]) -> RowsWrong:
    """Return the findings by row."""
    return _sorted((*place_of(_steps(finding.pointer)), finding.code.value, finding.message) for finding in findings)


def _wrong(error: ValidationError) -> RowsWrong:
    return _sorted(
        (*place_of(found["loc"]), found["type"], found["msg"])
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _sorted(found: Any) -> RowsWrong:
    of_rows: dict[int, list[Wrong]] = {}
    of_all: list[Wrong] = []
    for index, field, code, message in found:
        (of_all if index is None else of_rows.setdefault(index, [])).append((field, code, message))
    return RowsWrong(of_rows, of_all)


def _steps(pointer: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
