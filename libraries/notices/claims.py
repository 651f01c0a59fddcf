"""Which right a notice claims, and under which law."""

import re
from itertools import islice

from libraries.notices.languages import every
from libraries.notices.patterns import any_of
from shared.contracts.codes import Claim, LegalBasis

_MAX_COUNTED = 20

_CLAIMS: tuple[tuple[Claim, int, re.Pattern[str]], ...] = (
    # A counterfeit notice speaks of trademarks, and a design notice of copies: the rarer word weighs more.
    (
        Claim.COUNTERFEIT,
        4,
        any_of(
            r"counterfeit",
            r"\bfakes?\b",
            r"knock-?offs?",
            r"\breplicas?\b",
            *every("claims", Claim.COUNTERFEIT),
        ),
    ),
    (
        Claim.GEOGRAPHICAL_INDICATION,
        4,
        any_of(
            r"geographical indication",
            r"protected designation of origin",
            r"\bPDO\b",
            r"\bPGI\b",
            *every("claims", Claim.GEOGRAPHICAL_INDICATION),
        ),
    ),
    (
        Claim.TRADE_DRESS,
        4,
        any_of(
            r"trade dress",
            r"get-?up of",
            *every("claims", Claim.TRADE_DRESS),
        ),
    ),
    (
        Claim.PATENT,
        3,
        any_of(
            r"(?<!design )\bpatents?\b",
            r"\bpatented\b",
            *every("claims", Claim.PATENT),
        ),
    ),
    (
        Claim.DESIGN,
        4,
        any_of(
            r"(?:registered|community|industrial|protected|eu) design",
            r"design patent",
            *every("claims", Claim.DESIGN),
        ),
    ),
    (
        Claim.TRADEMARK,
        2,
        any_of(
            r"trade-? ?marks?",
            r"service marks?",
            r"brand name",
            *every("claims", Claim.TRADEMARK),
        ),
    ),
    (
        Claim.COPYRIGHT,
        1,
        any_of(
            r"copyright",
            r"dmca",
            r"digital millennium",
            r"source code",
            *every("claims", Claim.COPYRIGHT),
        ),
    ),
)

_BASES: tuple[tuple[LegalBasis, re.Pattern[str]], ...] = (
    (
        LegalBasis.DSA,
        any_of(
            r"digital services act",
            r"\bDSA\b",
            r"2022/2065",
            *every("laws", LegalBasis.DSA),
        ),
    ),
    (
        LegalBasis.DMCA,
        any_of(
            r"\bDMCA\b",
            r"digital mill?ennium",
            r"17 ?u\.? ?s\.? ?c",
            r"\b512 ?\(",
        ),
    ),
    (
        LegalBasis.CHINA_ECOMMERCE,
        any_of(
            r"e-?commerce law",
            r"电子商务法",
        ),
    ),
)


def claim_of(silenced: str) -> Claim:
    """The claim whose words weigh most; copyright when none is there."""

    def weighed(weight: int, words: re.Pattern[str]) -> int:
        return weight * sum(1 for _ in islice(words.finditer(silenced), _MAX_COUNTED))

    scores = [(weighed(weight, words), claim) for claim, weight, words in _CLAIMS]
    best = max(score for score, _ in scores)
    return next(claim for score, claim in scores if score == best) if best else Claim.COPYRIGHT


def legal_basis_of(text: str, claim: Claim) -> LegalBasis:
    """The law that the text names; without one, the DMCA for copyright and the marketplace's terms for the rest."""
    named = [(match.start(), basis) for basis, words in _BASES if (match := words.search(text))]
    if named:
        return min(named)[1]
    return LegalBasis.DMCA if claim is Claim.COPYRIGHT else LegalBasis.TERMS
