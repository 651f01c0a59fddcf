"""Which deed a text is: to complain, to ask for one's listing back, to take a complaint back.

The words of the three are the same; who does what to whose thing tells them apart.
"""

import pytest

from libraries.notices import Element, MarketplaceUrls, NoticeKind, UrlPattern
from libraries.notices.parse import parse_notice
from shared.contracts.codes import ReasonCode

SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
)
LISTING = "https://shop.example/item/9001"

NOTICES = [
    f"{LISTING} is a counterfeit of our bag. Please remove it. Our last report was closed by mistake.",
    f"{LISTING} is a fake of our bag. It was reinstated last week although we reported it. Take it down again.",
    f"{LISTING} sells a counterfeit of our leather restoration kit. Please remove it.",
    f"{LISTING} is a counterfeit. The seller cancelled our orders and refused all claims.",
    f"{LISTING} copies our photograph. Similar files were taken down last year.",
    f"The product was withdrawn from sale in 2019; {LISTING} is therefore counterfeit. Please remove the listing.",
    f"Please keep {LISTING} blocked until the matter is resolved. It infringes our trademark.",
    f"We never withdraw a report: {LISTING} is a counterfeit of our lamp.",
    f"The seller asked us to withdraw our complaint. We refuse. {LISTING} infringes our patent.",
    f"The trademark RETRACTION is ours. {LISTING} is an unauthorised copy of our board game Retraction.",
    f'Our game "Counter Claim" is pirated at {LISTING}. Remove it.',
    f"The seller filed a counter-notice, yet {LISTING} still infringes our copyright. Please remove it.",
    f"The listing {LISTING} was restored by error. It violates our design. Please delete it.",
    f"If you reinstate {LISTING} we will sue; it is a counterfeit of our watch.",
    f"Their restored vintage lamps at {LISTING} carry a fake of our logo. Please take it down.",
    f"We revoked the licence of this seller in May. {LISTING} infringes our trademark since. Please remove it.",
    f"They withdrew their claims of authenticity. {LISTING} is counterfeit.",
    f"Previous listings were removed. This one infringes as well: {LISTING}. Please disable it.",
    f"{LISTING} is a counterfeit.\n\nIf you have received this notice in error, please tell the sender.",
    f"> If you wish to withdraw the notice, tell us.\n\nThe listing is {LISTING}, it is a counterfeit.",
    f"{LISTING} is a counterfeit.\n\nOn Monday the desk wrote:\n> Please say whether you withdraw your report.\n",
    f"{LISTING} is a counterfeit.\n\n-----Original Message-----\nYou can withdraw your notice. We retract nothing.",
    f"{LISTING} uses our photo without permission.\n\n-- \nTo withdraw your notice, click here.",
]
COUNTERS = [
    f"I am the seller of {LISTING}. I dispute the claim. The photos are my own. I request reinstatement.",
    f"Please put my listing {LISTING} back online. I bought the goods from the brand itself.",
    f"My listing {LISTING} was removed although the bags are genuine. Please restore it.",
    f"I object to the removal of my item {LISTING}. It does not infringe anything.",
    f"We appeal the takedown of our offer {LISTING}: we are an authorised distributor.",
    f"Our shop was wrongly suspended after a false complaint about {LISTING}. Kindly reactivate our account.",
    f"Give me my listing {LISTING} back. I have invoices.",
    f"I would like {LISTING} to be reinstated. As the seller I hold a licence from the trademark owner.",
    f"You deleted my offer {LISTING} by mistake. The design is mine.",
    f"The brand should withdraw its complaint against my listing {LISTING}; it is authentic.",
    f"This is a counter-notice. {LISTING} was removed by mistake.",
    f"We contest this decision and ask you to re-list our product {LISTING}.",
    f"Ich widerspreche der Löschung meines Angebots {LISTING}. Die Ware ist Originalware.",
    f"Mein Angebot {LISTING} wurde zu Unrecht entfernt. Bitte schalten Sie es wieder frei.",
    f"Je conteste le retrait de mon annonce {LISTING}. Les produits sont authentiques.",
    f"Solicito el restablecimiento de mi anuncio {LISTING}; los productos son auténticos.",
]
RETRACTIONS = [
    f"Please disregard the counterfeit report for {LISTING}, our test buy shows it is authentic.",
    f"We withdraw our notice about {LISTING}.",
    f"I would like to retract the DMCA notice regarding {LISTING}.",
    f"Kindly cancel my takedown request for {LISTING}; the seller has a licence.",
    f"We reported {LISTING} by mistake. Please restore it.",
    f"Our complaint about {LISTING} was filed in error.",
    f"Retraction of our notice of 3 May: {LISTING}.",
    f"We no longer wish to pursue the complaint about {LISTING}.",
    f"Please consider our report on {LISTING} withdrawn.",
    f"Acme Ltd hereby rescinds its notification regarding {LISTING}.".replace("its", "the"),
    f"We have reached an agreement with the seller and request that {LISTING} be reinstated. Our claim is settled.",
    f"Please ignore my previous report on {LISTING}, I was wrong.",
    f"Wir nehmen unsere Meldung zu {LISTING} zurück.",
    f"Hiermit ziehen wir die Beanstandung von {LISTING} zurück.",
    f"Nous retirons notre notification concernant {LISTING}.",
    f"Retiramos nuestra denuncia sobre {LISTING}.",
]


