"""Every notice of the demonstration, and what must be read out of it."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from libraries.notices import Element, MarketplaceUrls, NoticeKind, ParsedNotice, UrlPattern, UrlRole
from libraries.notices.parse import parse_notice
from shared.contracts.codes import Claim, LegalBasis, ReasonCode

EXAMPLES = Path(__file__).parents[3] / "examples" / "notices"
SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
    pages=(r"shop\.example/help",),
)
C = ReasonCode


@dataclass(frozen=True)
class Expected:
    listings: tuple[str, ...] = ()
    originals: tuple[str, ...] = ()
    kind: NoticeKind = NoticeKind.NOTICE
    language: str = "en"
    claim: Claim = Claim.COPYRIGHT
    legal_basis: LegalBasis = LegalBasis.DMCA
    title: str | None = None
    signature: str | None = None
    email: str | None = None
    missing: tuple[ReasonCode, ...] = ()
    explains: str = ""
    absent: tuple[Element, ...] = field(default=())


EXPECTED = {
    "dmca-letter.md": Expected(
        listings=("440112", "440113", "451900"),
        originals=("https://marigold-fjord.example/series/nine-lanterns",),
        title="Nine Lanterns over Stavik",
        signature="Ingrid Solberg-Haug",
        email="ingrid@marigold-fjord.example",
        explains="never gave these sellers",
    ),
    "web-form.md": Expected(
        listings=("700311", "700312", "700999"),
        originals=("https://tuckwell.example/books/hedgehog-clocks",),
        title="The Hedgehog Who Mended Clocks",
        signature="Beatrice Okonkwo-Lane",
        email="rights@tuckwell.example",
        explains="an illustrated children's book",
    ),
    "counterfeit-email.txt": Expected(
        listings=("9001", "9002", "9003"),
        originals=("https://velmora.example/shop",),
        claim=Claim.COUNTERFEIT,
        legal_basis=LegalBasis.TERMS,
        title="VELMORA",
        signature="Tomasz Wieczorek",
        email="protect@velmora.example",
        explains="serial number",
    ),
    "incomplete-email.txt": Expected(
        listings=("31337",),
        originals=("https://woolly-quay.example/patterns/sleepy-otter",),
        title="Sleepy Otter Blanket",
        missing=(
            C.N_SIGNATURE_MISSING,
            C.N_IDENTITY_MISSING,
            C.N_GOOD_FAITH_MISSING,
            C.N_ACCURACY_MISSING,
            C.N_PERJURY_MISSING,
        ),
        explains="without my permission",
        absent=(
            Element.SIGNATURE,
            Element.CONTACT,
            Element.GOOD_FAITH,
            Element.ACCURACY,
            Element.AUTHORITY_UNDER_PERJURY,
        ),
    ),
    "counter-notice.md": Expected(
        kind=NoticeKind.COUNTER_NOTICE,
        listings=("820044",),
        signature="Aurelio Bastianich",
        email="aurelio@holztram.example",
    ),
    "retraction.txt": Expected(
        kind=NoticeKind.RETRACTION,
        listings=("560780", "560781", "560790"),
        signature="Folasade Adeyemi-Brandt",
    ),
    "german-notice.txt": Expected(
        language="de",
        listings=("121001", "121002"),
        originals=("https://lindwurm-keramik.example/moosgrund",),
        claim=Claim.COUNTERFEIT,
        legal_basis=LegalBasis.DSA,
        title="LINDWURM",
        signature="Hannelore Petersen-Vogt",
        email="recht@lindwurm-keramik.example",
        explains="Nachahmungen unserer Teller",
        absent=(Element.AUTHORITY_UNDER_PERJURY,),
    ),
    "french-notice.txt": Expected(
        language="fr",
        listings=("330450", "330451"),
        originals=("https://atelier-grues.example/affiches/minuit",),
        title="Les Grues de Minuit",
        signature="Noémie Castelbrun",
        email="noemie@atelier-grues.example",
        explains="copies scannées",
    ),
    "spanish-notice.txt": Expected(
        language="es",
        listings=("610001", "610002"),
        originals=("https://calaperdida.example",),
        claim=Claim.COUNTERFEIT,
        legal_basis=LegalBasis.TERMS,
        title="CALA PERDIDA",
        signature="Joaquín Belmonte Ruz",
        email="legal@calaperdida.example",
        explains="falsificaciones",
    ),
    "dsa-notice.md": Expected(
        listings=("88001", "88002"),
        originals=("https://korvi.example/baskets/folding",),
        claim=Claim.DESIGN,
        legal_basis=LegalBasis.DSA,
        email="notices@korvi.example",
        explains="honeycomb floor",
        absent=(Element.SIGNATURE, Element.AUTHORITY_UNDER_PERJURY),
    ),
    "patent-letter.txt": Expected(
        listings=("275500", "275501"),
        originals=("https://pepperlatch.example/mill",),
        claim=Claim.PATENT,
        legal_basis=LegalBasis.TERMS,
        signature="Delphine Achterberg",
        email="d.achterberg@achterberg-ruiz.example",
        explains="element of claim 1",
    ),
    "forwarded-mail.txt": Expected(
        listings=("90210", "90211", "90212", "90213", "90214", "90215"),
        originals=("https://www.northloom.example/charts/aurora-yoke",),
        signature="Sunniva Krogh",
        email="sunniva@northloom.example",
        explains="we licensed it to nobody",
    ),
    "sixty-listings.txt": Expected(
        listings=tuple(str(610_200 + 7 * index) for index in range(60)),
        originals=("https://bellweather.example/pip", "https://bellweather.example/catalogue/2026"),
        title="Pip the Lamplighter",
        signature="Cornelius Abara",
        email="licensing@bellweather.example",
        explains="pirated drawings",
    ),
    "french-law-firm.txt": Expected(
        language="fr",
        listings=("410220", "410221", "410987"),
        originals=("https://brumeval.example/bouteilles",),
        claim=Claim.COUNTERFEIT,
        legal_basis=LegalBasis.DSA,
        title="BRUMEVAL",
        signature="Maître Éléonore Roussel-Pham",
        email="e.roussel@roussel-pham.example",
        explains="le logo est mal centré",
        absent=(Element.AUTHORITY_UNDER_PERJURY,),
    ),
    "french-photographer.txt": Expected(
        language="fr",
        listings=("552001", "552014"),
        originals=("https://gaspard-thevenin.example/sel-et-brouillard",),
        legal_basis=LegalBasis.DSA,
        title="Sel et brouillard",
        signature="Gaspard Thévenin",
        email="gaspard@gaspard-thevenin.example",
        explains="porte atteinte à mes droits",
        absent=(Element.AUTHORITY_UNDER_PERJURY,),
    ),
    "spanish-law-firm.txt": Expected(
        language="es",
        listings=("730101", "730102"),
        originals=("https://azulejosribalta.example/marea-alta",),
        claim=Claim.DESIGN,
        legal_basis=LegalBasis.DSA,
        title="Marea Alta",
        signature="Inmaculada Serra Vidal",
        email="i.serra@serra-olivan.example",
        explains="en el dibujo, en el relieve",
        absent=(Element.AUTHORITY_UNDER_PERJURY,),
    ),
    "spanish-illustrator.txt": Expected(
        language="es",
        listings=("815500", "815501"),
        originals=("https://leocadia-montesinos.example/farero",),
        legal_basis=LegalBasis.DSA,
        title="El farero distraído",
        signature="Leocadia Montesinos",
        email="hola@leocadia-montesinos.example",
        explains="copian mis dibujos",
        absent=(Element.AUTHORITY_UNDER_PERJURY,),
    ),
    "german-law-firm.txt": Expected(
        language="de",
        listings=("920330", "920331", "920405"),
        originals=("https://kienzle-fotografie.example/rotmoos",),
        legal_basis=LegalBasis.DSA,
        title="Nebel über dem Rotmoos",
        signature="Dr. Wendelin Achterhof",
        email="achterhof@kanzlei-achterhof.example",
        explains="ohne Einwilligung unserer Mandantin",
        absent=(Element.AUTHORITY_UNDER_PERJURY,),
    ),
    "thank-you.txt": Expected(kind=NoticeKind.OTHER, signature="Marit"),
}


def parsed(name: str, marketplace: MarketplaceUrls | None = SHOP) -> ParsedNotice:
    return parse_notice((EXAMPLES / name).read_text(encoding="utf-8"), marketplace)


def test_every_example_has_its_expected_parse() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_kind_and_language_are_told(name: str) -> None:
    notice = parsed(name)
    assert (notice.kind, notice.language) == (EXPECTED[name].kind, EXPECTED[name].language)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_listings_complained_of_are_found_and_the_reporters_own_pages_are_not_among_them(name: str) -> None:
    notice = parsed(name)
    listings = [url.listing.listing_id for url in notice.complained if url.listing]
    assert tuple(listings) == EXPECTED[name].listings
    assert tuple(url.url for url in notice.urls if url.role is UrlRole.ORIGINAL) == EXPECTED[name].originals


@pytest.mark.parametrize("name", EXPECTED)
def test_missing_elements_are_named_by_their_codes(name: str) -> None:
    notice, expected = parsed(name), EXPECTED[name]
    assert notice.missing == expected.missing
    assert {element for element, found in notice.elements.items() if not found.present} == set(expected.absent)
    assert notice.complete == (notice.kind is NoticeKind.NOTICE and not expected.missing)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_draft_carries_what_a_report_needs(name: str) -> None:
    draft, expected = parsed(name).draft, EXPECTED[name]
    assert (draft.claim, draft.legal_basis) == (expected.claim, expected.legal_basis)
    assert (draft.title, draft.signature, draft.contact_email) == (expected.title, expected.signature, expected.email)
    assert expected.explains in (draft.explanation or "")


@pytest.mark.parametrize(
    "name", ["dmca-letter.md", "counterfeit-email.txt", "forwarded-mail.txt", "sixty-listings.txt"]
)
def test_a_letter_can_be_read_without_knowing_the_marketplace(name: str) -> None:
    known, unknown = parsed(name), parsed(name, None)
    assert [url.url for url in unknown.complained] == [url.url for url in known.complained]


def test_a_dsa_notice_needs_neither_signature_nor_perjury() -> None:
    notice = parsed("dsa-notice.md")
    assert notice.complete
    assert not notice.elements[Element.SIGNATURE].present
