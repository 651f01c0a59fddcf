"""Did you mean: the known word or path that is nearest to one that is not known.

Only refusals pay for it. What is compared is bounded, since whoever is refused chooses what is looked for.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final

LONGEST_WORD: Final = 64
LONGEST_PATH: Final = 120
MOST_IN_AN_ANSWER: Final = 10
"""Suggestions that one answer makes, at most."""

_WORDS_ALIKE: Final = 0.7
_PATHS_ALIKE: Final = 0.8
_MOST_WORDS: Final = 400
_SEPARATORS = re.compile(r"[-_. ]")
_VARIABLE = re.compile(r"\{[^}]*\}|[a-z]{3}_[0-9a-z]{20,30}|[0-9]+|[0-9a-f]{32,}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like this one, whatever its case and separators; None where none is."""
    if not word or len(word) > LONGEST_WORD:
        return None
    by_form = {_form(one): one for one in list(known)[:_MOST_WORDS]}
    return _closest(_form(word), by_form, _WORDS_ALIKE)


def shapes(templates: Iterable[str]) -> dict[str, str]:
    """Return the templates of paths (`/v1/reports/{report_id}`) by the form in which paths are compared."""
    return {_shape(template): template for template in templates}


def nearest_path(path: str, known: Mapping[str, str]) -> str | None:
    """Return the template, of those in `shapes`, that is most like this path; None where none is."""
    if len(path) > LONGEST_PATH:
        return None
    shape = _shape(path)
    for form in (shape, f"/v1{shape}"):
        if form in known:
            return known[form]
    return _closest(shape, known, _PATHS_ALIKE) or _closest(f"/v1{shape}", known, _PATHS_ALIKE)


def _closest(form: str, known: Mapping[str, str], alike: float) -> str | None:
    found = [form] if form in known else difflib.get_close_matches(form, known, n=1, cutoff=alike)
    return known[found[0]] if found else None


def _form(word: str) -> str:
    return _SEPARATORS.sub("", word.lower())


def _shape(path: str) -> str:
    """The steps of a path, with one sign for each that is an id or a number."""
    steps = (step for step in path.lower().split("/") if step)
    return "".join("/" + ("*" if _VARIABLE.fullmatch(step) else step) for step in steps)
