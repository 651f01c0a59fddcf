"""Letters in twelve languages, written for these tests.

In German, French and Spanish rules were written on those without a number in their name. Those with a 2 were written
afterwards and then measured: 7 of 9 kinds were told, all 12 addresses complained of and no other were found, and of the
7 letters whose kind was told 5 had nothing wrong in what they miss.

In Chinese, Dutch, Italian, Japanese, Korean, Polish, Portuguese, Russian and Turkish all letters were written after the
rules. Those without a number were read so at first: 45 of 47 kinds, all 47 languages and the addresses of all 47, claim
and law of 26 of 28 notices, and what is missing of 25. After that was mended, those with a 2 were written and read: all
28 kinds and languages, the addresses of 26, claim and law of 8 of 10 notices, and what is missing of 9.

What was wrong became rules, so that all are right now.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from libraries.notices import MarketplaceUrls, NoticeKind, ParsedNotice, UrlPattern
from libraries.notices.parse import parse_notice
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
    missing: tuple[ReasonCode, ...] | None = ()
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
    "it-dsa": Expected(("7001", "7002"), Claim.TRADEMARK, DSA),
    "it-dmca": Expected(("7011",), Claim.COPYRIGHT),
    "it-reclamo": Expected(
        ("7021",),
        Claim.COUNTERFEIT,
        LegalBasis.TERMS,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "it-venditore": Expected(("7031",), kind=COUNTER, substantial=False, missing=None),
    "it-ritiro": Expected(("7041",), kind=RETRACTION, substantial=False),
    "pt-dsa": Expected(("7101", "7102"), Claim.COPYRIGHT, DSA),
    "pt-marca": Expected(("7111",), Claim.TRADEMARK, LegalBasis.TERMS, missing=STATEMENTS),
    "pt-br-dmca": Expected(("7121",), Claim.COPYRIGHT),
    "pt-contra": Expected(("7131",), kind=COUNTER, substantial=False, missing=None),
    "pt-retirada": Expected(("7141",), kind=RETRACTION, substantial=False),
    "nl-dsa": Expected(("7201", "7202"), Claim.DESIGN, DSA),
    "nl-klacht": Expected(
        ("7211",),
        Claim.COPYRIGHT,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "nl-namaak": Expected(
        ("7221",), Claim.COUNTERFEIT, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "nl-bezwaar": Expected(("7231",), kind=COUNTER, substantial=False, missing=None),
    "nl-intrekking": Expected(("7241",), kind=RETRACTION, substantial=False),
    "pl-dsa": Expected(("7301", "7302"), Claim.TRADEMARK, DSA),
    "pl-podrobki": Expected(
        ("7311",),
        Claim.COUNTERFEIT,
        LegalBasis.TERMS,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "pl-zdjecia": Expected(("7321",), Claim.COPYRIGHT),
    "pl-sprzeciw": Expected(("7331",), kind=COUNTER, substantial=False, missing=None),
    "pl-wycofanie": Expected(("7341",), kind=RETRACTION, substantial=False),
    "tr-marka": Expected(
        ("7401", "7402"), Claim.TRADEMARK, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "tr-dmca": Expected(("7411",), Claim.COPYRIGHT),
    "tr-sahte": Expected(
        ("7421",),
        Claim.COUNTERFEIT,
        LegalBasis.TERMS,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "tr-itiraz": Expected(("7431",), kind=COUNTER, substantial=False, missing=None),
    "tr-geri": Expected(("7441",), kind=RETRACTION, substantial=False),
    "ru-tz": Expected(
        ("7501", "7502"), Claim.TRADEMARK, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "ru-dmca": Expected(("7511",), Claim.COPYRIGHT),
    "ru-poddelka": Expected(
        ("7521",),
        Claim.COUNTERFEIT,
        LegalBasis.TERMS,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "ru-vozrazhenie": Expected(("7531",), kind=COUNTER, substantial=False, missing=None),
    "ru-otzyv": Expected(("7541",), kind=RETRACTION, substantial=False),
    "ja-shohyo": Expected(
        ("7601", "7602"), Claim.TRADEMARK, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "ja-dmca": Expected(("7611",), Claim.COPYRIGHT),
    "ja-nise": Expected(
        ("7621",),
        Claim.COUNTERFEIT,
        LegalBasis.TERMS,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "ja-igi": Expected(("7631",), kind=COUNTER, substantial=False, missing=None),
    "ja-torisage": Expected(("7641",), kind=RETRACTION, substantial=False),
    "ko-sangpyo": Expected(
        ("7701", "7702"), Claim.TRADEMARK, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "ko-dmca": Expected(("7711",), Claim.COPYRIGHT),
    "ko-gapum": Expected(
        ("7721",),
        Claim.COUNTERFEIT,
        LegalBasis.TERMS,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "ko-iui": Expected(("7731",), kind=COUNTER, substantial=False, missing=None),
    "ko-cheolhoe": Expected(("7741",), kind=RETRACTION, substantial=False),
    "zh-tousu": Expected(("7801", "7802"), Claim.TRADEMARK, LegalBasis.CHINA_ECOMMERCE),
    "zh-dmca": Expected(("7811",), Claim.COPYRIGHT),
    "zh-jiahuo": Expected(
        ("7821",),
        Claim.COUNTERFEIT,
        LegalBasis.TERMS,
        missing=(R.N_SIGNATURE_MISSING, R.N_IDENTITY_MISSING, *STATEMENTS),
        substantial=False,
    ),
    "zh-shensu": Expected(("7831",), kind=COUNTER, substantial=False, missing=None),
    "zh-chehui": Expected(("7841",), kind=RETRACTION, substantial=False),
    "zh-hant-jianju": Expected(
        ("7851",), Claim.DESIGN, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "zh-hant-shensu": Expected(("7861",), kind=COUNTER, substantial=False, missing=None),
    "it-2-brevetto": Expected(("8001",), Claim.PATENT, DSA),
    "it-2-ricorso": Expected(("8011",), kind=COUNTER, substantial=False, missing=None),
    "it-2-annullo": Expected(("8021",), kind=RETRACTION, substantial=False),
    "pt-2-patente": Expected(
        ("8101",), Claim.DESIGN, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "pt-2-vendedor": Expected(("8111",), kind=COUNTER, substantial=False, missing=None),
    "pt-2-desisto": Expected(("8121",), kind=RETRACTION, substantial=False),
    "nl-2-boek": Expected(("8201",), Claim.COPYRIGHT, missing=(R.N_SIGNATURE_MISSING, *STATEMENTS)),
    "nl-2-protest": Expected(("8211",), kind=COUNTER, substantial=False, missing=None),
    "nl-2-vergissing": Expected(("8221",), kind=RETRACTION, substantial=False),
    "pl-2-wzor": Expected(("8301",), Claim.DESIGN, DSA),
    "pl-2-odwolanie": Expected(("8311",), kind=COUNTER, substantial=False, missing=None),
    "pl-2-pomylka": Expected(("8321",), kind=RETRACTION, substantial=False),
    "tr-2-tasarim": Expected(
        ("8401",), Claim.DESIGN, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "tr-2-satici": Expected(("8411",), kind=COUNTER, substantial=False, missing=None),
    "tr-2-vazgec": Expected(("8421",), kind=RETRACTION, substantial=False),
    "ru-2-patent": Expected(("8501",), Claim.DESIGN, LegalBasis.TERMS, missing=STATEMENTS),
    "ru-2-prodavec": Expected(("8511",), kind=COUNTER, substantial=False, missing=None),
    "ru-2-otkaz": Expected(("8521",), kind=RETRACTION, substantial=False),
    "ja-2-ishou": Expected(
        ("8601",),
        Claim.DESIGN,
        LegalBasis.TERMS,
        missing=(R.N_SIGNATURE_MISSING, R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING),
    ),
    "ja-2-shuppin": Expected(("8611",), kind=COUNTER, substantial=False, missing=None),
    "ja-2-ayamari": Expected(("8621",), kind=RETRACTION, substantial=False),
    "ko-2-geurim": Expected(("8701",), Claim.COPYRIGHT, missing=(R.N_SIGNATURE_MISSING, *STATEMENTS)),
    "ko-2-panmae": Expected(("8711",), kind=COUNTER, substantial=False, missing=None),
    "ko-2-silsu": Expected(("8721",), kind=RETRACTION, substantial=False),
    "zh-2-waiguan": Expected(
        ("8801", "8802"), Claim.DESIGN, LegalBasis.TERMS, missing=(R.N_GOOD_FAITH_MISSING, R.N_PERJURY_MISSING)
    ),
    "zh-2-maijia": Expected(("8811",), kind=COUNTER, substantial=False, missing=None),
    "zh-2-cuowu": Expected(("8821",), kind=RETRACTION, substantial=False),
    "zh-hant-2-zhaopian": Expected(("8851",), Claim.COPYRIGHT, missing=(R.N_SIGNATURE_MISSING, *STATEMENTS)),
}


def parsed(name: str) -> ParsedNotice:
    return parse_notice((LETTERS / f"{name}.txt").read_text(encoding="utf-8"), SHOP)


def test_every_letter_has_its_expected_parse() -> None:
    assert {path.stem for path in LETTERS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_kind_language_and_claim_are_told(name: str) -> None:
    notice, expected = parsed(name), EXPECTED[name]
    assert (notice.kind, notice.language, notice.language_read) == (expected.kind, name[:2], True)
    if expected.claim is not None:
        assert (notice.draft.claim, notice.draft.legal_basis) == (expected.claim, expected.legal_basis)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_listings_complained_of_are_found_and_no_other(name: str) -> None:
    found = [url.listing.listing_id if url.listing else url.url for url in parsed(name).complained]
    assert tuple(found) == EXPECTED[name].listings


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_missing_is_told_and_what_is_enough_to_ask_for_it(name: str) -> None:
    notice, expected = parsed(name), EXPECTED[name]
    assert notice.substantially_complies == expected.substantial
    if expected.missing is not None:  # of counter-notices only what they name is looked at
        assert set(notice.missing) == set(expected.missing)


UNREAD = {
    "sv": "Denna annons säljer förfalskade varor: {}. Vi äger varumärket ASHGROVE. Vänligen ta bort den.",
    "da": "Denne annonce sælger forfalskede varer: {}. Vi ejer varemærket ASHGROVE. Fjern den venligst.",
    "fi": "Tämä ilmoitus myy väärennöksiä: {}. Omistamme tavaramerkin ASHGROVE. Pyydämme poistamaan sen.",
    "cs": "Tato nabídka prodává padělky: {}. Jsme vlastníky ochranné známky ASHGROVE. Žádáme o odstranění.",
    "hu": "Ez a hirdetés hamisítványokat árul: {}. Mi vagyunk az ASHGROVE védjegy tulajdonosai. Kérjük a törlését.",
    "ro": "Acest anunț vinde produse contrafăcute: {}. Suntem titularii mărcii ASHGROVE. Vă rugăm să îl ștergeți.",
    "vi": "Tin đăng này bán hàng giả: {}. Chúng tôi sở hữu nhãn hiệu ASHGROVE. Vui lòng gỡ bỏ.",
    "uk": "Це оголошення продає підробки: {}. Ми володіємо торговельною маркою ASHGROVE. Просимо видалити його.",
    "el": "Αυτή η αγγελία πουλά απομιμήσεις: {}. Είμαστε κάτοχοι του σήματος ASHGROVE. Παρακαλούμε αφαιρέστε την.",
    "ar": "هذا الإعلان يبيع بضائع مقلدة: {} . نحن مالكو العلامة التجارية. يرجى إزالته.",
    "he": "מודעה זו מוכרת זיופים: {} . אנחנו בעלי סימן המסחר. נא להסיר אותה.",
    "th": "ประกาศนี้ขายสินค้าปลอม {} เราเป็นเจ้าของเครื่องหมายการค้า กรุณาลบ",
    "hi": "यह सूची नकली सामान बेचती है: {} । हम ट्रेडमार्क के स्वामी हैं। कृपया इसे हटाएँ।",
}


@pytest.mark.parametrize("language", UNREAD)
def test_of_a_language_that_is_not_read_nothing_is_claimed(language: str) -> None:
    notice = parse_notice(UNREAD[language].format("https://shop.example/item/9001"), SHOP)
    assert (notice.language, notice.language_read, notice.kind) == (language, False, NoticeKind.OTHER)
    assert (notice.draft.claim, notice.draft.legal_basis, notice.elements) == (None, None, {})
    assert notice.missing == (R.N_LANGUAGE_NOT_READ,)
    assert not notice.complete
    assert not notice.substantially_complies
    assert [url.url for url in notice.complained] == ["https://shop.example/item/9001"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("侵权商品(https://shop.example/item/9001)请删除", "zh"),
        ("侵害商品はhttps://shop.example/item/9001です。", "ja"),
        ("위조 상품: https://shop.example/item/9001", "ko"),
        ("株式会社青磁製作所の商標権侵害について", "ja"),
        ("本公司商標被冒用，請下架。", "zh"),
        ("Это подделка: https://shop.example/item/9001", "ru"),
        ("Counterfeit: https://shop.example/item/9001 is fake", "en"),
        ("Das ist gefälscht: https://shop.example/item/9001", "de"),
        ("https://shop.example/item/9001", "und"),
    ],
)
def test_short_texts_are_read(text: str, language: str) -> None:
    notice = parse_notice(text, SHOP)
    assert (notice.language, notice.language_read) == (language, True)


def test_a_form_in_one_language_is_answered_in_another() -> None:
    notice = parse_notice(
        "Name: Hannelore Vogt\nInfringing URL: https://shop.example/item/9001\nReason: Das ist eine Fälschung unserer "
        "Teller, wir haben die Marke LINDWURM nie lizenziert.\nIch handle in gutem Glauben, die Angaben sind richtig. "
        "Ich versichere an Eides statt, Inhaberin der Marke zu sein.\nSignature: Hannelore Vogt\n"
        "E-mail: vogt@lindwurm.example",
        SHOP,
    )
    assert (notice.kind, notice.missing, notice.draft.claim) == (NoticeKind.NOTICE, (), Claim.COUNTERFEIT)
