"""The kind of a text: it complains, answers a complaint, takes one back, or does none of these."""

import re

from libraries.notices.kind_phrases import (
    ACCUSES,
    ASKS_BACK,
    ASKS_REMOVAL,
    COMPLAINED_BEFORE,
    COUNTERS,
    DEFENDS,
    DEFENDS_ITSELF,
    DISPUTES,
    GUIDES_TO_COUNTER,
    IS_THE_SELLER,
    NAMES_COUNTER,
    NOT_MEANT,
    NOT_OURS,
    REPORTS_A_DECISION,
    RETRACTS,
    STATEMENTS,
)
from libraries.notices.model import NoticeKind

_BLANKS = re.compile(r"[^\S\n]{2,}")
_OPENING_WORDS = 150
_MAX_TRIED = 40


def kind_of(words: str) -> NoticeKind:
    """Return the kind of the text. A statement that only one kind makes outweighs words that all of them use."""
    words = _BLANKS.sub(" ", words)  # where addresses were: a phrase may go on behind one
    if REPORTS_A_DECISION.search(words):
        return NoticeKind.OTHER
    if COUNTERS.search(words):
        return NoticeKind.COUNTER_NOTICE
    seller, asks_back = IS_THE_SELLER.search(words) is not None, ASKS_BACK.search(words)
    if _opens_with(words, _first_meant(words, RETRACTS)) and not (seller and asks_back):
        return NoticeKind.RETRACTION
    states = STATEMENTS.search(words) is not None
    if states and not _opens_with(words, asks_back):
        return NoticeKind.NOTICE
    if _names_counter(words):
        return NoticeKind.COUNTER_NOTICE
    return _kind_by_writer(words, seller=seller, asks_back=asks_back is not None) or (
        NoticeKind.NOTICE if states or ACCUSES.search(words) else NoticeKind.OTHER
    )


def _kind_by_writer(words: str, *, seller: bool, asks_back: bool) -> NoticeKind | None:
    """Return the kind of a text whose writer wants a listing back: the seller, unless they complained of it before."""
    asks_removal = ASKS_REMOVAL.search(words) is not None
    disputes = bool(DISPUTES.search(words) or (DEFENDS_ITSELF.search(words) and DEFENDS.search(words)))
    if asks_back and not seller and not disputes and COMPLAINED_BEFORE.search(words):
        return NoticeKind.NOTICE if asks_removal else NoticeKind.RETRACTION
    return NoticeKind.COUNTER_NOTICE if (disputes or asks_back) and not asks_removal else None


def _names_counter(words: str) -> bool:
    return any(
        not GUIDES_TO_COUNTER.search(words, max(0, named.start() - 40), named.end())
        and not NOT_OURS.search(words, max(0, named.start() - 40), named.start())
        for named in NAMES_COUNTER.finditer(words)
    )


def _first_meant(words: str, phrases: re.Pattern[str]) -> re.Match[str] | None:
    """The first phrase that is meant: not denied, not a condition, not what others ask for."""
    for tried, found in enumerate(phrases.finditer(words)):
        if tried >= _MAX_TRIED:
            break
        inside = re.sub(r"\s+", " ", words[max(0, found.start() - 60) : found.start()])
        if not NOT_MEANT.search(inside):
            return found
    return None


def _opens_with(words: str, found: re.Match[str] | None) -> bool:
    """A retraction may quote its notice below; a notice may speak of taking things back, but does not open with it."""
    if found is None:
        return False
    statement = STATEMENTS.search(words)
    opens = len(words[: found.start()].split()) < _OPENING_WORDS
    return statement is None or (found.start() < statement.start() and opens)
