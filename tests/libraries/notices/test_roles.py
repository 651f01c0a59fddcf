"""Which addresses are complained of, on texts of our own: the structure of a notice decides, not the examples."""

import pytest

from libraries.notices import MarketplaceUrls, UrlPattern, UrlRole
from libraries.notices.parse import parse_notice

SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
    pages=(r"shop\.example/help",),
)
ONE, TWO, OWN = (f"https://shop.example/item/{number}" for number in (1, 2, 9))
PLEASE = "Please remove it, it infringes our copyright."

COMPLAINED = {
    "a list after words": (f"The following listings infringe our copyright:\n{ONE}\n{TWO}", [ONE, TWO]),
    "the original beside it": (f"Our original listing is {OWN}. {ONE} is an unauthorised copy. {PLEASE}", [ONE]),
    "the original is published at": (f"The original work is published at {OWN}\nInfringing URL: {ONE}", [ONE]),
    "stolen and posted at": (f"They took the original photographs and posted them at {ONE}. {PLEASE}", [ONE]),
    "a copy of ours, introduced": (f"The following page contains an unauthorized copy of our work:\n{ONE}\n", [ONE]),
    "a copy of another": (f"{ONE} is a copy of {OWN} and infringes our copyright.", [ONE]),
    "my own listing, in a notice": (f"My original listing can be found on {OWN}. {ONE} copies it. {PLEASE}", [ONE]),
    "a help page": (f"See https://shop.example/help/policy. {ONE} is a counterfeit.", [ONE]),
    "a seller's name": (f"**Infringing listings:**\n{ONE}\n\nSeller: https://shop.example/seller/4\n", [ONE]),
    "a form that asks": (
        f"**Describe the original work:**\nSee {OWN}.\n**Identify the items that are infringing:**\n{ONE}\n{TWO}\n",
        [ONE, TWO],
    ),
    "a form without bold type": (
        f"5. Describe the original work: a lamp\n8. Identify the full listing URL that is infringing:\n{ONE}\n", [ONE]
    ),
    "each copy asked for": (
        f"**Identify the listing that is infringing:**\n{ONE}\n**If more, list each listing URL below:**\n{TWO}\n",
        [ONE, TWO],
    ),
    "a list beneath the name": (
        f"We represent Ash Ltd. Its copyright is infringed.\nCompany: Ash Ltd\n--------\n{ONE}\n{TWO}\n", [ONE, TWO]
    ),
    "a counter-notice": (f"My listing {ONE} was removed by mistake. Please restore it. It is genuine.", [ONE]),
    "a shop's counter-notice": (f"Our shop's product {ONE} was wrongly removed. We object to this claim.", [ONE]),
    "a retraction": (f"We withdraw our notice about {ONE}. Please restore it.", [ONE]),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPLAINED)
def test_what_is_complained_of_and_nothing_else(case: str) -> None:
    text, complained = COMPLAINED[case]
    assert [url.url for url in parse_notice(text, SHOP).complained] == complained


def test_the_reporters_own_pages_are_the_original() -> None:
    notice = parse_notice(f"Our website: https://ash.example/lamp\nInfringing URL: {ONE}", SHOP)
    assert {url.url: url.role for url in notice.urls} == {
        "https://ash.example/lamp": UrlRole.ORIGINAL, ONE: UrlRole.COMPLAINED
    }  # fmt: skip
