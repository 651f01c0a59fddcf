"""Rules about what the law wants a notice to say."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from services.intake.finding import blocks, informs, warns
from services.intake.reports.findings.case import Case, finds
from shared.contracts.codes import LegalBasis, ReasonCode
from shared.contracts.things import Finding

LEAST_EXPLANATION = 20
LEAST_LETTERS = 8
"""Whatever the language: fewer different letters make one word, over and over."""
MANY_ITEMS = 50
"""From so many listings on, one text for all of them is taken for boilerplate."""

_GOOD_FAITH = ("good_faith", ReasonCode.N_GOOD_FAITH_MISSING, "the belief, in good faith, that the use is not allowed")
_ACCURACY = ("accuracy", ReasonCode.N_ACCURACY_MISSING, "that the notice is accurate and complete")
_PERJURY = ("perjury", ReasonCode.N_PERJURY_MISSING, "under penalty of perjury, the authority to act for the owner")

# DMCA: 17 USC 512(c)(3)(A)(v) and (vi). DSA: Art. 16(2)(d). China: E-Commerce Law Art. 42 makes who errs in bad faith
# liable twofold. Our own terms ask for what the DSA asks.
_DEMANDED: Mapping[LegalBasis, tuple[tuple[str, ReasonCode, str], ...]] = {
    LegalBasis.DMCA: (_GOOD_FAITH, _ACCURACY, _PERJURY),
    LegalBasis.DSA: (_GOOD_FAITH, _ACCURACY),
    LegalBasis.CHINA_ECOMMERCE: (_GOOD_FAITH, _ACCURACY),
    LegalBasis.TERMS: (_GOOD_FAITH, _ACCURACY),
}


@finds(
    "/statements/good_faith",
    blocking=[ReasonCode.N_GOOD_FAITH_MISSING, ReasonCode.N_ACCURACY_MISSING, ReasonCode.N_PERJURY_MISSING],
)
def statements_are_made(case: Case) -> Iterator[Finding]:
    """The statements that the legal basis demands: 17 USC 512(c)(3)(A)(v) and (vi), DSA Art. 16(2)(d)."""
    for name, code, declares in _DEMANDED[case.body.legal_basis]:
        if not getattr(case.body.statements, name):
            yield blocks(
                code,
                f"A notice under {case.body.legal_basis.value} declares {declares}.",
                f"/statements/{name}",
                "Make the statement, and set it to true, if it is true.",
            )


@finds("/signature", blocking=[ReasonCode.N_SIGNATURE_MISSING])
def is_signed(case: Case) -> Iterator[Finding]:
    """The notice is signed (17 USC 512(c)(3)(A)(i))."""
    if not case.body.signature:
        yield blocks(
            ReasonCode.N_SIGNATURE_MISSING, "Nobody has signed.", "/signature", "Sign with the full name of a person."
        )


@finds("/contact/name", blocking=[ReasonCode.N_IDENTITY_MISSING])
def says_who(case: Case) -> Iterator[Finding]:
    """The notice says who can be asked (17 USC 512(c)(3)(A)(iv), DSA Art. 16(2)(c))."""
    for name in ("name", "email"):
        if not getattr(case.body.contact, name):
            yield blocks(
                ReasonCode.N_IDENTITY_MISSING,
                f"The contact has no {name}.",
                f"/contact/{name}",
                "Give the name and the e-mail address of who can be asked.",
            )


_EXPLAIN = "Say what is protected, what the listing does with it, and why that is not allowed."


@finds("/explanation", blocking=[ReasonCode.N_EXPLANATION_MISSING])
def is_explained(case: Case) -> Iterator[Finding]:
    """The notice says why the listing is not allowed (DSA Art. 16(2)(a))."""
    if len(case.body.explanation) < LEAST_EXPLANATION:
        yield blocks(
            ReasonCode.N_EXPLANATION_MISSING,
            f"The explanation has fewer than {LEAST_EXPLANATION} characters.",
            "/explanation",
            _EXPLAIN,
        )
    elif sum(letter.isalnum() for letter in set(case.body.explanation.casefold())) < LEAST_LETTERS:
        message = "The explanation says one thing over and over."
        yield blocks(ReasonCode.N_EXPLANATION_MISSING, message, "/explanation", _EXPLAIN)


# What begins a blank in brackets, in English, German, French and Spanish.
_TO_FILL_IN = (
    "insert|enter|your|name|brand|describe|date|url|title|company|trademark|address"
    "|ihr(?:e[nmrs]?)?|hier|marke|titel|firma|datum"
    "|votre|vos|ins[ée]rer|indiquer|nom|titre|marque|soci[ée]t[ée]"
    "|su|sus|insertar|indicar|nombre|marca|t[ií]tulo|empresa|fecha"
)
_BLANK = re.compile(
    rf"\[(?:{_TO_FILL_IN})\b[^\]\n]{{0,60}}\]|<(?:{_TO_FILL_IN})\b[^>\n]{{0,60}}>|<<[^<>\n]{{1,60}}>>"
    r"|\((?:insert|enter|ins[ée]rer|insertar)\b[^)\n]{0,60}\)|\{[a-z_. ]{2,60}\}|%[a-z]{3}[a-z_]{0,40}%"
    r"|\blorem ipsum\b|_{6,}|\bXXX+\b",
    re.IGNORECASE,
)


@finds("/explanation", warning=[ReasonCode.N_EXPLANATION_MISSING])
def template_is_filled_in(case: Case) -> Iterator[Finding]:
    """A template that was not filled in explains nothing."""
    texts = [("/explanation", case.body.explanation)]
    texts += [(f"/items/{i}/explanation", item.explanation or "") for i, item in case.items_with("explanation")]
    for pointer, text in texts:
        found = _BLANK.search(text)
        if found:
            yield warns(
                ReasonCode.N_EXPLANATION_MISSING,
                f"A blank of a template was left: {found[0][:60]}",
                pointer,
                "Fill it in, or take it out.",
            )


@finds("/items", warning=[ReasonCode.N_EXPLANATION_MISSING], informing=[ReasonCode.N_EXPLANATION_MISSING])
def items_are_told_apart(case: Case) -> Iterator[Finding]:
    """One text under many listings says little about any of them (DSA Art. 16(2)(a): sufficiently substantiated)."""
    if len(case.body.items) < MANY_ITEMS:
        return
    told = Counter(" ".join((item.explanation or "").casefold().split()) for _, item in case.items_with("explanation"))
    fix = "Say for each listing, or each kind of listing, what it shows; or attach evidence of each."
    if max(told.values(), default=0) >= MANY_ITEMS:
        message = f"The same words stand under {max(told.values())} listings."
        yield warns(ReasonCode.N_EXPLANATION_MISSING, message, "/items", fix)
    elif len(case.body.items) - told.total() >= MANY_ITEMS and not case.has_evidence:
        message = f"One explanation stands for {len(case.body.items) - told.total()} listings, and no evidence."
        yield informs(ReasonCode.N_EXPLANATION_MISSING, message, "/items", fix)


RULES = (statements_are_made, is_signed, says_who, is_explained, template_is_filled_in, items_are_told_apart)
