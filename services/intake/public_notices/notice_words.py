"""How a notice stands, in English, German and French, for its pages and for the letters about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.intake.public_notices.question_words import questions
from shared.contracts.codes import ItemState
from shared.contracts.events import NoticeLetter
from shared.contracts.things import NoticeMail
from shared.contracts.withdrawal_codes import Withdrawal

LANGUAGES = ("en", "de", "fr")

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "accepted": "accepted", "rejected": "rejected", "withdrawn": "withdrawn", "closed": "closed without an answer",
        "open": "not decided yet", "requested": "withdrawal asked for",
        "too_late": "your withdrawal came after the decision",
    },
    "de": {
        "accepted": "angenommen", "rejected": "abgelehnt", "withdrawn": "zurückgenommen",
        "closed": "ohne Antwort abgeschlossen", "open": "noch nicht entschieden",
        "requested": "Rücknahme beantragt", "too_late": "Ihre Rücknahme kam nach der Entscheidung",
    },
    "fr": {
        "accepted": "acceptée", "rejected": "rejetée", "withdrawn": "retirée", "closed": "close sans réponse",
        "open": "pas encore décidée", "requested": "retrait demandé",
        "too_late": "votre retrait est arrivé après la décision",
    },
}  # fmt: skip
_ENDED_AS: Mapping[ItemState, str] = {
    ItemState.ACCEPTED: "accepted",
    ItemState.ACTIONED: "accepted",  # a measure that was taken means that the notice was accepted
    ItemState.APPEALED: "accepted",
    ItemState.REJECTED: "rejected",
    ItemState.RESTORED: "rejected",
    ItemState.WITHDRAWN: "withdrawn",
    ItemState.CLOSED: "closed",
}
_ABOUT: Mapping[NoticeLetter, ItemState] = {
    NoticeLetter.QUESTION: ItemState.NEEDS_INFORMATION,
    NoticeLetter.REMINDER: ItemState.NEEDS_INFORMATION,
    NoticeLetter.CLOSED: ItemState.CLOSED,
}
"""Letters about listings in one state, which are pointless once there is none."""
_REDRESS: Mapping[str, str] = {
    "en": "If you disagree, you can turn to a certified out-of-court dispute settlement body (Art. 21), and go to "
    "court at any time.",
    "de": "Wenn Sie nicht einverstanden sind, können Sie eine zertifizierte Stelle für außergerichtliche "
    "Streitbeilegung anrufen (Art. 21) und jederzeit vor Gericht gehen.",
    "fr": "Si vous n'êtes pas d'accord, vous pouvez saisir un organe certifié de règlement extrajudiciaire des litiges "
    "(art. 21) et, à tout moment, aller en justice.",
}


def language_of(tag: str) -> str:
    """The language of letters for a BCP 47 tag: its own where there is one, else English."""
    primary = tag.partition("-")[0]
    return primary if primary in LANGUAGES else LANGUAGES[0]


def facts(
    letter: NoticeLetter, *, language: str, recipient: str, link: str, items: Sequence[Mapping[str, Any]],
    note: str | None,
) -> NoticeMail | None:  # fmt: skip
    """Return what a letter about a notice says, as the notice stands now; None where it would say nothing."""
    about = [item for item in items if letter not in _ABOUT or item["state"] == _ABOUT[letter]]
    if letter in _ABOUT and not about:
        return None
    said = "".join(
        f"- {item['url']}: {outcome_of(str(item['state']), language, item.get('withdrawal'))}\n" + _reason(item)
        for item in about
    )
    asked = questions(about, language) if letter in _ABOUT else ""
    return NoticeMail(
        recipient=recipient, link=link, items=said, questions=asked, note=note, redress=_REDRESS[language]
    )


def _reason(item: Mapping[str, Any]) -> str:
    return "".join(f"  {line}\n" for line in (item.get("public_reason") or "").splitlines())


def redress_in(language: str) -> str:
    """Return the means of redress against a decision: DSA Art. 16(5)."""
    return _REDRESS[language]


def outcome_of(state: str, language: str, withdrawal: Withdrawal | None = None) -> str:
    """Return how an item ended, in words, and what became of the withdrawal that was asked for."""
    words = _WORDS[language]
    said = words[_ENDED_AS.get(ItemState(state), "open")]
    return said if withdrawal in (None, Withdrawal.GRANTED) else f"{said} ({words[withdrawal]})"
