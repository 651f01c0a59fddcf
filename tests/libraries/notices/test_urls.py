"""URLs as people write them."""

import pytest

from libraries.notices.urls import find_urls, url_key

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


FOLLOWED_BY_WORDS = [
    ("侵权商品(https://shop.example/item/1)请删除", "https://shop.example/item/1"),
    ("侵权商品https://shop.example/item/1请立即删除", "https://shop.example/item/1"),
    ("侵害商品はhttps://shop.example/item/1です。", "https://shop.example/item/1"),
    ("侵害商品はshop.example/item/1です。", "https://shop.example/item/1"),
    ("https://shop.example/item/1ノページ", "https://shop.example/item/1"),
    ("위조 상품은 https://shop.example/item/1입니다", "https://shop.example/item/1"),
    ("สินค้าปลอมhttps://shop.example/item/1กรุณาลบ", "https://shop.example/item/1"),
    ("https://shop.example/item/1ເປັນ", "https://shop.example/item/1"),
    ("https://shop.example/item/1ជាទំនិញ", "https://shop.example/item/1"),
    ("https://shop.example/item/1သည်", "https://shop.example/item/1"),
    ("https://shop.example/item/1को", "https://shop.example/item/1"),
    ("https://shop.example/item/1на", "https://shop.example/item/1"),
    ("https://shop.example/item/1/を削除", "https://shop.example/item/1/"),
    ("https://shop.exampleです", "https://shop.example"),
    ("https://例子.中国请删除", "https://例子.中国"),
    ("https://shop.example/item/\n9001です。", "https://shop.example/item/9001"),
    ("「https://shop.example/item/1」は", "https://shop.example/item/1"),
    ("【https://shop.example/item/1】", "https://shop.example/item/1"),
    ("https://shop.example/item/1？", "https://shop.example/item/1"),
    ("https://shop.example/item/1؟ نعم", "https://shop.example/item/1"),
    ("https://shop.example/item/1। यह", "https://shop.example/item/1"),
    ("https://shop.example/item/1→x", "https://shop.example/item/1"),
    ("https://shop.example/item/1—it", "https://shop.example/item/1"),
    ("https://shop.example/item/1👈", "https://shop.example/item/1"),
    ("https://shop.example/item/1's photo", "https://shop.example/item/1"),
    ("(https://shop.example/item/1)and", "https://shop.example/item/1"),
    ("(see https://shop.example/a_(b))and", "https://shop.example/a_(b)"),
    ("[see https://shop.example/item/1]and", "https://shop.example/item/1"),
    ("&lt;https://shop.example/item/1&gt;&nbsp;x", "https://shop.example/item/1"),
    ("&quot;https://shop.example/item/1&quot;", "https://shop.example/item/1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "url"), FOLLOWED_BY_WORDS)
def test_an_address_ends_where_the_sentence_goes_on_without_a_space(text: str, url: str) -> None:
    assert [mention.url for mention in find_urls(text)] == [url]


@pytest.mark.parametrize("url", [
    "https://ja.wikipedia.example/wiki/日本",
    "https://ja.wikipedia.example/wiki/佐々木_(曖昧さ回避)",
    "https://例え.jp/商品/1",
    "https://tokyo東京.jp/1",
    "https://例子.中国/item/1",
    "https://магазин.рф/товар/9001",
    "https://shop.example/товар-9001",
    "https://shop.example/lamp-商品-9001",
    "https://shop.example/商品A9001型",
    "https://shop.example/search?q=商品&id=3",
    "https://shop.example/%E5%95%86%E5%93%81/9001",
    "https://shop.example/はじめに",
    "https://shop.example/col·lecció",
    "https://shop.example/Müller_Straße",
])  # fmt: skip
def test_an_address_in_other_letters_stays_whole(url: str) -> None:
    assert [mention.url for mention in find_urls(f"{url} x 「{url}」")] == [url, url]


@pytest.mark.parametrize("unseen", "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u202a\ufe0f")
def test_what_nobody_sees_leaves_an_address(unseen: str) -> None:
    text = f"{unseen}https://shop.example/{unseen}item/{unseen}9001{unseen} x"
    assert [mention.url for mention in find_urls(text)] == ["https://shop.example/item/9001"]


def test_entities_are_decoded_once() -> None:
    written = "https://shop.example/x?View&amp;item=1&#38;a=2&amp;amp;b=3&copy=4 https://shop.example/&shy;5"
    assert [mention.url for mention in find_urls(written)] == [
        "https://shop.example/x?View&item=1&a=2&amp;b=3&copy=4", "https://shop.example/5"
    ]  # fmt: skip


@pytest.mark.parametrize("written", [
    "hxxps://shop[.]example/item/1", "hXXps[:]//shop.example/item/1", "h**ps://shop(.)example/item/1",
    "https[://]shop[dot]example/item/1", "https：//shop.example/item/1",
])  # fmt: skip
def test_disguises_are_taken_off(written: str) -> None:
    assert [mention.url for mention in find_urls(written)] == ["https://shop.example/item/1"]


@pytest.mark.parametrize(
    "host",
    [
        "shopee.sg",
        "lazada.vn",
        "mercadolivre.com.br",
        "mein-markt.versicherung",
        "takealot.co.za",
        "xn--fiqs8s.example",
    ],
)
def test_a_host_under_any_domain_of_the_public_suffix_list_needs_no_scheme(host: str) -> None:
    assert [mention.url for mention in find_urls(f"See {host}/item/1 there.")] == [f"https://{host}/item/1"]


@pytest.mark.parametrize("text", ["counterfeits.and/or copies", "version 1.2/3", "name.surname/team", "co.za/path"])
def test_what_is_no_host_is_no_address(text: str) -> None:
    assert find_urls(text) == []


def test_own_hosts_are_known_without_a_scheme() -> None:
    text = "Counterfeit: shopee.intranet/Gold-i.1.2, other.intranet/Gold and mein-markt.lan/ware?id=3."
    own = ("https://shopee.intranet/", "https://mein-markt.lan/")
    found = [mention.url for mention in find_urls(text, lambda url: url.startswith(own))]
    assert found == ["https://shopee.intranet/Gold-i.1.2", "https://mein-markt.lan/ware?id=3"]


def test_spellings_of_one_address_are_one() -> None:
    spellings = ["http://www.shop.example/item/1/", "https://SHOP.example/item/1", "https://shop.example/item/1"]
    assert {url_key(url) for url in spellings} == {"shop.example/item/1"}


def test_a_url_of_more_than_2048_characters_is_no_url() -> None:
    assert find_urls("https://shop.example/" + "a" * 2_100) == []
