"""The language of a notice, and whether it is one of those in which notices are read."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from libraries.notices.languages import READ
from libraries.notices.scripts import HAN, HANGUL, HIRAGANA, KATAKANA

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"  # ISO 639-2: undetermined

_NOT_LANGUAGE = re.compile(r"\S{1,200}@\S{1,200}|\[(?:private|redacted|invalid)\]", re.IGNORECASE)
_MIN_LETTERS = 12
_SAMPLE = 20_000
_OF_A_WORD = 3  # letters of an alphabet that one ideograph, or one syllable of Hangul, stands for
_KANA, _HANGUL, _HAN = (re.compile(f"[{letters}]") for letters in (HIRAGANA + KATAKANA, HANGUL, HAN))
_KANA_IN_JAPANESE = 0.1  # Chinese has none, but for a name or a の in one
# Languages that have letters of their own in Cyrillic script.
_CYRILLIC = (("uk", "іїєґ"), ("be", "ў"), ("sr", "ђћљњџј"), ("mk", "ѓќѕ"), ("kk", "әғқңұһ"), ("mn", "өү"))
_WITH_CYRILLIC = frozenset({"be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "uk"})
_OTHER_SCRIPTS = {
    "ARABIC": "ar", "HEBREW": "he", "GREEK": "el", "THAI": "th", "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta",
    "TELUGU": "te", "GUJARATI": "gu", "KANNADA": "kn", "MALAYALAM": "ml", "GURMUKHI": "pa", "SINHALA": "si",
    "LAO": "lo", "KHMER": "km", "MYANMAR": "my", "GEORGIAN": "ka", "ARMENIAN": "hy", "ETHIOPIC": "am",
}  # fmt: skip
_ARABIC = frozenset({"ar", "fa", "ur", "ps", "ug"})
# How much likelier, as a logarithm, a language that is not read must be than any that is: in all, and by the letter.
_SURE, _SURE_BY_LETTER = 12.0, 0.4


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its ISO 639-1 code, `und` where there is too little text to tell, and whether it is read."""

    code: str
    read: bool


def language_of(words: str) -> Language:
    """The language of a text, whose addresses have been taken out. Too little text counts as read."""
    sample = _NOT_LANGUAGE.sub(" ", words[:_SAMPLE])
    code = _code_of(sample)
    return Language(code, read=code == UNDETERMINED or code in READ)


def _code_of(sample: str) -> str:
    east = {"ja": len(_KANA.findall(sample)), "ko": len(_HANGUL.findall(sample)), "zh": len(_HAN.findall(sample))}
    ideographs = sum(east.values())
    letters = sum(map(str.isalpha, sample)) - ideographs
    script = _script_of(sample)
    if letters + _OF_A_WORD * ideographs < (_MIN_LETTERS if script == "LATIN" else _MIN_LETTERS // 2):
        return UNDETERMINED
    if _OF_A_WORD * ideographs > letters:
        if east["ko"] > ideographs / 2:
            return "ko"
        return "ja" if east["ja"] >= _KANA_IN_JAPANESE * ideographs else "zh"
    if script == "CYRILLIC":
        return _cyrillic(sample)
    if script in _OTHER_SCRIPTS:
        found: str = _identifier().classify(sample)[0]
        return found if script == "ARABIC" and found in _ARABIC else _OTHER_SCRIPTS[script]
    return _latin(sample, letters)


def _script_of(sample: str) -> str:
    """The script of most letters, as their names in Unicode begin."""
    scripts = Counter(_script(character) for character in sample if character.isalpha())
    return scripts.most_common(1)[0][0] if scripts else "LATIN"


@lru_cache(maxsize=4_096)
def _script(character: str) -> str:
    return unicodedata.name(character, "?").partition(" ")[0]


def _cyrillic(sample: str) -> str:
    small = sample.lower()
    own = [(sum(map(small.count, letters)), code) for code, letters in _CYRILLIC]
    count, code = max(own)
    if count >= 2:
        return code
    ranked = [found for found, _ in _identifier().rank(sample) if found in _WITH_CYRILLIC]
    # Without a letter of another language, and without ы, э or ё, only the classifier can tell Bulgarian.
    return "ru" if any(letter in small for letter in "ыэё") else ranked[0]


def _latin(sample: str, letters: int) -> str:
    ranked: list[tuple[str, float]] = _identifier().rank(sample)
    code, likeliest = ranked[0]
    read, likely = next((code, score) for code, score in ranked if code in READ)
    margin = float(likeliest) - float(likely)
    return code if margin >= _SURE and margin / letters >= _SURE_BY_LETTER else read


@cache
def _identifier() -> "LanguageIdentifier":
    """The classifier, loaded with the first notice: its model is the larger part of an idle process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    return LanguageIdentifier.from_model_file(MODEL_FILE)
