"""The rows of one file that tell of one registration: exports have a row for each territory that it designates.

An international registration of a mark is one right that holds in the territories it designates (Madrid Protocol,
Art. 4), and so are an international design (Hague) and a European patent. Rows that differ only in where it holds are
one right that holds in all of them; every other repetition is refused.
"""

from dataclasses import dataclass, field
from typing import Any

from services.intake.imports.rights.examination import Wrong
from services.intake.imports.rows import Row
from services.intake.vault.registers import territory_of
from services.intake.vault.territories import WORLD
from shared.contracts.codes import ReasonCode

Number = tuple[str, str | None, str]
"""The identity of a registered right: its type, its office, its number in the office's normal form."""

_BESIDE = frozenset({"territories", "registration_number"})
_NAMED = 5


@dataclass
class Registration:
    """One right, the row that it was made of, and the numbers of those that named further territories of it."""

    row: Row
    right: Any
    further: list[int] = field(default_factory=list)


@dataclass
class Designations:
    """Gathers rows to registrations; `known` says which numbers there are already, and where."""

    known: dict[Number, str]
    registrations: list[Registration] = field(default_factory=list)
    refused: list[tuple[Row, list[Wrong]]] = field(default_factory=list)
    _by_number: dict[Number, Registration] = field(default_factory=dict)

    def add(self, row: Row, right: Any, number: Number | None) -> None:
        """Take in one row."""
        if number is None or number not in self.known:
            registration = Registration(row, right)
            self.registrations.append(registration)
            if number is not None:
                self.known[number] = f"row {row.number}"
                self._by_number[number] = registration
            return
        first = self._by_number.get(number)
        where = f"This is the registration of {self.known[number]}"
        if first is None or territory_of(right.office or "") is not None:
            self._refuse(row, f"{where}.{_how_to_add(right) if first is None else ''}")
        elif differing := _differing(first.right, right):
            self._refuse(row, f"{where}, which says otherwise of {', '.join(differing[:_NAMED])}.")
        elif set(right.territories) <= set(first.right.territories):
            self._refuse(row, f"{where}, which names these territories already.")
        else:
            first.right = _together(first.right, right)
            first.further.append(row.number)

    def _refuse(self, row: Row, message: str) -> None:
        self.refused.append((row, [("/registration_number", ReasonCode.R_DUPLICATE.value, message)]))


def _how_to_add(right: Any) -> str:
    if territory_of(right.office or "") is not None:
        return ""
    return " Add the territories that it designates since then with PATCH /v1/rights/{id}."


def _differing(first: Any, other: Any) -> list[str]:
    said, says = (one.model_dump(exclude=_BESIDE) for one in (first, other))
    return [name for name in said if said[name] != says[name]]


def _together(first: Any, other: Any) -> Any:
    territories = list(dict.fromkeys([*first.territories, *other.territories]))
    if WORLD in territories:  # which says it all
        territories = [WORLD]
    return first.model_copy(update={"territories": territories})
