"""Letters and forms of our own, in the shapes that notices have, and the role of every address in them by hand."""

import pytest

from libraries.notices import MarketplaceUrls, UrlPattern, UrlRole
from libraries.notices.parse import parse_notice

SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
    pages=(r"shop\.example/help",),
)
COMPLAINED, ORIGINAL, OTHER = UrlRole.COMPLAINED, UrlRole.ORIGINAL, UrlRole.OTHER
ITEM = "https://shop.example/item/"
ONE, TWO, THREE, NINE = (f"{ITEM}{number}" for number in (1, 2, 3, 9))
SELLER, GALLERY = "https://shop.example/seller/4", "https://shop.example/gallery/north"
ASH, BIRCH = "https://ash.example/lamp", "https://birch.example/vase"

ASKED = "**Identify the listing that is infringing:**\n"
WORK = "**Describe the original work:**\n"
FAITH = "I have a good faith belief that the use is not authorised by the owner, its agent or the law.\n"

ON_THE_MARKETPLACE = {
    # What stands under a heading of somebody or something else is never complained of.
    "a seller's page": (f"{ASKED}{ONE}\n**Seller information:**\n{SELLER}\n", {ONE: COMPLAINED, SELLER: OTHER}),
    "a seller who infringes": (
        f"We complain of {ONE}, which infringes.\n**Seller information:**\nInfringing seller: {SELLER}\n",
        {ONE: COMPLAINED, SELLER: OTHER},
    ),
    "a licence": (f"{ASKED}{ONE}\n**Open source licence:**\nSee {NINE}\n", {ONE: COMPLAINED, NINE: OTHER}),
    "a guide": (f"{ASKED}{ONE}\n**Have you read our guide?**\nYes: {NINE}\n", {ONE: COMPLAINED, NINE: OTHER}),
    "a statement": (f"{ASKED}{ONE}\n**Statement:**\nI swear that {NINE} infringes.\n", {ONE: COMPLAINED, NINE: OTHER}),
    "a contact": (f"{ASKED}{ONE}\n**Contact information:**\nWrite to us at {NINE}\n", {ONE: COMPLAINED, NINE: OTHER}),
    "a company": (f"{ASKED}{ONE}\n**Company name:**\nAsh, {NINE}\n", {ONE: COMPLAINED, NINE: OTHER}),
    "a signature": (f"{ASKED}{ONE}\n**Electronic signature:**\nKim Ash {NINE}\n", {ONE: COMPLAINED, NINE: OTHER}),
    # A form that asked, and was answered: its other answers speak in passing.
    "the agent's words": (
        f"**Are you the copyright owner?**\nNo, their agent; like {NINE}, which infringes too.\n{ASKED}{ONE}\n",
        {NINE: OTHER, ONE: COMPLAINED},
    ),
    "reasons": (
        f"{ASKED}{ONE}\n**Why is it infringing?**\nThe same seller infringed at {NINE} last year.\n",
        {ONE: COMPLAINED, NINE: OTHER},
    ),
    "the remedy": (
        f"{ASKED}{ONE}\n**What would be the best solution?**\nRemove the infringing copy as you did {NINE}\n",
        {ONE: COMPLAINED, NINE: OTHER},
    ),
    "a work that was put there": (
        f"{WORK}Our lamp, which was posted to {NINE}\n{ASKED}{ONE}\n", {NINE: OTHER, ONE: COMPLAINED}
    ),
    "a work with its accusation": (
        f"{WORK}Our lamp. The stolen picture was posted to {NINE}\n{ASKED}{ONE}\n", {NINE: COMPLAINED, ONE: COMPLAINED}
    ),
    "a work with a list of accused": (
        f"{WORK}Our lamp, stolen by\n{NINE}\n{TWO}\n{ASKED}{ONE}\n",
        {NINE: COMPLAINED, TWO: COMPLAINED, ONE: COMPLAINED},
    ),
    "a work": (f"{WORK}Our lamp: {NINE}\n{ASKED}{ONE}\n", {NINE: ORIGINAL, ONE: COMPLAINED}),
    # With nothing complained of outright, what may hold the material does.
    "a work and nothing else": (f"{FAITH}{WORK}{NINE}\n", {NINE: COMPLAINED}),
    "a remedy and nothing else": (
        f"{FAITH}**What would be the best solution?**\nLook at {NINE}\n", {NINE: COMPLAINED}
    ),
    "reasons and nothing else": (f"{FAITH}**Explanation:**\nLook at {NINE}\n", {NINE: COMPLAINED}),
    "the owner and nothing else": (f"{FAITH}**Are you the owner?**\nYes {NINE}\n", {NINE: COMPLAINED}),
    "a work before reasons": (
        f"{FAITH}{WORK}{NINE}\n**Explanation:**\nLook at {TWO}\n", {NINE: COMPLAINED, TWO: OTHER}
    ),
    "reasons before the contact": (
        f"{FAITH}**Explanation:**\nLook at {TWO}\n**Contact information:**\nKim Ash {NINE}\n",
        {TWO: COMPLAINED, NINE: OTHER},
    ),
    "the contact and nothing else": (
        f"{FAITH}We own the copyright in a lamp.\n**Contact information:**\nKim Ash\n{ONE}\n{TWO}\n",
        {ONE: COMPLAINED, TWO: COMPLAINED},
    ),
    "the seller alone is not the material": (f"{FAITH}**Seller information:**\n{SELLER}\n", {SELLER: OTHER}),
    "a page elsewhere is not the material": (f"{FAITH}{WORK}{ASH}\n", {ASH: ORIGINAL}),
    "what the words call the original stays it": (
        f"{FAITH}The genuine lamp is our own product, sold at {NINE}\n", {NINE: ORIGINAL}
    ),
    # The clearest mention counts.
    "first in passing, then asked": (
        f"**Why is it infringing?**\nSee {ONE}\n{ASKED}{ONE}\n", {ONE: COMPLAINED}
    ),
    "first asked, then in passing": (
        f"{ASKED}{ONE}\n**Why is it infringing?**\nSee {ONE}\n", {ONE: COMPLAINED}
    ),
    "first the original, then asked": (f"{WORK}Our lamp: {ONE}\n{ASKED}{ONE}\n", {ONE: COMPLAINED}),
    "as sure of both, complained of": (
        f"Our original listing is {ONE}. The counterfeit is {ONE}\n", {ONE: COMPLAINED}
    ),
    "as sure of both, the other way round": (
        f"The counterfeit is {ONE}\nOur original listing is {ONE}. Please act.\n", {ONE: COMPLAINED}
    ),
    "one page under two spellings": (
        f"{ASKED}{ONE}/\n**Why is it infringing?**\nSee http://www.shop.example/item/1\n", {f"{ONE}/": COMPLAINED}
    ),
    # Lists.
    "a list of the marketplace beside a page elsewhere": (
        f"The following listings infringe:\n{ONE}\n{ASH}\n{TWO}\n", {ONE: COMPLAINED, ASH: OTHER, TWO: COMPLAINED}
    ),
    "a list of originals": (
        f"Our original listings are:\n{NINE}\n{TWO}\nThe counterfeit is {ONE}\n",
        {NINE: ORIGINAL, TWO: ORIGINAL, ONE: COMPLAINED},
    ),
    "a sentence ends a list": (
        f"Our original listing is {NINE}. Look at {ONE} please.\n", {NINE: ORIGINAL, ONE: COMPLAINED}
    ),
    "a list does not go on behind its heading": (
        f"{WORK}Our own shop: {NINE}\n**Explanation:**\n{TWO}\n{ASKED}{ONE}\n",
        {NINE: ORIGINAL, TWO: OTHER, ONE: COMPLAINED},
    ),
    # What the words before an address say, in an answer that a form asked for, and elsewhere.
    "a source in the answer": (f"{ASKED}{ONE} is a copy of {NINE}\n", {ONE: COMPLAINED, NINE: ORIGINAL}),
    "a user in the answer": (f"{ASKED}Listing {ONE}\nSeller: {SELLER}\n", {ONE: COMPLAINED, SELLER: OTHER}),
    "an account in the answer": (f"{ASKED}{ONE}\nof the account {SELLER}\n", {ONE: COMPLAINED, SELLER: OTHER}),
    "a listing of an account": (f"{ASKED}{ONE}\nof the account {TWO}\n", {ONE: COMPLAINED, TWO: COMPLAINED}),
    "an account outside the answer": (f"Infringing is the account {SELLER}\n", {SELLER: COMPLAINED}),
    "a profile behind": (
        f"{ONE} is a counterfeit of our lamp.\n{SELLER} (their profile)\n", {ONE: COMPLAINED, SELLER: OTHER}
    ),
    "a profile in the answer": (f"{ASKED}{ONE}\n{SELLER} (their profile)\n", {ONE: COMPLAINED, SELLER: COMPLAINED}),
    "words far before": (
        (f"This infringes our rights, {'as we have told you again and again ' * 12}in {NINE}, in 2019."
        f" {ONE} is a fake.\n"),
        {NINE: COMPLAINED, ONE: COMPLAINED},
    ),
    "a certificate": (
        f"Our registration certificate: {NINE}\nThe counterfeit: {ONE}\n", {NINE: OTHER, ONE: COMPLAINED}
    ),
    "elsewhere": (f"The counterfeit is {ASH} and {ONE}\n", {ASH: OTHER, ONE: COMPLAINED}),
    "elsewhere, under the work": (f"{WORK}The pirated copy is {ASH}\n{ASKED}{ONE}\n", {ASH: ORIGINAL, ONE: COMPLAINED}),
    "elsewhere, as the answer": (f"{ASKED}{ASH}\n{ONE}\n", {ASH: OTHER, ONE: COMPLAINED}),
    "a link in a question": (
        f"**Identify the listing that is infringing (see {NINE}):**\n{ONE}\n", {NINE: OTHER, ONE: COMPLAINED}
    ),
    "the help of the marketplace": (
        f"{ASKED}https://shop.example/help/fakes\n{ONE}\n", {"https://shop.example/help/fakes": OTHER, ONE: COMPLAINED}
    ),
    # Pages beneath one that is complained of.
    "beneath a gallery": (
        f"{ASKED}{GALLERY}\n**Why is it infringing?**\nSee {GALLERY}/5\n",
        {GALLERY: COMPLAINED, f"{GALLERY}/5": COMPLAINED},
    ),
    "far beneath a gallery": (
        f"{ASKED}{GALLERY}\n**Why is it infringing?**\nSee {GALLERY}/5/large/2\n",
        {GALLERY: COMPLAINED, f"{GALLERY}/5/large/2": COMPLAINED},
    ),
    "beside a gallery": (
        f"{ASKED}{GALLERY}\n**Why is it infringing?**\nSee {GALLERY}-light\n",
        {GALLERY: COMPLAINED, f"{GALLERY}-light": OTHER},
    ),
    "above a gallery": (
        f"{ASKED}{GALLERY}/5\n**Why is it infringing?**\nSee {GALLERY}\n", {f"{GALLERY}/5": COMPLAINED, GALLERY: OTHER}
    ),
    "beneath a whole department": (
        f"{ASKED}https://shop.example/gallery\n**Why is it infringing?**\nSee {GALLERY}\n",
        {"https://shop.example/gallery": COMPLAINED, GALLERY: OTHER},
    ),
    "an original beneath a gallery": (
        f"{ASKED}{GALLERY}\n**Why is it infringing?**\nOur original is {GALLERY}/5\n",
        {GALLERY: COMPLAINED, f"{GALLERY}/5": ORIGINAL},
    ),
    "a work beneath a gallery": (
        f"{WORK}{GALLERY}/5\n{ASKED}{GALLERY}\n", {f"{GALLERY}/5": COMPLAINED, GALLERY: COMPLAINED}
    ),
    "a seller beneath a gallery": (
        f"{ASKED}{GALLERY}\n**Seller information:**\n{GALLERY}/seller\n",
        {GALLERY: COMPLAINED, f"{GALLERY}/seller": OTHER},
    ),
    "beneath a page elsewhere": (
        f"{ASKED}{ONE}\n{ASH}\n**Why is it infringing?**\nSee {ASH}/5/6\n",
        {ONE: COMPLAINED, ASH: OTHER, f"{ASH}/5/6": OTHER},
    ),
    # Answers and retractions.
    "a counter-notice": (
        f"My listing {ONE} was removed by mistake or misidentification. Please restore it.\n", {ONE: COMPLAINED}
    ),
    "a counter-notice with a shop": (
        f"Counter-notice. My own shop is {SELLER}. Please restore my listing {ONE}\n",
        {SELLER: ORIGINAL, ONE: COMPLAINED},
    ),
    "a counter-notice with its original only": (
        f"This is a counter-notice. The original product is {ONE}\n",
        {ONE: COMPLAINED},
    ),
    "a counter-notice with a certificate only": (
        f"This is a counter-notice. Evidence: {ONE}\n", {ONE: COMPLAINED}
    ),
    "a counter-notice with a contact": (
        f"This is a counter-notice.\n**Contact information:**\nKim Ash {ONE}\n", {ONE: COMPLAINED}
    ),
    "a counter-notice that names no listing": (
        f"This is a counter-notice. Our original shop is {SELLER}\n", {SELLER: ORIGINAL}
    ),
    "a counter-notice under its work": (
        f"This is a counter-notice.\n{WORK}{ONE}\n", {ONE: COMPLAINED}
    ),
    "a retraction": (f"We withdraw our notice. Please restore {ONE}\n", {ONE: COMPLAINED}),
    "a retraction that says it is genuine": (
        f"We retract our complaint, the genuine product is {ONE}\n", {ONE: COMPLAINED}
    ),
    "a retraction under the work": (f"We retract our notice.\n{WORK}{ONE}\n", {ONE: COMPLAINED}),
    # Words that only answers, only notices, or only some parts of a text are read by.
    "an original in the sentence before": (
        f"Our original product sells well. Look at {NINE} today. {ONE} is a fake.\n",
        {NINE: COMPLAINED, ONE: COMPLAINED},
    ),
    "the original is too far before": (
        f"Our original, {'of which we have told you again and again, ' * 12}is not {NINE}, I think. {ONE} is a fake.\n",
        {NINE: COMPLAINED, ONE: COMPLAINED},
    ),
    "evidence in the answer": (f"{ASKED}See the evidence: {ONE}\n", {ONE: COMPLAINED}),
    "a shop to be restored": (
        f"This is a counter-notice. Please restore our original shop {SELLER}\n", {SELLER: COMPLAINED}
    ),
    "an original that a notice wants restored": (
        f"{FAITH}Please restore the original listing {NINE}\nThe counterfeit is {ONE}\n",
        {NINE: ORIGINAL, ONE: COMPLAINED},
    ),
    "a list of what was put there": (
        f"{WORK}Our lamp was posted to\n{NINE}\n{TWO}\n{ASKED}{ONE}\n", {NINE: OTHER, TWO: OTHER, ONE: COMPLAINED}
    ),
    "accused in passing, then the original": (
        f"**Why is it infringing?**\nThey infringed {NINE} too.\n{WORK}Our original is sold at {NINE}\n{ASKED}{ONE}\n",
        {NINE: ORIGINAL, ONE: COMPLAINED},
    ),
    # Links inside questions.
    "in the question and in the answer": (
        f"**Identify the listing that is infringing (see {ONE}):**\n{ONE}\n", {ONE: COMPLAINED}
    ),
    "in the question alone": (f"{FAITH}**Describe the original work (see {NINE}):**\nA lamp\n", {NINE: OTHER}),
    "in the question of a counter-notice": (
        f"This is a counter-notice.\n**Describe the original work (see {NINE}):**\nA lamp\n", {NINE: OTHER}
    ),
    "in the question, beneath a gallery": (
        f"**Identify the listing that is infringing (see {GALLERY}/5):**\n{GALLERY}\n",
        {f"{GALLERY}/5": COMPLAINED, GALLERY: COMPLAINED},
    ),
    "in the question about the seller, beneath a gallery": (
        f"**Seller information (see {GALLERY}/5):**\nKim\n{ASKED}{GALLERY}\n",
        {f"{GALLERY}/5": OTHER, GALLERY: COMPLAINED},
    ),
    "beneath a gallery, behind another page": (
        f"{ASKED}{GALLERY}\n{ASH}\n**Why is it infringing?**\nSee {GALLERY}/5\n",
        {GALLERY: COMPLAINED, ASH: OTHER, f"{GALLERY}/5": COMPLAINED},
    ),
    "a counter-notice with a seller's listing": (
        f"This is a counter-notice.\n**Seller information:**\n{ONE}\n", {ONE: OTHER}
    ),
}  # fmt: skip

