"""Rules about what the law wants a notice to say."""

from collections.abc import Iterator, Mapping

from services.intake.domain.findings.model import Case, blocks
from shared.contracts.codes import LegalBasis, ReasonCode
from shared.contracts.things import Finding

LEAST_EXPLANATION = 20

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


def statements_are_made(case: Case) -> Iterator[Finding]:
    for name, code, declares in _DEMANDED[case.body.legal_basis]:
        if not getattr(case.body.statements, name):
            yield blocks(
                code,
                f"A notice under {case.body.legal_basis.value} declares {declares}.",
                f"/statements/{name}",
                "Make the statement, and set it to true, if it is true.",
            )


def is_signed(case: Case) -> Iterator[Finding]:
    """17 USC 512(c)(3)(A)(i)."""
    if not case.body.signature:
        yield blocks(
            ReasonCode.N_SIGNATURE_MISSING, "Nobody has signed.", "/signature", "Sign with the full name of a person."
        )


def says_who(case: Case) -> Iterator[Finding]:
    """17 USC 512(c)(3)(A)(iv), DSA Art. 16(2)(c)."""
    for name in ("name", "email"):
        if not getattr(case.body.contact, name):
            yield blocks(
                ReasonCode.N_IDENTITY_MISSING,
                f"The contact has no {name}.",
                f"/contact/{name}",
                "Give the name and the e-mail address of who can be asked.",
            )


def is_explained(case: Case) -> Iterator[Finding]:
    """DSA Art. 16(2)(a)."""
    if len(case.body.explanation) < LEAST_EXPLANATION:
        yield blocks(
            ReasonCode.N_EXPLANATION_MISSING,
            f"The explanation has fewer than {LEAST_EXPLANATION} characters.",
            "/explanation",
            "Say what is protected, what the listing does with it, and why that is not allowed.",
        )


RULES = (statements_are_made, is_signed, says_who, is_explained)
