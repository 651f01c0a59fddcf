"""Mail to notifiers: plain text in English, German and French.

Nothing that a notifier has written is in a letter before the notice is confirmed: whoever enters a stranger's address
could otherwise have us write to that stranger what they like.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.intake.public_notices.questions import LETTERS, questions
from shared.contracts.codes import ItemState
from shared.contracts.withdrawal_codes import Withdrawal

LANGUAGES = ("en", "de", "fr")

_LETTERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "confirm": (
            "Please confirm your notice",
            (
                "Someone has entered this address in a notice of infringing listings ({id}).\n\n"
                "If it was you, open this link and confirm the notice:\n\n{link}\n\n"
                "If it was not you, there is nothing to do: without a confirmation the notice is deleted.\n"
            ),
        ),
        "receipt": (
            "We have received your notice",
            (
                "We have received your notice {id} (Art. 16(4) Regulation (EU) 2022/2065). People will decide "
                "on it, without undue delay.\n\nFollow it here:\n\n{link}\n\n"
                "The link is for you alone: whoever has it can read the notice.\n"
            ),
        ),
        "outcome": (
            "Your notice has been decided",
            "Your notice {id} has been decided:\n\n{items}\n{note}\n{redress}\n\n{link}\n",
        ),
        "withdrawn": (
            "Your notice was withdrawn",
            (
                "Your notice {id} was withdrawn by the link that was sent to this address:\n\n{items}\n{link}\n\n"
                "If it was not you, somebody has read your mail; you can send the notice again at any time.\n"
            ),
        ),
    },
    "de": {
        "confirm": (
            "Bitte bestätigen Sie Ihre Meldung",
            (
                "Jemand hat diese Adresse in einer Meldung rechtsverletzender Angebote angegeben ({id}).\n\n"
                "Wenn Sie es waren, öffnen Sie diesen Link und bestätigen Sie die Meldung:\n\n{link}\n\n"
                "Wenn nicht, ist nichts zu tun: Ohne Bestätigung wird die Meldung gelöscht.\n"
            ),
        ),
        "receipt": (
            "Wir haben Ihre Meldung erhalten",
            (
                "Wir haben Ihre Meldung {id} erhalten (Art. 16 Abs. 4 Verordnung (EU) 2022/2065). Menschen entscheiden "
                "darüber, unverzüglich.\n\nHier sehen Sie, wie es weitergeht:\n\n{link}\n\n"
                "Der Link ist nur für Sie: Wer ihn hat, kann die Meldung lesen.\n"
            ),
        ),
        "outcome": (
            "Über Ihre Meldung wurde entschieden",
            "Über Ihre Meldung {id} wurde entschieden:\n\n{items}\n{note}\n{redress}\n\n{link}\n",
        ),
        "withdrawn": (
            "Ihre Meldung wurde zurückgenommen",
            (
                "Ihre Meldung {id} wurde über den Link zurückgenommen, der an diese Adresse ging:\n\n"
                "{items}\n{link}\n\n"
                "Wenn Sie es nicht waren, hat jemand Ihre Post gelesen; Sie können die Meldung jederzeit neu senden.\n"
            ),
        ),
    },
    "fr": {
        "confirm": (
            "Veuillez confirmer votre notification",
            (
                "Quelqu'un a indiqué cette adresse dans une notification d'offres contrefaisantes ({id}).\n\n"
                "Si c'était vous, ouvrez ce lien et confirmez la notification :\n\n{link}\n\n"
                "Sinon, il n'y a rien à faire : sans confirmation, la notification est supprimée.\n"
            ),
        ),
        "receipt": (
            "Nous avons reçu votre notification",
            (
                "Nous avons reçu votre notification {id} (art. 16, paragraphe 4, règlement (UE) 2022/2065). Des "
                "personnes en décideront dans les meilleurs délais.\n\nSuivez-la ici :\n\n{link}\n\n"
                "Ce lien n'est que pour vous : quiconque l'a peut lire la notification.\n"
            ),
        ),
        "outcome": (
            "Votre notification a fait l'objet d'une décision",
            "Votre notification {id} a fait l'objet d'une décision :\n\n{items}\n{note}\n{redress}\n\n{link}\n",
        ),
        "withdrawn": (
            "Votre notification a été retirée",
            (
                "Votre notification {id} a été retirée par le lien envoyé à cette adresse :\n\n{items}\n{link}\n\n"
                "Si ce n'était pas vous, quelqu'un a lu votre courrier ; vous pouvez renvoyer la notification à tout "
                "moment.\n"
            ),
        ),
    },
}
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
_ABOUT: Mapping[str, ItemState] = {
    "question": ItemState.NEEDS_INFORMATION,
    "reminder": ItemState.NEEDS_INFORMATION,
    "closed": ItemState.CLOSED,
}
"""Letters about listings in one state, which are pointless once there is none."""
_REDRESS: Mapping[str, str] = {
    "en": "If you disagree, you can complain to us free of charge within six months (Art. 20), turn to a certified "
    "out-of-court dispute settlement body (Art. 21), and go to court at any time.",
    "de": "Wenn Sie nicht einverstanden sind, können Sie sich binnen sechs Monaten kostenlos bei uns beschweren "
    "(Art. 20), eine zertifizierte Stelle für außergerichtliche Streitbeilegung anrufen (Art. 21) und jederzeit "
    "vor Gericht gehen.",
    "fr": "Si vous n'êtes pas d'accord, vous pouvez introduire gratuitement une réclamation auprès de nous dans les "
    "six mois (art. 20), saisir un organe certifié de règlement extrajudiciaire des litiges (art. 21) et, à tout "
    "moment, aller en justice.",
}


@dataclass(frozen=True)
class Letter:
    """A letter as it is sent."""

    subject: str
    text: str
    language: str


def language_of(tag: str) -> str:
    """The language of letters for a BCP 47 tag: its own where there is one, else English."""
    primary = tag.partition("-")[0]
    return primary if primary in LANGUAGES else LANGUAGES[0]


def write(
    kind: str, *, language: str, notice_id: str, link: str, items: Sequence[Mapping[str, Any]] = (), note: str | None
) -> Letter | None:
    """A letter about a notice, as the notice stands now; None where meanwhile it would say nothing."""
    own = language_of(language)
    subject, text = (LETTERS[own] if kind in _ABOUT else _LETTERS[own])[kind]
    about = [item for item in items if kind not in _ABOUT or item["state"] == _ABOUT[kind]]
    if kind in _ABOUT and not about:
        return None
    said = text.format(
        id=notice_id,
        link=link,
        items="".join(
            f"- {item['url']}: {outcome_of(str(item['state']), own, item.get('withdrawal'))}\n" for item in about
        ),
        questions=questions(about, own) if kind in _ABOUT else "",
        note=f"{note}\n" if note else "",
        redress=_REDRESS[own],
    )
    return Letter(subject, said, own)


def redress(language: str) -> str:
    """Return the means of redress against a decision: DSA Art. 16(5)."""
    return _REDRESS[language]


def outcome_of(state: str, language: str, withdrawal: Withdrawal | None = None) -> str:
    """Return how an item ended, in words, and what became of the withdrawal that was asked for."""
    words = _WORDS[language]
    said = words[_ENDED_AS.get(ItemState(state), "open")]
    return said if withdrawal in (None, Withdrawal.GRANTED) else f"{said} ({words[withdrawal]})"