WITHOUT_KNOWING_THE_MARKETPLACE = {
    "a letter": (f"Our own site is {ASH}\nThe counterfeit is sold at {ONE}\n", {ASH: ORIGINAL, ONE: COMPLAINED}),
    "words in the sentence before": (
        f"These counterfeits harm us. We saw them today. Look: {ONE}\n", {ONE: COMPLAINED}
    ),
    "silence": (f"{FAITH}We own the copyright. Look at this today: {ONE}\n", {ONE: OTHER}),
    "a form": (f"{WORK}{NINE}\n{ASKED}{ONE}\n", {NINE: ORIGINAL, ONE: COMPLAINED}),
    "no habit of a list in free text": (
        f"Infringing listings:\n{ONE}\n{TWO}\n", {ONE: COMPLAINED, TWO: COMPLAINED}
    ),
    "a counter-notice": (f"This is a counter-notice. It is about {ONE}\n", {ONE: COMPLAINED}),
    "a retraction": (f"We withdraw our notice, sent to you about {ONE}\n", {ONE: COMPLAINED}),
    "a work and nothing else": (f"{FAITH}{WORK}{NINE}\n", {NINE: ORIGINAL}),
    "reasons are not read backwards": (
        f"{ASKED}{ONE}\n**Explanation:**\nCounterfeits harm us. We look at {TWO}\n", {ONE: COMPLAINED, TWO: OTHER}
    ),
    "beneath a gallery": (
        f"{ASKED}{GALLERY}\n**Why is it infringing?**\nSee {GALLERY}/5\n", {GALLERY: COMPLAINED, f"{GALLERY}/5": OTHER}
    ),
    "a user in the answer": (f"{ASKED}{ONE}\nSeller: {SELLER}\n", {ONE: COMPLAINED, SELLER: OTHER}),
    "reasons that accuse": (f"{FAITH}**Explanation:**\nThey infringed at {NINE}\n", {NINE: COMPLAINED}),
    "the sentence before, among reasons": (
        f"{FAITH}**Explanation:**\nCounterfeits harm us. We look at {TWO}\n", {TWO: OTHER}
    ),
}  # fmt: skip

