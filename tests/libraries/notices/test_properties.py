"""What holds of every text, whatever it says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.notices import MarketplaceUrls, NoticeKind, UrlPattern, UrlRole
from libraries.notices.parse import parse_notice
from libraries.notices.plain import plain_text
from libraries.notices.urls import find_urls

SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
)
PIECES = st.sampled_from([
    "https://shop.example/item/1", "hxxp://shop[.]example/item/2", "shop.example/item/3,", "<https://a.example/x>",
    "[offer](https://shop.example/item/4)", "https://shop.example/item/\n5", "www.a.example", "a.b@c.example",
    "**Which listings should be removed?**", "Original work:", "Infringing URLs:", "Name:", "/s/ A. Person",
    "I have a good faith belief", "under penalty of perjury", "I am the owner", "the information is accurate",
    "Sincerely,", "[private]", "consent to the jurisdiction", "we withdraw our notice", "counter-notice",
    "\n", "\n\n", " ", ".", "> ", "* ", "\x00", "\ud800", "\u202e", "\u2066", "ﬁ", "İ", "ß", "、", "\uff1a", "=\n",
])  # fmt: skip
TEXTS = st.one_of(st.text(st.characters(codec=None), max_size=400), st.lists(PIECES, max_size=40).map("".join))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_read_the_same_again(text: str) -> None:
    assert parse_notice(text, SHOP) == parse_notice(text, SHOP)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_positions_point_at_what_was_found(text: str) -> None:
    notice = parse_notice(text, SHOP)
    for found in notice.elements.values():
        assert found.present == (found.start is not None)
        assert found.text == (text[found.start : found.end] if found.present else "")
    for url in notice.urls:
        assert url.start < url.end
        assert [mention.url for mention in find_urls(text[url.start : url.end])] in ([url.url], [])


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_urls_are_told_once_in_the_order_of_the_text(text: str) -> None:
    urls = parse_notice(text, SHOP).urls
    assert len({url.url for url in urls}) == len(urls)
    assert [url.start for url in urls] == sorted(url.start for url in urls)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_what_is_not_on_the_marketplace_is_never_complained_of(text: str) -> None:
    assert all(SHOP.owns(url.url) for url in parse_notice(text, SHOP).urls if url.role is UrlRole.COMPLAINED)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_only_a_notice_without_gaps_is_complete(text: str) -> None:
    notice = parse_notice(text, SHOP)
    assert notice.complete == (notice.kind is NoticeKind.NOTICE and not notice.missing)


@given(TEXTS)
def test_the_plain_text_is_as_long_as_the_text(text: str) -> None:
    assert len(plain_text(text)) == len(text)


def repeated(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


HOSTILE = [
    "a", " ", "\n", " \n", "(", "a.", "a-", "www.a.", "http://", "https://a.example/(", "https://shop.example/item/1\n",
    "<http://a.example/\n", "**", "[x](", "/s/", "\x00", "\ud800", "under penalty of perjury ", "information is ",
    "withdraw notices ", "Sincerely\n", "[private]\n", "+1 ", "1 Ab ", "a@b.", "Title: a\n\n", "copy of ", "=\n",
    "商", "a商", "です。", "ไทย", "한국어 ", "https://a.example/商a", "https://shop.example/item/1です", "侵权",
    "подделка ",
    "our notice ", "we withdraw ", "please restore ", "my listing was ", "> a\n", '"a', "の通知", "신고 ", "投诉",
    "zgłoszenie ", "segnalazione ", "melding ", "denúncia ", "bildirim ", "жалоба ", "&amp;", "Signature:\n",
    "Name: A\n",
    "mein ", "sin ", "sans ", "notre ", "marque n", "Angaben ", "la información ", "rechts", "01 ", "unter ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_text_made_to_hurt_is_read_to_its_end(piece: str) -> None:
    """At this size what grows with the square of the text is felt, and what grows with the text is not."""
    assert parse_notice(repeated(piece, 30_000), SHOP) is not None


@pytest.mark.parametrize("letters", ["a", "б", "ا", "न", "ท", "の", "国", "한", "ខ", "ა", "\U00020000", "\u200b"])
def test_the_longest_text_of_each_script_is_read_to_its_end(letters: str) -> None:
    words = f"{letters * 5} {letters * 9}。 https://shop.example/item/1{letters} "
    assert parse_notice(repeated(words, 200_000), SHOP).kind is not None


@pytest.mark.parametrize("piece", ["http://", " \n", "under penalty of perjury "])
def test_a_megabyte_made_to_hurt_is_read_to_its_end(piece: str) -> None:
    assert parse_notice(repeated(piece, 1_000_000), SHOP) is not None


@pytest.mark.parametrize("tail", ["()"])
def test_a_megabyte_of_one_url_is_no_url(tail: str) -> None:
    assert parse_notice("https://shop.example/item/1" + repeated(tail, 1_000_000), SHOP).urls == ()
