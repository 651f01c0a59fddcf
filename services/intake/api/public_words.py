"""What the pages of a notice say, in English, German and French."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "confirm": "Confirm your notice", "button": "Confirm", "done": "Thank you: your notice is confirmed.",
        "again": "Your notice was confirmed already.", "gone": "This link is no longer good.", "status": "Your notice",
        "asked": "We have a question", "inform_by": "Please answer by", "reopen": "Closed without an answer",
        "reopen_by": "Your answer reopens it until", "answer": "Your answer", "send": "Send",
        "withdraw": "Withdraw the notice", "sure": "What was decided already stays as it is.",
        "answered": "Thank you: your answer has been passed on.", "withdrawn": "Your notice has been withdrawn.",
        "nothing_asked": "Nothing is asked about your notice any more.",
        "nothing_to_reopen": "Nothing of your notice is closed for want of an answer.",
        "reopening_over": "The time to reopen it is over; you can send a new notice.",
        "reported_anew": "The listing has been reported anew since.",
        "items_closed": "Your notice has its outcome already, or was withdrawn.",
    },
    "de": {
        "confirm": "Bestätigen Sie Ihre Meldung", "button": "Bestätigen",
        "done": "Danke: Ihre Meldung ist bestätigt.", "again": "Ihre Meldung wurde schon bestätigt.",
        "gone": "Dieser Link gilt nicht mehr.", "status": "Ihre Meldung",
        "asked": "Wir haben eine Frage", "inform_by": "Bitte antworten Sie bis", "reopen": "Ohne Antwort abgeschlossen",
        "reopen_by": "Ihre Antwort öffnet sie wieder bis", "answer": "Ihre Antwort", "send": "Senden",
        "withdraw": "Die Meldung zurücknehmen", "sure": "Was schon entschieden ist, bleibt, wie es ist.",
        "answered": "Danke: Ihre Antwort ist weitergegeben.", "withdrawn": "Ihre Meldung ist zurückgenommen.",
        "nothing_asked": "Zu Ihrer Meldung wird nichts mehr gefragt.",
        "nothing_to_reopen": "Nichts von Ihrer Meldung ist ohne Antwort abgeschlossen.",
        "reopening_over": "Die Zeit dafür ist vorbei; Sie können eine neue Meldung senden.",
        "reported_anew": "Das Angebot wurde seither neu gemeldet.",
        "items_closed": "Über Ihre Meldung wurde schon entschieden, oder sie wurde zurückgenommen.",
    },
    "fr": {
        "confirm": "Confirmez votre notification", "button": "Confirmer",
        "done": "Merci : votre notification est confirmée.", "again": "Votre notification a déjà été confirmée.",
        "gone": "Ce lien n'est plus valable.", "status": "Votre notification",
        "asked": "Nous avons une question", "inform_by": "Veuillez répondre avant le", "reopen": "Close sans réponse",
        "reopen_by": "Votre réponse la rouvre jusqu'au", "answer": "Votre réponse", "send": "Envoyer",
        "withdraw": "Retirer la notification", "sure": "Ce qui est déjà décidé reste tel quel.",
        "answered": "Merci : votre réponse a été transmise.", "withdrawn": "Votre notification est retirée.",
        "nothing_asked": "Plus aucune question n'est posée sur votre notification.",
        "nothing_to_reopen": "Rien de votre notification n'est clos faute de réponse.",
        "reopening_over": "Le délai pour la rouvrir est passé ; vous pouvez envoyer une nouvelle notification.",
        "reported_anew": "L'offre a été signalée à nouveau depuis.",
        "items_closed": "Votre notification est déjà décidée, ou elle a été retirée.",
    },
}  # fmt: skip
