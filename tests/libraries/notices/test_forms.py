"""Forms: a question left open is not an answer, and the form's own words are not the reporter's."""

import re
from pathlib import Path

import pytest

from libraries.notices import Element, MarketplaceUrls, UrlPattern
from libraries.notices.parse import parse_notice

FORM = (Path(__file__).parents[3] / "examples" / "notices" / "web-form.md").read_text(encoding="utf-8")
SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
)


def without_answer_to(question: str) -> str:
    return re.sub(rf"(\*\*[^*]*{question}[^*]*\*\*)[^*]*", r"\1\n\n", FORM)


@pytest.mark.parametrize(
    ("question", "absent"),
    [
        ("full legal name", {Element.SIGNATURE}),
        ("telephone number", {Element.CONTACT}),
        ("describe the original", {Element.WORK_IDENTIFIED}),
        ("I have a good faith belief", {Element.GOOD_FAITH}),
        ("I swear", {Element.ACCURACY, Element.AUTHORITY_UNDER_PERJURY}),
    ],
)
def test_a_question_left_open_leaves_its_element_missing(question: str, absent: set[Element]) -> None:
    elements = parse_notice(without_answer_to(question), SHOP).elements
    assert {element for element, found in elements.items() if not found.present} == absent


def test_other_copies_asked_for_are_complained_of_too() -> None:
    complained = parse_notice(without_answer_to("Which listings"), SHOP).complained
    assert [url.listing.listing_id for url in complained if url.listing] == ["700999"]


def test_the_sellers_profile_is_not_complained_of() -> None:
    assert not any("seller/" in url.url for url in parse_notice(FORM, SHOP).complained)


def test_an_answer_may_stand_under_a_plain_question_as_well_as_a_bold_one() -> None:
    plain, bold = parse_notice(FORM.replace("**", ""), SHOP), parse_notice(FORM, SHOP)
    assert [url.url for url in plain.complained] == [url.url for url in bold.complained]
    assert plain.complete
