"""The columns of a file of rights, and how their cells are read."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.intake.imports.layout import Vocabulary
from services.intake.vault.right_types import (
    CommonFields,
    CopyrightFields,
    DesignFields,
    IndicationFields,
    PatentFields,
    TradeDressFields,
    TrademarkFields,
)

_MODELS = (
    CommonFields, TrademarkFields, CopyrightFields, DesignFields, PatentFields, TradeDressFields, IndicationFields,
)  # fmt: skip
_NOT_IN_A_CELL = frozenset({"owner", "claim_chart"})

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "type": ("type",),
    "owner_name": ("owner", "name"),
    "owner_country": ("owner", "country"),
    **{name: (name,) for model in _MODELS for name in model.model_fields if name not in _NOT_IN_A_CELL},
}
"""Where a right has what a column of this name holds."""

RIGHTS: Final = Vocabulary(tuple(PLACES), ("type", "title", "owner_name"), "a right")

_SEPARATORS = re.compile(r"[\s,;|]+")
_DISARMED = re.compile(r"'(?=[=+\-@\t\r])")


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(text) if word]


def _numbers(text: str) -> list[int | str]:
    return [int(word) if word.isascii() and word.isdigit() and len(word) < 10 else word for word in _words(text)]


def _countries(text: str) -> list[str]:
    return _words(text.upper())


def _named(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.casefold())


_READ: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("type", "held_as", "mark_type", "register_status", "kind_of_work", "kind"), _named),
    **dict.fromkeys(("views", "locarno_classes"), _words),
    "owner_country": str.upper,
    "territories": _countries,
    "nice_classes": _numbers,
}


def right_of(cells: Sequence[str], fields: Sequence[str | None], defaults: Mapping[str, str]) -> dict[str, Any]:
    """The right that a row tells of, as it would be put into the vault alone. Empty cells say nothing."""
    said = {field: text for field, cell in zip(fields, cells, strict=False) if field and (text := _text(cell))}
    right: dict[str, Any] = {}
    for field, text in {**defaults, **said}.items():
        reader = _READ.get(field)
        value = text if reader is None else reader(text)
        *outer, inner = PLACES[field]
        (right.setdefault(outer[0], {}) if outer else right)[inner] = value
    return right


def _text(cell: str) -> str:
    """Return the value of a cell. Returned rows have an apostrophe where a spreadsheet would see a formula."""
    return _DISARMED.sub("", cell.strip(), count=1) if cell[:1] == "'" else cell.strip()
