"""The language of a notice, of the handful that its readers are likely to need."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"  # ISO 639-2: undetermined

_LANGUAGES = ("de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "zh")
_NOT_LANGUAGE = re.compile(
    r"\S{1,300}://\S{1,3000}|\S{1,200}@\S{1,200}|\[(?:private|redacted|invalid)\]", re.IGNORECASE
)
_MIN_LETTERS = 12
_SAMPLE = 20_000


def language_of(text: str) -> str:
    """The text's ISO 639-1 code; `und` when there is too little of it to tell."""
    words = _NOT_LANGUAGE.sub(" ", text[:_SAMPLE])
    letters = sum(map(str.isalpha, words))
    ideographs = sum("\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" for character in words)
    if letters + 3 * ideographs < _MIN_LETTERS:
        return UNDETERMINED
    language: str = _identifier().classify(words)[0]
    return language


@cache
def _identifier() -> "LanguageIdentifier":
    """The classifier, loaded with the first notice: its model is the larger part of an idle process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(_LANGUAGES))
    return identifier
