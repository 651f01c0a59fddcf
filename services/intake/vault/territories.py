"""Where rights hold: countries, the European Union as one territory, and the world."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.contracts.countries import COUNTRIES, CountryCode, known_country

WORLD = "WW"
UNION = "EU"

UNION_STATES = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905 - see above
"""The 27 states in which a right of the EUIPO holds (Reg. (EU) 2017/1001, Art. 1(2))."""

OFFICE_TERRITORIES: dict[str, str] = {
    "USPTO": "US", "USCO": "US", "EUIPO": UNION, "UKIPO": "GB", "CNIPA": "CN", "DPMA": "DE", "INPI": "FR", "UIBM": "IT",
    "OEPM": "ES", "PRV": "SE", "JPO": "JP", "KIPO": "KR", "CIPO": "CA", "IMPI": "MX", "INPI-BR": "BR",
    "IPI": "CH", "IPOS": "SG", "TIPO": "TW", "HKIPD": "HK", "TURKPATENT": "TR",
}  # fmt: skip
"""The one territory of an office that has one. A right of WIPO or the EPO holds in the states it names."""


def _territory(code: str) -> str:
    return code if code in {WORLD, UNION} else known_country(code)


Territory = Annotated[
    CountryCode, AfterValidator(_territory), Field(description="ISO 3166-1 alpha-2, `EU`, or `WW` for the world")
]


def covered(territories: Iterable[str]) -> frozenset[str]:
    """The countries that these territories are."""
    named = set(territories)
    if WORLD in named:
        return COUNTRIES
    if UNION in named:
        named |= UNION_STATES
    return frozenset(named & COUNTRIES)


def uncovered(markets: Iterable[str], territories: Iterable[str]) -> list[str]:
    """Those of these markets in which a right with these territories does not hold."""
    held = covered(territories)
    return [market for market in markets if market not in held]


def within(territories: Iterable[str], own: str) -> bool:
    """Return whether these territories are no more than this one."""
    named = set(territories)
    return (WORLD not in named or own == WORLD) and covered(named) <= covered([own])
