"""Results of a check: how much was examined, what is wrong, what is still on its way."""

from dataclasses import dataclass, field
from typing import Any

SHOWN = 20


@dataclass(frozen=True)
class Offence:
    """One row for which a truth does not hold."""

    row: str
    why: str


@dataclass
class Findings:
    """The result of checking one truth. All offences are counted, the first ones kept."""

    number: int
    title: str
    checked: int = 0
    in_flight: int = 0
    wrong: int = 0
    offences: list[Offence] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    judged: bool = True

    @property
    def holds(self) -> bool:
        return self.wrong == 0

    def offend(self, row: object, why: str) -> None:
        self.wrong += 1
        if len(self.offences) < SHOWN:
            self.offences.append(Offence(str(row), why))

    def as_json(self) -> dict[str, Any]:
        return {
            "truth": self.number,
            "title": self.title,
            "judged": self.judged,
            "holds": self.holds if self.judged else None,
            "checked": self.checked,
            "in_flight": self.in_flight,
            "wrong": self.wrong,
            "offences": [{"row": offence.row, "why": offence.why} for offence in self.offences],
            "notes": self.notes,
        }
