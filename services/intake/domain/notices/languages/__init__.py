"""The languages in which notices are read beside English, one file each: tables of phrases, and no code."""

from enum import Enum

from services.intake.domain.notices.languages.french import FRENCH
from services.intake.domain.notices.languages.german import GERMAN
from services.intake.domain.notices.languages.spanish import SPANISH
from services.intake.domain.notices.languages.words import Words

ALL: tuple[Words, ...] = (GERMAN, FRENCH, SPANISH)


def every(table: str, key: Enum | None = None) -> tuple[str, ...]:
    """What all languages say in one table, or under one key of it."""
    tables = [getattr(words, table) for words in ALL]
    return tuple(phrase for found in tables for phrase in (found if key is None else found.get(key, ())))
