"""The fields that a row can have: those of a report, which rows in a row share, and those of one item of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

OF_REPORT: Final[Mapping[str, tuple[str, ...]]] = {
    "right_id": ("right_id",),
    "claim": ("claim",),
    "reference": ("reference",),
    "language": ("language",),
    "markets": ("markets",),
    "explanation": ("explanation",),
    "legal_basis": ("legal_basis",),
    "good_faith": ("statements", "good_faith"),
    "accuracy": ("statements", "accuracy"),
    "perjury": ("statements", "perjury"),
    "signature": ("signature",),
    "contact_name": ("contact", "name"),
    "contact_email": ("contact", "email"),
}
"""Where a report has what a column of this name holds."""

OF_ITEM: Final[Mapping[str, str]] = {
    "url": "url",
    "listing_id": "listing_id",
    "media_type": "media_type",
    "part": "part",
    "item_explanation": "explanation",
    "evidence_ids": "evidence_ids",
    "category": "category",
}
"""Return the field of an item for a column of this name."""

FIELDS: Final = (*OF_ITEM, *OF_REPORT)
NEEDED: Final = ("url", "right_id", "claim", "language", "legal_basis")
"""Without these no row could be filed: each is a column, or one of the defaults."""

_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "x"), True),
    **dict.fromkeys(("false", "no", "n", "0"), False),
}
_SEPARATORS = re.compile(r"[\s,;|]+")
_COLUMN_OF_PATH = {path: name for name, path in OF_REPORT.items()}
_COLUMN_OF_ITEM = {path: name for name, path in OF_ITEM.items()}


def _flag(text: str) -> bool | str:
    return _FLAGS.get(text.casefold(), text)


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(text) if word]


def _countries(text: str) -> list[str]:
    return _words(text.upper())


_READ: Mapping[str, Callable[[str], Any]] = {
    "claim": str.casefold,
    "legal_basis": str.casefold,
    "media_type": str.casefold,
    "part": str.casefold,
    "markets": _countries,
    "evidence_ids": _words,
    **dict.fromkeys(("good_faith", "accuracy", "perjury"), _flag),
}


def read(field: str, cell: Any) -> Any:
    """Return the value of a cell; None where it is empty. JSON is typed already, text is read as people write it."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if not text:
        return None
    reader = _READ.get(field)
    return text if reader is None else reader(text)


def place_of(steps: Sequence[str | int]) -> tuple[int | None, str]:
    """Which item of a report, if one alone, and which column the steps into its body lead to."""
    if len(steps) > 1 and steps[0] == "items":
        inner = str(steps[2]) if len(steps) > 2 else "url"
        return int(steps[1]), _COLUMN_OF_ITEM.get(inner, inner)
    for length in (2, 1):
        column = _COLUMN_OF_PATH.get(tuple(str(step) for step in steps[:length]))
        if column is not None:
            return None, column
    return None, "_".join(str(step) for step in steps[:2])