@pytest.mark.parametrize("text", NOTICES)
def test_a_complaint_is_a_notice_whatever_it_tells_of_the_past(text: str) -> None:
    assert parse_notice(text, SHOP).kind is NoticeKind.NOTICE


@pytest.mark.parametrize("text", COUNTERS)
def test_who_asks_for_a_listing_back_counters(text: str) -> None:
    assert parse_notice(text, SHOP).kind is NoticeKind.COUNTER_NOTICE


@pytest.mark.parametrize("text", RETRACTIONS)
def test_who_takes_back_a_complaint_of_ones_own_retracts(text: str) -> None:
    assert parse_notice(text, SHOP).kind is NoticeKind.RETRACTION


def test_quoted_lines_count_where_the_writer_says_nothing_else() -> None:
    text = f"Fwd, please see below.\n\n> {LISTING} is a counterfeit of our lamp.\n> Please remove it.\n"
    assert parse_notice(text, SHOP).kind is NoticeKind.NOTICE


STATEMENT = "I have a good faith belief that the use is not authorized by the copyright owner, its agent, or the law."


@pytest.mark.parametrize("signed", [
    f"Signature:\n{STATEMENT}",
    "Signature: ____________\nDate: 3 May 2026", "Signature: ........", "Signature:\n\nName:\n",
    "Signature:\nDate: 3 May 2026", "Signed: ______________ Date: ____", "Electronic signature: [signature]",
    "Signature: (sign here)", "Unterschrift: ____________\nDatum: 3. Mai 2026", "Signature électronique : ......",
    "Firma:\nDeclaro de buena fe que el uso no está autorizado por el titular.", "Signature: N/A", "/s/ ____________",
])  # fmt: skip
def test_a_blank_signature_is_none(signed: str) -> None:
    notice = parse_notice(f"I own the photograph. Infringing: {LISTING}\n{signed}", SHOP)
    assert not notice.elements[Element.SIGNATURE].present
    assert ReasonCode.N_SIGNATURE_MISSING in notice.missing


@pytest.mark.parametrize("signed", [
    "Signature: Laura Ash", "Signature:\nLaura Ash", "Signed: Laura Ash, Head of Legal", "/s/ Laura Ash",
    "Signature: /s/ Laura Ash", "Unterschrift: Laura Ash", "Sincerely,\nLaura Ash",
    "Signature: Laura Ash, for Ash Inc.",
    "Signature: L. Ash\nDate: 3 May 2026",
])  # fmt: skip
def test_a_name_signs(signed: str) -> None:
    notice = parse_notice(f"I own the photograph. Infringing: {LISTING}\n{signed}", SHOP)
    assert notice.elements[Element.SIGNATURE].present
    assert "Ash" in (notice.draft.signature or "")
