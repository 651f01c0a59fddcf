"""The languages in which notices are read beside English, one file each: tables of phrases, and no code."""

from collections.abc import Mapping
from enum import Enum

from services.intake.domain.notices.languages.chinese import CHINESE
from services.intake.domain.notices.languages.dutch import DUTCH
from services.intake.domain.notices.languages.french import FRENCH
from services.intake.domain.notices.languages.german import GERMAN
from services.intake.domain.notices.languages.italian import ITALIAN
from services.intake.domain.notices.languages.japanese import JAPANESE
from services.intake.domain.notices.languages.korean import KOREAN
from services.intake.domain.notices.languages.polish import POLISH
from services.intake.domain.notices.languages.portuguese import PORTUGUESE
from services.intake.domain.notices.languages.russian import RUSSIAN
from services.intake.domain.notices.languages.spanish import SPANISH
from services.intake.domain.notices.languages.turkish import TURKISH
from services.intake.domain.notices.languages.words import Words

OTHERS: Mapping[str, Words] = {
    "de": GERMAN,
    "es": SPANISH,
    "fr": FRENCH,
    "it": ITALIAN,
    "ja": JAPANESE,
    "ko": KOREAN,
    "nl": DUTCH,
    "pl": POLISH,
    "pt": PORTUGUESE,
    "ru": RUSSIAN,
    "tr": TURKISH,
    "zh": CHINESE,
}
"""By their ISO 639-1 codes."""
ALL: tuple[Words, ...] = tuple(OTHERS.values())
READ = frozenset({"en", *OTHERS})


def every(table: str, key: Enum | None = None) -> tuple[str, ...]:
    """What all languages say in one table, or under one key of it."""
    tables = [getattr(words, table) for words in ALL]
    return tuple(phrase for found in tables for phrase in (found if key is None else found.get(key, ())))
