"""Where a day ends: at the office whose right it is, or in the country of whoever gave an authority.

A right is in force to the end of its last day, and it is the office's register that says which day it is.
"""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from functools import cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from services.intake.vault.territories import OFFICE_TERRITORIES

_ZONES: Final[dict[str, str]] = {
    "USPTO": "America/New_York", "USCO": "America/New_York", "EUIPO": "Europe/Madrid", "UKIPO": "Europe/London",
    "CNIPA": "Asia/Shanghai", "DPMA": "Europe/Berlin", "INPI": "Europe/Paris", "UIBM": "Europe/Rome",
    "OEPM": "Europe/Madrid", "PRV": "Europe/Stockholm", "JPO": "Asia/Tokyo", "KIPO": "Asia/Seoul",
    "CIPO": "America/Toronto", "IMPI": "America/Mexico_City", "INPI-BR": "America/Sao_Paulo", "IPI": "Europe/Zurich",
    "IPOS": "Asia/Singapore", "TIPO": "Asia/Taipei", "HKIPD": "Asia/Hong_Kong", "TURKPATENT": "Europe/Istanbul",
    "WIPO": "Europe/Zurich", "EPO": "Europe/Berlin",
}  # fmt: skip
"""Where each office is: Alexandria, Alicante, Newport, Beijing, Munich, Paris, ... Geneva and Munich."""

_OF_COUNTRY: Final = {country: _ZONES[office] for office, country in OFFICE_TERRITORIES.items() if office in _ZONES}


@cache
def _zone(name: str | None) -> tzinfo:
    return UTC if name is None else ZoneInfo(name)


class Territorial(Protocol):
    """A right that an office registered, or that holds somewhere without one."""

    @property
    def office(self) -> str | None: ...

    @property
    def territories(self) -> Sequence[str]: ...


def zone_of(right: Territorial) -> tzinfo:
    """Return where the days of a right end; of one without an office, in the one country in which it holds, or UTC."""
    if right.office is not None:
        return _zone(_ZONES.get(right.office))
    return zone_in(right.territories[0] if len(right.territories) == 1 else None)


def zone_in(country: str | None) -> tzinfo:
    """Return where days end in a country, which is where its office is; UTC where that is not known."""
    return _zone(_OF_COUNTRY.get(country or ""))
