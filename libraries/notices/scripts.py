"""Writing systems: which letters are written without spaces, and which marks end a word in any of them."""

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

HIRAGANA = "\u3041-\u309f"
KATAKANA = "\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f"
HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
HAN = "\u3005-\u3007\u3021-\u3029\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CYRILLIC = "\u0400-\u052f"
# Thai, Lao, Tibetan, Myanmar, Khmer, and the scripts of their neighbours.
_SOUTH_EAST = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a00-\u1aaf\u1b00-\u1b7f\ua980-\ua9df\uaa60-\uaa7f"
UNSPACED = f"{HAN}{HIRAGANA}{KATAKANA}{HANGUL}\u3100-\u312f\u31a0-\u31bf{_SOUTH_EAST}"
"""Content of a regular-expression class: letters that follow a word without a space.

Korean has spaces, but its particles are written onto the word before them.
"""

_KATAKANA_DOT, _MIDDLE_DOT = "\u30fb", "\u00b7"  # both stand inside words
_MARKS = frozenset({"Po", "Ps", "Pe", "Pi", "Pf", "So", "Sm", "Sc", "Zs", "Zl", "Zp"})
_LAST = 0xFFFF  # a class of many ranges beyond it is slow to match
_PICTOGRAPHS = "\U0001f000-\U0001fbff"
_DASHES = "\u2014\u2015\u2e3a\u2e3b\u301c\uff5e"


@cache
def marks() -> str:
    """Return a class of punctuation, symbols and spaces beyond ASCII, none of which an address continues after."""
    found = _ranges(
        lambda character: unicodedata.category(character) in _MARKS and character not in {_KATAKANA_DOT, _MIDDLE_DOT}
    )
    # Full-width letters and digits are no part of an address either.
    return found + _DASHES + _PICTOGRAPHS + "\uff01-\uff65\uffe0-\uffef"


@cache
def invisible() -> str:
    """Return a class of invisible characters: soft hyphens, zero-width spaces, marks of direction."""
    return _ranges(lambda character: unicodedata.category(character) == "Cf") + "\ufe00-\ufe0f\u034f\u115f\u3164"


def _ranges(chosen: Callable[[str], bool]) -> str:
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in _runs(chosen))


def _runs(chosen: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    first = None
    for code in range(0x80, _LAST + 2):
        inside = code <= _LAST and chosen(chr(code))
        if inside and first is None:
            first = code
        elif not inside and first is not None:
            yield first, code - 1
            first = None