LETTERS = {
    "German": f"""Sehr geehrte Damen und Herren,
wir sind Inhaber der Marke Esche. Unser Originalprodukt finden Sie auf unserer Webseite {ASH}
Die folgenden Angebote sind Fälschungen und verletzen unsere Marke:
{ONE}
{TWO}
Bitte entfernen Sie diese Angebote. Mit freundlichen Grüßen
Ulrike Esche
""",
    "French": f"""Madame, Monsieur,
nous sommes titulaires de la marque Frêne. Notre site est {ASH}
Les annonces suivantes sont des contrefaçons de nos produits :
{ONE}
{TWO}
Nous vous demandons de les supprimer. Cordialement,
Aude Frêne
""",
    "Spanish": f"""Estimados señores:
somos titulares de la marca Fresno. Nuestra página web es {ASH}
Los siguientes anuncios son falsificaciones e infringen nuestra marca:
{ONE}
{TWO}
Solicitamos su retirada. Atentamente,
Inés Fresno
""",
    "Italian": f"""Gentili signori,
siamo titolari del marchio Frassino. Il nostro sito è {ASH}
I seguenti annunci sono contraffatti e violano il nostro marchio:
{ONE}
{TWO}
Vi chiediamo di rimuoverli. Cordiali saluti,
Ada Frassino
""",
    "Portuguese": f"""Prezados senhores,
somos titulares da marca Freixo. O nosso site é {ASH}
Os seguintes anúncios são falsificações e violam a nossa marca:
{ONE}
{TWO}
Pedimos a remoção. Atenciosamente,
Inês Freixo
""",
    "Dutch": f"""Geachte heer, mevrouw,
wij zijn houder van het merk Es. Onze website is {ASH}
De volgende advertenties zijn namaak en maken inbreuk op ons merk:
{ONE}
{TWO}
Wij verzoeken u deze te verwijderen. Met vriendelijke groet,
Anna van Es
""",
    "Polish": f"""Szanowni Państwo,
jesteśmy właścicielem znaku towarowego Jesion. Nasza strona internetowa to {ASH}
Następujące oferty są podróbkami i naruszają nasz znak towarowy:
{ONE}
{TWO}
Prosimy o ich usunięcie. Z poważaniem,
Anna Jesion
""",
    "Turkish": f"""Sayın yetkili,
Dişbudak markasının sahibiyiz. Bizim web sitemiz {ASH}
Aşağıdaki ilanlar sahtedir ve marka hakkımızı ihlal etmektedir:
{ONE}
{TWO}
Kaldırılmasını talep ediyoruz. Saygılarımızla,
Ayşe Dişbudak
""",
    "Russian": f"""Уважаемые господа,
мы являемся правообладателем товарного знака «Ясень». Наш сайт: {ASH}
Следующие объявления — подделки и нарушают наши права:
{ONE}
{TWO}
Просим удалить их. С уважением,
Анна Ясень
""",
    "Chinese": f"""您好：
我们是“白蜡”商标的权利人。我们的官方网站是 {ASH}
以下商品是假冒商品，侵犯了我们的商标权：
{ONE}
{TWO}
请予以删除。此致敬礼
白蜡公司
""",
    "Japanese": f"""ご担当者様
弊社は商標「トネリコ」の権利者です。弊社の公式サイトは {ASH}
以下の商品は偽造品であり、弊社の商標権を侵害しています：
{ONE}
{TWO}
削除をお願いいたします。
株式会社トネリコ
""",
    "Korean": f"""안녕하세요.
저희는 물푸레 상표의 권리자입니다. 저희 공식 홈페이지는 {ASH}
다음 상품은 위조품이며 저희 상표권을 침해합니다:
{ONE}
{TWO}
삭제를 요청드립니다. 감사합니다.
주식회사 물푸레
""",
}


