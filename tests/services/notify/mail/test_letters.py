"""Letters in words: each letter in each language, whole, and a text that means what it says."""

import re
from io import BytesIO

import pytest
from jinja2.ext import babel_extract

from services.notify.mail.letters import TEMPLATES, catalogue, languages, write
from shared.contracts.events import NoticeLetter
from tests.services.notify.mail.conftest import LINK, facts

NOTICE = "ntc_01m8e"
LISTING = "- https://shop.example/item/1?a=1&b=<2>\n  Why?\n"
TEXTS = {
    ("confirm", "en"): (
        "Please confirm your notice",
        (
            f"Someone has entered this address in a notice of infringing listings ({NOTICE}).\n\n"
            f"If it was you, open this link and confirm the notice:\n\n{LINK}\n\n"
            "If it was not you, there is nothing to do: without a confirmation the notice is deleted.\n"
        ),
    ),
    ("receipt", "de"): (
        "Wir haben Ihre Meldung erhalten",
        (
            f"Wir haben Ihre Meldung {NOTICE} erhalten (Art. 16 Abs. 4 Verordnung (EU) 2022/2065). Menschen "
            f"entscheiden darüber, unverzüglich.\n\nHier sehen Sie, wie es weitergeht:\n\n{LINK}\n\n"
            "Der Link ist nur für Sie: Wer ihn hat, kann die Meldung lesen.\n"
        ),
    ),
    ("question", "fr"): (
        "Une question sur votre notification",
        (
            f"Avant de décider de votre notification {NOTICE}, nous devons en savoir plus :\n\n{LISTING}\n"
            f"Ouvrez ce lien et écrivez-y votre réponse :\n\n{LINK}\n\n"
            "Sans réponse d'ici là, ces offres sont closes ; votre réponse les rouvre encore ensuite. "
            "Par le même lien, vous pouvez retirer la notification.\n"
        ),
    ),
    ("outcome", "en"): (
        "Your notice has been decided",
        f"Your notice {NOTICE} has been decided:\n\n{LISTING}\nIt's <b>fine</b> & well.\n\nGo to court.\n\n{LINK}\n",
    ),
    ("withdrawn", "de"): (
        "Ihre Meldung wurde zurückgenommen",
        (
            f"Ihre Meldung {NOTICE} wurde über den Link zurückgenommen, der an diese Adresse ging:\n\n{LISTING}\n"
            f"{LINK}\n\n"
            "Wenn Sie es nicht waren, hat jemand Ihre Post gelesen; Sie können die Meldung jederzeit neu senden.\n"
        ),
    ),
    ("closed", "en"): (
        "Your notice was closed without an answer",
        (
            f"No answer came about these listings of your notice {NOTICE}, so that they were closed:\n\n{LISTING}\n"
            f"Your answer reopens them; open this link and write it there:\n\n{LINK}\n"
        ),
    ),
}


@pytest.mark.parametrize(("letter", "language"), TEXTS)
def test_a_letter_says_these_words(letter: str, language: str) -> None:
    note = "It's <b>fine</b> & well." if letter == "outcome" else None
    mail = facts(items=LISTING, questions=LISTING, note=note, redress="Go to court.")
    found = write(NoticeLetter(letter), mail, notice_id=NOTICE, language=language)
    assert (found.subject, found.text) == TEXTS[letter, language]
    assert found.language == language


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("letter", NoticeLetter)
def test_every_letter_is_written_in_every_language(letter: NoticeLetter, language: str) -> None:
    mail = facts(items=LISTING, questions=LISTING, redress="Go to court.")
    found = write(letter, mail, notice_id=NOTICE, language=language)
    english = write(letter, mail, notice_id=NOTICE, language="en")
    assert (found.subject != english.subject) is (language != "en")
    assert LINK in found.text
    assert not re.search(r"[{}%]", found.subject + found.text)
    assert found.subject.count("\n") == 0


def test_an_unknown_language_is_answered_in_english() -> None:
    assert languages() == ("en", "de", "fr")
    assert write(NoticeLetter.CONFIRM, facts(), notice_id=NOTICE, language="tlh").language == "en"


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_catalogue_has_all_words_of_the_templates_with_their_blanks_and_no_others(language: str) -> None:
    wanted = {
        str(message)
        for path in TEMPLATES.glob("*.txt")
        for _, _, message, _ in babel_extract(BytesIO(path.read_bytes()), ("gettext",), [], {})
    }
    kept = {str(message.id): str(message.string) for message in catalogue(language) if message.id}
    assert kept.keys() == wanted
    for english, words in kept.items():
        assert words
        assert words != english
        assert sorted(re.findall(r"%\((\w+)\)s", words)) == sorted(re.findall(r"%\((\w+)\)s", english))
