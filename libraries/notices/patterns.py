"""Tables of phrases, made into patterns.

Twelve languages make hundreds of phrases, and the standard library tries each alternative at each character. So they
are gathered by how they open: those that open a word together, and those of one first letter together.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

_WORD = r"\b"
_QUANTIFIERS = frozenset("?*+{")
_MOST = 100  # phrases that one may become


def any_of(*phrases: str) -> re.Pattern[str]:
    """A pattern that finds any of some phrases, in any case."""
    return re.compile(gathered(phrases), re.IGNORECASE)


def spaced(*phrases: str) -> re.Pattern[str]:
    """The same for running text, where a space may be several, or the end of a line."""
    return any_of(*map(with_spaces, phrases))


def with_spaces(phrase: str) -> str:
    """A phrase in which a space stands for any white space, and one that may be missing for any or none."""
    return phrase.replace(" ?", r"\s*").replace(" ", r"\s+")


def gathered(phrases: Iterable[str]) -> str:
    """One expression for some, which finds what any of them finds."""
    words: list[str] = []
    others: list[str] = []
    for phrase in phrases:
        for one in _alternatives(phrase):
            target = words if one.startswith(_WORD) else others
            target += _spelt_out(one.removeprefix(_WORD))
    groups = [f"{_WORD}(?:{_by_letter(words)})"] if words else []
    return "|".join([*groups, _by_letter(others)] if others else groups)


def _by_letter(phrases: list[str]) -> str:
    """Phrases that open with one letter behind that letter; the rest as they are."""
    letters: defaultdict[str, list[str]] = defaultdict(list)
    rest: list[str] = []
    for phrase in phrases:
        plain = phrase[:1].isalpha() and phrase[1:2] not in _QUANTIFIERS
        if plain:
            letters[phrase[0].lower()].append(phrase[1:])
        else:
            rest.append(phrase)
    grouped = [f"{letter}(?:{'|'.join(dict.fromkeys(ends))})" for letter, ends in letters.items()]
    first = f"(?=[{''.join(letters)}])(?:{'|'.join(grouped)})" if grouped else ""
    return "|".join(filter(None, (first, *dict.fromkeys(rest))))


def _spelt_out(phrase: str) -> list[str]:
    """A phrase as several that open with letters, unless they are too many or it names a group, which is one."""
    several = [phrase] if "(?P<" in phrase else list(islice(_opened(phrase), _MOST + 1))
    return several if len(several) <= _MOST else [phrase]


def _opened(phrase: str) -> Iterator[str]:
    """A phrase that opens with alternatives as one phrase for each: `(?:a|b)c` as `ac` and `bc`."""
    if not phrase.startswith("(?:"):
        yield phrase
        return
    end = _end_of_group(phrase)
    rest = phrase[end:]
    if rest[:1] == "?" and rest[1:2] not in {"?", "+"}:
        rest = rest[1:]
        yield from _opened(rest)
    elif rest[:1] in _QUANTIFIERS:
        yield phrase
        return
    for one in _alternatives(phrase[3 : end - 1]):
        yield from _opened(one + rest)


def _end_of_group(phrase: str) -> int:
    """Return where the group ends that a phrase opens with."""
    depth = 0
    for index, character in _marks(phrase):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")":
            return index + 1
    return len(phrase)


def _alternatives(phrase: str) -> Iterator[str]:
    """The alternatives of a phrase, outside its groups."""
    depth = start = 0
    for index, character in _marks(phrase):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            yield phrase[start:index]
            start = index + 1
    yield phrase[start:]


def _marks(phrase: str) -> Iterator[tuple[int, str]]:
    """The characters of an expression that are neither escaped nor in a class, with their places."""
    index = 0
    inside = False
    while index < len(phrase):
        character = phrase[index]
        if character == "\\":
            index += 2
            continue
        if inside:
            inside = character != "]"
        elif character == "[":
            inside = True
            index += 1 + (phrase[index + 1 : index + 2] == "^")
            if phrase[index : index + 1] == "]":
                index += 1
            continue
        else:
            yield index, character
        index += 1