def roles(text: str, marketplace: MarketplaceUrls | None) -> dict[str, UrlRole]:
    return {url.url: url.role for url in parse_notice(text, marketplace).urls}


@pytest.mark.parametrize("case", ON_THE_MARKETPLACE)
def test_every_address_has_the_role_written_here(case: str) -> None:
    text, expected = ON_THE_MARKETPLACE[case]
    assert roles(text, SHOP) == expected


@pytest.mark.parametrize("case", WITHOUT_KNOWING_THE_MARKETPLACE)
def test_without_the_marketplaces_addresses_the_words_decide(case: str) -> None:
    text, expected = WITHOUT_KNOWING_THE_MARKETPLACE[case]
    assert roles(text, None) == expected


@pytest.mark.parametrize("language", LETTERS)
def test_a_letter_accuses_its_list_and_keeps_its_own_site(language: str) -> None:
    assert roles(LETTERS[language], SHOP) == {ASH: ORIGINAL, ONE: COMPLAINED, TWO: COMPLAINED}


@pytest.mark.parametrize("language", LETTERS)
def test_a_letter_is_read_alike_where_the_marketplace_is_not_known(language: str) -> None:
    assert roles(LETTERS[language], None) == {ASH: ORIGINAL, ONE: COMPLAINED, TWO: COMPLAINED}


def test_addresses_come_in_the_order_of_the_text_with_their_places_and_listings() -> None:
    text = f"Our original is {NINE}. The counterfeits are {TWO} and {ONE}; see also {ASH}. {TWO}"
    urls = parse_notice(text, SHOP).urls
    assert [(url.url, url.start, text[url.start : url.end]) for url in urls] == [
        (NINE, 16, NINE), (TWO, 66, TWO), (ONE, 98, ONE), (ASH, 136, ASH),
    ]  # fmt: skip
    assert [url.listing and url.listing.listing_id for url in urls] == ["9", "2", "1", None]
    assert [url.listing for url in parse_notice(text).urls] == [None, None, None, None]


def test_of_two_mentions_that_are_as_clear_the_first_is_shown() -> None:
    text = f"{ASKED}{ONE}\n{ONE}\n"
    (url,) = parse_notice(text, SHOP).urls
    assert (url.start, url.end) == (len(ASKED), len(ASKED) + len(ONE))
