"""Questions to a notifier in words: each code that asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.contracts.codes import ReasonCode

_UNTIL: Mapping[str, tuple[str, str]] = {
    "en": ("answer by", "can be reopened until"),
    "de": ("Antwort bis", "kann wieder geöffnet werden bis"),
    "fr": ("réponse avant le", "peut être rouverte jusqu'au"),
}
_ASKED: Mapping[ReasonCode, Mapping[str, str]] = {
    code: dict(zip(("en", "de", "fr"), words, strict=True))
    for code, *words in (
        (
            ReasonCode.N_IDENTITY_MISSING,
            "Who are you, and how are you related to the owner of the right?",
            "Wer sind Sie, und in welchem Verhältnis stehen Sie zum Inhaber des Rechts?",
            "Qui êtes-vous, et quel est votre lien avec le titulaire du droit ?",
        ),
        (
            ReasonCode.N_AUTHORITY_MISSING,
            "What allows you to act for the owner of the right?",
            "Was berechtigt Sie, für den Inhaber des Rechts zu handeln?",
            "Qu'est-ce qui vous autorise à agir pour le titulaire du droit ?",
        ),
        (
            ReasonCode.N_AUTHORITY_EXPIRED,
            "Your authority to act for the owner has ended: which one holds now?",
            "Ihre Vollmacht des Inhabers ist abgelaufen: Welche gilt jetzt?",
            "Votre mandat du titulaire a pris fin : lequel est en vigueur ?",
        ),
        (
            ReasonCode.N_AUTHORITY_SCOPE,
            "Your authority does not cover this right or country: what does?",
            "Ihre Vollmacht umfasst dieses Recht oder Land nicht: Was umfasst es?",
            "Votre mandat ne couvre pas ce droit ou ce pays : qu'est-ce qui le couvre ?",
        ),
        (
            ReasonCode.N_REGISTRATION_NUMBER_INVALID,
            "The registration number has another shape at this office: what is it?",
            "Die Registernummer sieht bei diesem Amt anders aus: Wie lautet sie?",
            "Le numéro d'enregistrement a une autre forme auprès de cet office : quel est-il ?",
        ),
        (
            ReasonCode.N_REGISTRATION_NOT_FOUND,
            "We did not find the registration: where is the right registered, and under which number?",
            "Wir haben die Eintragung nicht gefunden: Wo und unter welcher Nummer ist das Recht eingetragen?",
            "Nous n'avons pas trouvé l'enregistrement : où, et sous quel numéro, le droit est-il enregistré ?",
        ),
        (
            ReasonCode.N_URL_INVALID,
            "We could not find the listing at this address: what is its exact address?",
            "Unter dieser Adresse haben wir das Angebot nicht gefunden: Wie lautet sie genau?",
            "Nous n'avons pas trouvé l'offre à cette adresse : quelle est son adresse exacte ?",
        ),
        (
            ReasonCode.N_URL_IS_STORE,
            "This is the address of a whole store: which listings do you mean?",
            "Das ist die Adresse eines ganzen Shops: Welche Angebote meinen Sie?",
            "C'est l'adresse d'une boutique entière : de quelles offres s'agit-il ?",
        ),
        (
            ReasonCode.N_URL_IS_SHORT,
            "This is a short link: which address does it open?",
            "Das ist ein Kurzlink: Welche Adresse öffnet er?",
            "C'est un lien court : quelle adresse ouvre-t-il ?",
        ),
        (
            ReasonCode.N_EXPLANATION_MISSING,
            "Why does this listing infringe the right? Please explain.",
            "Warum verletzt dieses Angebot das Recht? Bitte erläutern Sie es.",
            "Pourquoi cette offre porte-t-elle atteinte au droit ? Veuillez l'expliquer.",
        ),
        (
            ReasonCode.N_EVIDENCE_NOT_FOUND,
            "Something that you refer to did not reach us: what does it show?",
            "Etwas, worauf Sie verweisen, hat uns nicht erreicht: Was zeigt es?",
            "Un élément auquel vous renvoyez ne nous est pas parvenu : que montre-t-il ?",
        ),
        (
            ReasonCode.N_CLAIM_CHART,
            "Which elements of the patent claim does the product have, one by one?",
            "Welche Merkmale des Patentanspruchs hat das Erzeugnis, eines nach dem anderen?",
            "Quels éléments de la revendication le produit présente-t-il, un par un ?",
        ),
        (
            ReasonCode.N_TEST_PURCHASE,
            "Have you bought the product, and what did you find?",
            "Haben Sie das Produkt gekauft, und was haben Sie festgestellt?",
            "Avez-vous acheté le produit, et qu'avez-vous constaté ?",
        ),
        (
            ReasonCode.N_COMPARISON,
            "How does the listing compare to the original?",
            "Wie unterscheidet sich das Angebot vom Original, oder worin gleicht es ihm?",
            "En quoi l'offre ressemble-t-elle à l'original, ou en diffère-t-elle ?",
        ),
        (
            ReasonCode.N_ADDRESS_ONLY,
            "Can you send the original itself, and not only an address at which it is?",
            "Können Sie das Original selbst senden, und nicht nur eine Adresse, unter der es ist?",
            "Pouvez-vous envoyer l'original lui-même, et pas seulement une adresse où il se trouve ?",
        ),
        (
            ReasonCode.N_GOOD_FAITH_MISSING,
            "Do you state in good faith that this use is not allowed?",
            "Erklären Sie nach bestem Wissen, dass diese Nutzung nicht erlaubt ist?",
            "Déclarez-vous de bonne foi que cet usage n'est pas autorisé ?",
        ),
        (
            ReasonCode.N_ACCURACY_MISSING,
            "Do you state that your notice is accurate and complete?",
            "Erklären Sie, dass Ihre Angaben richtig und vollständig sind?",
            "Déclarez-vous que votre notification est exacte et complète ?",
        ),
        (
            ReasonCode.N_PERJURY_MISSING,
            "Do you state, under penalty of perjury, that you may act for the owner?",
            "Versichern Sie an Eides statt, dass Sie für den Inhaber handeln dürfen?",
            "Déclarez-vous, sous peine de parjure, être autorisé à agir pour le titulaire ?",
        ),
        (
            ReasonCode.N_SIGNATURE_MISSING,
            "What is your full name, as your signature?",
            "Wie lautet Ihr voller Name, als Unterschrift?",
            "Quel est votre nom complet, en guise de signature ?",
        ),
        (
            ReasonCode.N_LANGUAGE_NOT_READ,
            "We do not read the language of your notice: what does it say, in English, German or French?",
            "Wir lesen die Sprache Ihrer Meldung nicht: Was steht darin, auf Deutsch, Englisch oder Französisch?",
            "Nous ne lisons pas la langue de votre notification : que dit-elle, en français ou en anglais ?",
        ),
    )
}


def asked_in_words(code: str | None, language: str) -> str:
    """Return the question of a code; an explanation, where the code asks nothing."""
    known = _ASKED.get(ReasonCode(code)) if code else None
    return (known or _ASKED[ReasonCode.N_EXPLANATION_MISSING])[language]


def questions(items: Sequence[Mapping[str, Any]], language: str) -> str:
    """The listings of a letter, each with what is asked about it and until when."""
    due, reopen = _UNTIL[language]
    return "".join(
        f"- {item['url']}\n  {asked_in_words(item['code'], language)}\n"
        + "".join(f"  > {line}\n" for line in (item.get("question") or "").splitlines())
        + (f"  ({due} {day(item['answer_due_at'])})\n" if item.get("answer_due_at") else "")
        + (f"  ({reopen} {day(item['reopen_until'])})\n" if item.get("reopen_until") else "")
        for item in items
    )


def day(at: datetime) -> str:
    """A moment as letters and pages name it, the same in every language."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
