"""URLs as people write them."""

import pytest

from services.intake.domain.notices.urls import find_urls, url_key

WRITTEN = [
    ("see https://shop.example/item/1.", ["https://shop.example/item/1"]),
    ("(https://shop.example/item/1)", ["https://shop.example/item/1"]),
    ("(see https://shop.example/a_(b))", ["https://shop.example/a_(b)"]),
    ("<https://shop.example/item/1>", ["https://shop.example/item/1"]),
    ("**https://shop.example/item/1**", ["https://shop.example/item/1"]),
    ("`https://shop.example/item/1`", ["https://shop.example/item/1"]),
    ("\u201chttps://shop.example/item/1\u201d", ["https://shop.example/item/1"]),
    ("[this](https://shop.example/item/1)", ["https://shop.example/item/1"]),
    ("[https://shop.example/item/1](https://shop.example/item/1)", ["https://shop.example/item/1"] * 2),
    ("[https://shop.example/item/1]", ["https://shop.example/item/1"]),
    ("https://shop.example/a[1-4].html", ["https://shop.example/a[1-4].html"]),
    ("https://shop.example/item/1,https://shop.example/item/2", ["https://shop.example/item/1", "https://shop.example/item/2"]),
    ("https://shop.example/item/1、https://shop.example/item/2", ["https://shop.example/item/1", "https://shop.example/item/2"]),
    ("https://archive.example/web/2020/https://shop.example/item/1", ["https://archive.example/web/2020/https://shop.example/item/1"]),
    ("hxxps://shop[.]example/item/1", ["https://shop.example/item/1"]),
    ("shop.example/item/1; www.shop.example", ["https://shop.example/item/1", "https://www.shop.example"]),
    ("HTTPS://Shop.Example/Item/1", ["https://Shop.Example/Item/1"]),
    ("write to someone@shop.example/about", []),
    ("README.md and shop.example and 1.5/2", []),
    ("http:// and https://.", []),
    ("<https://shop.example/a/long\n/path>", ["https://shop.example/a/long/path"]),
    ("https://shop.example/item/\n9001", ["https://shop.example/item/9001"]),
    ("https://shop.example/item/\nRegards", ["https://shop.example/item/"]),
    ("https://shop.example/catalogue/2026/spring/children/\nYes.\n", ["https://shop.example/catalogue/2026/spring/children/"]),
    (
        "https://shop.example/catalogue/2026/spring/children/\n> toys-and-games/wooden-\n> trams/red.html\n",
        ["https://shop.example/catalogue/2026/spring/children/toys-and-games/wooden-trams/red.html"],
    ),
    ("https://shop.example/very/long/path/that/was/cut=\nhere/9001", ["https://shop.example/very/long/path/that/was/cuthere/9001"]),
    ("https://shop.example/files/books/Nine Lanterns (2nd ed).pdf\n", ["https://shop.example/files/books/Nine%20Lanterns%20(2nd%20ed).pdf"]),
    ("https://shop.example/item/1 is a copy of my photo.jpg\n", ["https://shop.example/item/1"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "urls"), WRITTEN)
def test_urls_are_found_as_they_were_meant(text: str, urls: list[str]) -> None:
    assert [mention.url for mention in find_urls(text)] == urls


def test_spellings_of_one_address_are_one() -> None:
    spellings = ["http://www.shop.example/item/1/", "https://SHOP.example/item/1", "https://shop.example/item/1"]
    assert {url_key(url) for url in spellings} == {"shop.example/item/1"}


def test_a_url_of_more_than_2048_characters_is_no_url() -> None:
    assert find_urls("https://shop.example/" + "a" * 2_100) == []
