"""Letters in words: a template each, in English, and a catalogue for every other language.

To change the wording, change `templates/<letter>.txt` and the same words in `locale/*/LC_MESSAGES/letters.po`; a test
names what a catalogue lacks. How a notice stands and what its notifier is asked is worded by intake, which shows it on
its pages too (`public_notices/notice_words.py`, `question_words.py`).

Nothing that a notifier has written is in a letter before the notice is confirmed: whoever enters a stranger's address
could otherwise have us write to that stranger what they like.
"""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shared.contracts.events import NoticeLetter
from shared.contracts.things import NoticeMail

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
ENGLISH = "en"


@dataclass(frozen=True)
class Letter:
    """A letter as it is sent."""

    subject: str
    text: str
    language: str


def languages() -> tuple[str, ...]:
    """Return the languages of letters, English first."""
    return (ENGLISH, *sorted(path.parents[1].name for path in FOLDER.glob("locale/*/LC_MESSAGES/letters.po")))


def catalogue(language: str) -> Catalog:
    """The catalogue of a language other than English. Raises `FileNotFoundError`."""
    with (FOLDER / "locale" / language / "LC_MESSAGES" / "letters.po").open("rb") as file:
        return read_po(file, locale=language)


def write(letter: NoticeLetter, mail: NoticeMail, *, notice_id: str, language: str) -> Letter:
    """Word a letter; in English where it has no words in this language."""
    own = language if language in languages() else ENGLISH
    template = _environment(own).get_template(f"{letter.value}.txt")
    facts = mail.model_dump(exclude={"recipient", "note"})
    module = template.make_module({**facts, "id": notice_id, "note": f"{mail.note}\n" if mail.note else ""})
    return Letter(str(module.subject), str(module), own)  # type: ignore[attr-defined]  # the template sets it


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(),  # of HTML; a text means what it says
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.install_gettext_translations(_translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


def _translations(language: str) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translations(compiled)
