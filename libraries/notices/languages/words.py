"""The phrases of one language: the table that each language fills."""

from collections.abc import Mapping
from dataclasses import dataclass

from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

Phrases = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Phrases as regular expressions, searched in plain text (`plain.py`) without regard to case.

    A space stands for any white space. Gaps are bounded, so that a phrase takes time that grows with the text.

    Attributes:
        counters: said only in the answer to a complaint.
        names_counter: what such an answer calls itself.
        disputes: said by who wants his listing back.
        retracts: said when a complaint is taken back.
        accuses: said when somebody complains.
        claims: what each kind of right is called.
        laws: the laws under which a notice is given.
        headings: what the parts of a notice are headed.
        statements: what the law asks to be declared.
        under_perjury: how somebody swears.
        authorised: what is sworn by who complains.
        mistaken: what is sworn by who answers.
        work: how the work, or the right, is said to be one's own.
        complained: in the clause before the address of a copy.
        original: in the clause before the address of one's own work.
        source: right before the address of what was copied.
        signed: before a name that signs.
        closings: the words a letter closes with.
        labels: before an address or a number by which somebody can be reached.
        reached: the same in running text, the number included.
        streets: how a street is written; these are searched with regard to case.
        titles: before the title of a work.
        says_name: before one's own name.
        and_: what joins the name to what follows.
        explains: in a paragraph that says why.
    """

    counters: Phrases
    names_counter: Phrases
    disputes: Phrases
    retracts: Phrases
    accuses: Phrases
    claims: Mapping[Claim, Phrases]
    laws: Mapping[LegalBasis, Phrases]
    headings: Mapping[Part, Phrases]
    statements: Mapping[Element, Phrases]
    under_perjury: Phrases
    authorised: Phrases
    mistaken: Phrases
    work: Phrases
    complained: Phrases
    original: Phrases
    source: Phrases
    signed: Phrases
    closings: Phrases
    labels: Phrases
    reached: Phrases
    streets: Phrases
    titles: Phrases
    says_name: Phrases
    and_: Phrases
    explains: Phrases
