"""The offices' registers: where an office's rights hold, and the shape of its numbers.

Registers change their numbering without asking us, so a number of another shape is a soft finding, never a refusal.
"""

import re

from services.intake.vault.territories import OFFICE_TERRITORIES, WORLD
from shared.contracts.codes import RightType
from shared.contracts.registration_numbers import written_plainly

_SHAPES: dict[tuple[str, RightType], tuple[str, str]] = {
    ("USPTO", RightType.TRADEMARK): (r"\d{7}", "7 digits"),
    ("USPTO", RightType.PATENT): (r"\d{7,8}", "7 or 8 digits"),
    ("USPTO", RightType.DESIGN): (r"D\d{6,7}", "D and 6 or 7 digits"),
    ("EUIPO", RightType.TRADEMARK): (r"0?\d{8,9}", "8 or 9 digits"),
    ("EUIPO", RightType.DESIGN): (r"\d{9}-\d{4}", "9 digits, a hyphen and 4 digits"),
    ("UKIPO", RightType.TRADEMARK): (r"UK\d{11}", "UK and 11 digits"),
    ("WIPO", RightType.TRADEMARK): (r"\d{6,7}[A-Z]?", "6 or 7 digits, perhaps with a letter"),
    ("CNIPA", RightType.TRADEMARK): (r"G?\d{6,8}[A-Z]?", "6 to 8 digits, perhaps with letters around"),
    ("CNIPA", RightType.PATENT): (r"(ZL)?\d{4}[1238]\d{7}\.?[\dX]", "the year, the kind, 7 digits and a check digit"),
    ("CNIPA", RightType.DESIGN): (r"(ZL)?\d{4}3\d{7}\.?[\dX]", "the year, a 3, 7 digits and a check digit"),
    ("EPO", RightType.PATENT): (r"EP\d{7}[AB]\d", "EP, 7 digits and a kind code such as B1"),
}
_US_SERIAL = re.compile(r"\d{8}")


def territory_of(office: str) -> str | None:
    """Return where all rights of an office hold; None where each right says so itself."""
    return OFFICE_TERRITORIES.get(office)


def default_territories(right_type: RightType, office: str | None) -> list[str]:
    """Return where a right holds if nothing is said of it. Copyright: nearly everywhere (Berne Convention, Art. 5)."""
    if right_type is RightType.COPYRIGHT:
        return [WORLD]
    territory = territory_of(office) if office else None
    return [territory] if territory else []


def number_complaint(office: str | None, right_type: RightType, number: str | None) -> str | None:
    """Name what is odd about a registration number; None where nothing is, or where the office's form is unknown."""
    shape = _SHAPES.get((office or "", right_type))
    if shape is None or number is None or re.fullmatch(shape[0], written_plainly(number)):
        return None
    if office == "USPTO" and right_type is RightType.TRADEMARK and _US_SERIAL.fullmatch(written_plainly(number)):
        return "8 digits are a serial number of the USPTO: applied for, not yet registered."
    return f"A {right_type.value} of the {office} has a number of {shape[1]}."
