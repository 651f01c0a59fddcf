"""The languages in which notices are read beside English, one file each: tables of phrases, and no code."""

from collections.abc import Mapping
from enum import Enum

from libraries.notices.languages.chinese import CHINESE
from libraries.notices.languages.dutch import DUTCH
from libraries.notices.languages.french import FRENCH
from libraries.notices.languages.german import GERMAN
from libraries.notices.languages.italian import ITALIAN
from libraries.notices.languages.japanese import JAPANESE
from libraries.notices.languages.korean import KOREAN
from libraries.notices.languages.polish import POLISH
from libraries.notices.languages.portuguese import PORTUGUESE
from libraries.notices.languages.russian import RUSSIAN
from libraries.notices.languages.spanish import SPANISH
from libraries.notices.languages.turkish import TURKISH
from libraries.notices.languages.words import Words

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
    """Return the phrases of all languages in one table, or under one key of it."""
    tables = [getattr(words, table) for words in ALL]
    return tuple(phrase for found in tables for phrase in (found if key is None else found.get(key, ())))
