"""Where rights hold: countries, the European Union as one territory, and the world."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

WORLD = "WW"
UNION = "EU"

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a list of 249 strings is no easier to read
)
"""ISO 3166-1 alpha-2."""

UNION_STATES = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905 - see above
"""The 27 states in which a right of the EUIPO holds (Reg. (EU) 2017/1001, Art. 1(2))."""

OFFICE_TERRITORIES: dict[str, str] = {
    "USPTO": "US", "USCO": "US", "EUIPO": UNION, "UKIPO": "GB", "CNIPA": "CN", "DPMA": "DE", "INPI": "FR", "UIBM": "IT",
    "OEPM": "ES", "PRV": "SE", "JPO": "JP", "KIPO": "KR", "CIPO": "CA", "IMPI": "MX", "INPI-BR": "BR",
    "IPI": "CH", "IPOS": "SG", "TIPO": "TW", "HKIPD": "HK", "TURKPATENT": "TR",
}  # fmt: skip
"""The one territory of an office that has one. A right of WIPO or the EPO holds in the states it names."""


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise PydanticCustomError("country_unknown", "Not a country of ISO 3166-1, as two capital letters")
    return code


def _territory(code: str) -> str:
    return code if code in {WORLD, UNION} else _country(code)


_Code = Annotated[str, Field(max_length=2, pattern="^[A-Z]{2}$")]
Country = Annotated[_Code, AfterValidator(_country), Field(description="ISO 3166-1 alpha-2")]
Territory = Annotated[
    _Code, AfterValidator(_territory), Field(description="ISO 3166-1 alpha-2, `EU`, or `WW` for the world")
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
