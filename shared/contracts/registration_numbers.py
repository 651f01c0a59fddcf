"""Registration numbers in one normal form per office, so that one registration is one however its number is written.

Registers, mails and spreadsheets write one number with and without leading zeros, spaces, dots, the office's country,
"No." or "Reg.", a kind code or a check digit. The normal form is for comparing only: a number stays as it was
given.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from .codes import RightType

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_LABELS: Final = (
    "INTERNATIONAL|REGISTRATION|REGISTERED|REGISTRO|REGISTER|REGN|REG|NUMBER|NUMERO|NUMMER|NUM|NO|NR|N|TRADE ?MARK|TM"
    "|PATENT|PAT|DESIGN"
)
_AFTER_LABEL: Final = r"(?=[^A-Z]|D[0-9])(?:[^0-9A-Z]|O(?=[^0-9A-Z]))*"
_BETWEEN: Final = re.compile(r"[^0-9A-Z]+")
_KIND: Final = re.compile(r"(?<=[0-9])[A-Z][0-9]?$")

_PREFIXES: Final[dict[str, str]] = {
    "USPTO": "US", "EUIPO": "EUTM|CTM|RCD|EU|EM", "UKIPO": "UK|GB", "WIPO": "IR|WO|INT", "CNIPA": "ZL|CN", "DPMA": "DE",
    "INPI": "FR", "UIBM": "IT", "OEPM": "ES", "PRV": "SE", "JPO": "JP", "KIPO": "KR", "CIPO": "TMA|CA", "IMPI": "MX",
    "INPI-BR": "BR", "IPI": "CH", "IPOS": "SG", "TIPO": "TW", "HKIPD": "HK", "TURKPATENT": "TR", "EPO": "EP",
}  # fmt: skip
"""Prefixes that an office, and whoever cites it, writes before its numbers without changing their meaning."""

_ALWAYS_CHECKED: Final = re.compile(r"([0-9]{12}|[0-9]{8})\.?[0-9X]")
_GERMAN_FILE: Final = re.compile(r"((?:30|39|10|20|40)[0-9]{4,10})(?:\.[0-9])?(?:/[0-9]+)?")


def written_plainly(number: str, beside: str = _LABELS) -> str:
    """Return a number in plain capitals and digits, without labels, spaces and what cannot be seen."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", number)).upper().replace("U.S.", "US ").lstrip("#' .:-")
    at = 0
    label = re.compile(rf"(?:{beside}){_AFTER_LABEL}")
    while found := label.match(text, at):
        at = found.end()
    return re.sub(r"[\s,_]+", "", text[at:] or text)


@lru_cache(maxsize=4096)
def normal_form(office: str | None, right_type: RightType, number: str) -> str:
    """Return what all spellings of one number have in common. Two numbers of one office and type compare by it."""
    office = (office or "").upper()
    prefixes = _PREFIXES.get(office)
    if prefixes is None or right_type is RightType.GEOGRAPHICAL_INDICATION:
        return _without_zeros(re.sub(r"[^0-9A-Z]+", "-", written_plainly(number).replace(".", "")).strip("-"))
    text = written_plainly(number, f"{_LABELS}|{prefixes}")
    rule = _RULES.get((office, right_type), _RULES.get((office, None)))
    return _without_zeros(_BETWEEN.sub("", text)) if rule is None else rule(text)


def _without_zeros(text: str) -> str:
    return re.sub(r"^([A-Z]*)0+(?=[0-9])", r"\1", text)


def _patent(text: str) -> str:
    """Drop the kind code, such as B1, by which the same patent was published (WIPO ST.16)."""
    return _without_zeros(_KIND.sub("", _BETWEEN.sub("", text)))


def _numbered_design(text: str) -> str:
    """One application holds many designs, each with a number behind the hyphen (Reg. (EC) 6/2002, Art. 37)."""
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) == 1 and len(parts[0]) == 13:
        parts = [parts[0][:9], parts[0][9:]]
    return "-".join(map(_without_zeros, parts))


def _hague_design(text: str) -> str:
    return _without_zeros(re.sub(r"^DM?", "", _BETWEEN.sub("", text)))


def _chinese_patent(text: str) -> str:
    """The check digit behind the dot is left out as often as not."""
    found = _ALWAYS_CHECKED.fullmatch(text)
    return found[1] if found else _BETWEEN.sub("", text)


def _german_mark(text: str) -> str:
    """A file number ends in a check digit and the leading class; the register's number is without them."""
    found = _GERMAN_FILE.fullmatch(text)
    return _without_zeros(found[1] if found else _BETWEEN.sub("", text))


def _korean(text: str) -> str:
    return _without_zeros(re.sub(r"^([0-9]{9})0000$", r"\1", _BETWEEN.sub("", text)))


_RULES: Final[dict[tuple[str, RightType | None], Callable[[str], str]]] = {
    ("USPTO", RightType.PATENT): _patent,
    ("USPTO", RightType.DESIGN): _patent,
    ("EPO", RightType.PATENT): _patent,
    ("EUIPO", RightType.DESIGN): _numbered_design,
    ("WIPO", RightType.DESIGN): _hague_design,
    ("CNIPA", RightType.PATENT): _chinese_patent,
    ("CNIPA", RightType.DESIGN): _chinese_patent,
    ("DPMA", RightType.TRADEMARK): _german_mark,
    ("KIPO", None): _korean,
}

_MONTH: Final = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|MAI|OKT|DEZ"
_DAMAGE: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(r"[0-9]+[.,][0-9]+E[+-]?[0-9]+|[0-9]+E\+[0-9]+"),
        "is a number that a spreadsheet has shortened: its last digits are lost",
    ),
    (re.compile(r"=.*"), "is a formula of a spreadsheet"),
    (re.compile(r"#{2,}"), "is what a spreadsheet shows of a number where its column is too narrow"),
    (
        re.compile(r"#[A-Z/0-9]+[!?]?|NAN|NULL|NONE|N/A"),
        "is what a spreadsheet or a database shows where a value is missing",
    ),
    (
        re.compile(
            rf"[0-9]{{1,4}}[-/. ](?:{_MONTH})[A-Z]*(?:[-/. ][0-9]{{2,4}})?|(?:{_MONTH})[-/. ][0-9]{{2,4}}"
            r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+Z?)?|[0-9]{1,2}([./])[0-9]{1,2}\1[0-9]{4}(?: [0-9:]+)?"
        ),
        "is a date, such as a spreadsheet makes of a number with a hyphen or a slash",
    ),
)
_DECIMAL: Final = re.compile(r"[0-9]{5,}[.,]0+")
_WITH_CHECK_DIGITS: Final = frozenset({"CNIPA", "DPMA"})


def damage(office: str | None, number: str) -> str | None:
    """Return what a spreadsheet has made of a number, as the end of a sentence about it; None where it is whole."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", number)).strip().upper()
    for pattern, what in _DAMAGE:
        if pattern.fullmatch(text):
            return what
    if (office or "").upper() not in _WITH_CHECK_DIGITS and _DECIMAL.fullmatch(text):
        return "is a number with decimals, which a spreadsheet or a program made of it: its leading zeros may be lost"
    return None
