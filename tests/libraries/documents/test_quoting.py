# ruff: noqa: RUF001 - letters of many scripts are what this is about
"""What the writer quotes is marked as quoted, and what the writer passes on is not."""

import pytest

from libraries.documents.mail.quoting import marked
from libraries.documents.mail.reading import read_mail
from libraries.documents.model import Limits
from libraries.notices import MarketplaceUrls, NoticeKind, UrlPattern
from libraries.notices.parse import parse_notice

SHOP = MarketplaceUrls(
    patterns=(UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),),
    hosts=("shop.example",),
)
OWN = "The listing https://shop.example/item/31 is a counterfeit of our lantern.\n\nKim Lee\n\n"
QUESTION = "Please tell us if you withdraw your notice.\nThe team"

INTRODUCTIONS = [
    "On Mon, 2 Mar 2026 at 10:00, Notices <ip@shop.example> wrote:",
    "On Mon, 2 Mar 2026 at 10:00, The Notices Team of the Shop\n<ip@shop.example> wrote:",
    "Am 02.03.2026 um 10:00 schrieb Notices <ip@shop.example>:",
    "Le lun. 2 mars 2026 à 10:00, Notices <ip@shop.example> a écrit :",
    "El lun, 2 mar 2026 a las 10:00, Notices (<ip@shop.example>) escribió:",
    "Il giorno lun 2 mar 2026 alle ore 10:00 Notices <ip@shop.example> ha scritto:",
    "Op ma 2 mrt 2026 om 10:00 schreef Notices <ip@shop.example>:",
    "Em seg., 2 de mar. de 2026 às 10:00, Notices <ip@shop.example> escreveu:",
    "pon., 2 mar 2026 o 10:00 Notices <ip@shop.example> napisał(a):",
    "пн, 2 мар. 2026 г. в 10:00, Notices <ip@shop.example>:\nпишет:",
    "2026年3月2日(月) 10:00 Notices <ip@shop.example>さんが書きました:",
    "Notices <ip@shop.example> 于2026年3月2日周一 10:00写道：",
    "2026년 3월 2일 (월) 10:00, Notices <ip@shop.example>님이 작성:",
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "----- Mensaje original -----",
    "____________\nFrom: Notices <ip@shop.example>\nSent: Monday, 2 March 2026\nTo: Kim Lee\nSubject: Case 1",
    "Von: Notices <ip@shop.example>\nGesendet: Montag, 2. März 2026\nAn: Kim Lee\nBetreff: Fall 1",
    "De : Notices <ip@shop.example>\nEnvoyé : lundi 2 mars 2026\nÀ : Kim Lee\nObjet : Dossier 1",
    "Da: Notices <ip@shop.example>\nInviato: lunedì 2 marzo 2026\nA: Kim Lee\nOggetto: Caso 1",
    "发件人: Notices <ip@shop.example>\n发送时间: 2026年3月2日\n收件人: Kim Lee\n主题: 1",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_a_reply_quotes_what_it_answers_in_whichever_way_its_program_writes_it(introduction: str) -> None:
    text = marked(f"{OWN}{introduction}\n\n{QUESTION}", "Re: Case 1")
    assert text.startswith(OWN)
    assert "> Please tell us if you withdraw your notice.\n> The team" in text
    assert parse_notice(text, SHOP).kind is NoticeKind.NOTICE


def test_lines_quoted_already_stay_as_they_are() -> None:
    text = f"{OWN}On Monday the team wrote:\n> {QUESTION}\n\nOne more word."
    assert marked(text, "Re: Case 1") == text


@pytest.mark.parametrize("own", ["", "FYI\n", "Please see the notice of our client below.\n", "Bitte siehe unten.\n"])
@pytest.mark.parametrize(
    "introduction", [INTRODUCTIONS[0], INTRODUCTIONS[13], INTRODUCTIONS[16], "---------- Forwarded message ---------"]
)
def test_a_notice_that_was_passed_on_is_read(own: str, introduction: str) -> None:
    text = f"{own}\n{introduction}\n\n{OWN}"
    assert marked(text, "Notice") == text


def test_a_long_covering_letter_passes_on_what_its_subject_says() -> None:
    text = f"{OWN * 3}{INTRODUCTIONS[17]}\n\n{QUESTION}"
    assert marked(text, "WG: Fall 1") == text
    assert marked(text, "AW: Fall 1") != text


def test_an_address_in_a_quote_is_told_and_complained_of_only_where_nothing_else_is() -> None:
    quote = "> Your notice of https://shop.example/item/30 was received.\n"
    roles = {url.url[-2:]: url.role.value for url in parse_notice(f"{OWN}{quote}", SHOP).urls}
    assert roles == {"31": "complained", "30": "other"}
    passed_on = parse_notice("> https://shop.example/item/30 is a counterfeit of our lantern.\n", SHOP)
    assert [url.url for url in passed_on.complained] == ["https://shop.example/item/30"]
    withdrawn = parse_notice(f"We withdraw our notice.\n\n{quote}", SHOP)
    assert (withdrawn.kind, len(withdrawn.complained)) == (NoticeKind.RETRACTION, 1)


def html_mail(page: str, subject: str = "Re: Case 1") -> str:
    head = f"From: kim@lantern.example\r\nSubject: {subject}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    return read_mail(head.encode() + page.encode(), Limits()).text


@pytest.mark.parametrize(
    "quote",
    [
        '<blockquote type="cite"><p>Do you withdraw the notice?</p></blockquote>',
        '<div class="gmail_quote"><p>On Monday the team wrote:</p><div>Do you withdraw the notice?</div></div>',
        '<div class="yahoo_quoted"><div>Do you withdraw the notice?</div></div>',
    ],
)  # fmt: skip
def test_what_html_sets_apart_as_quoted_is_marked(quote: str) -> None:
    text = html_mail(f"<p>{OWN}</p>{quote}<p>Thank you.</p>")
    assert "> Do you withdraw the notice?" in text
    assert "\nThank you." in text
    assert parse_notice(text, SHOP).kind is NoticeKind.NOTICE


def test_a_block_that_is_only_set_in_is_the_writers() -> None:
    assert ">" not in html_mail(f"<p>{OWN}</p><blockquote>https://shop.example/item/32</blockquote>").replace(
        "kim@lantern.example>", ""
    )


def test_html_that_only_quotes_is_passed_on() -> None:
    text = html_mail(f'<div class="gmail_quote"><p>{OWN}</p></div>', "Fwd: Notice")
    assert "\n>" not in text


@pytest.mark.parametrize(
    "piece", ["> ", "From: a\n", "On a b c d e ", "-----", "Von: a\nGesendet: b\n", "\x02", "on \n"]
)
def test_marking_takes_time_in_proportion(piece: str) -> None:
    assert marked(piece * (200_000 // len(piece)), "Re: x") is not None


WROTE = "On Mon, 2 Mar 2026 at 10:00, Kim <kim@lamp.example> wrote:"


@pytest.mark.parametrize(
    ("text", "subject", "expected"),
    [
        # From the introduction on, and nothing before it.
        (f"My own words here.\n{WROTE}\nold\n\nolder", "Re: x", f"My own words here.\n> {WROTE}\n> old\n>\n> older"),
        # A forwarding line ends what is quoted above it, and what it heads is read.
        (
            f"My own words here.\n{WROTE}\nold\n-- Forwarded message --\nnew",
            "Re: x",
            f"My own words here.\n> {WROTE}\n> old\n-- Forwarded message --\nnew",
        ),
        (f"My own words here.\n-- Forwarded message --\n{WROTE}\nold", "x", None),
        # Next to nothing of the writer's own, or a little that says that something follows.
        (f"Two words\n{WROTE}\nold", "Re: x", None),
        (f"Three own words\n{WROTE}\nold", "Re: x", f"Three own words\n> {WROTE}\n> old"),
        (f"Please see it below\n{WROTE}\nold", "Re: x", None),
        (f"Below: {'word ' * 28}\n{WROTE}\nold", "Re: x", None),
        (f"Below: {'word ' * 29}\n{WROTE}\nold", "Re: x", f"Below: {'word ' * 29}\n> {WROTE}\n> old"),
        # The subject of a forwarded mail lets the heads of it be read, and not what a reply quotes.
        ("My own words here.\n-- Original Message --\nold", "Fwd: x", None),
        (
            "My own words here.\n-- Original Message --\nold",
            "Re: x",
            "My own words here.\n> -- Original Message --\n> old",
        ),
        (f"My own words here.\n{WROTE}\nold", "Fwd: x", f"My own words here.\n> {WROTE}\n> old"),
        # What is marked already stays.
        (f"My own words here.\n{WROTE}\n\n> old", "Re: x", None),
        (f"> My own words here.\n{WROTE}\nold", "Re: x", None),
        ("No quotation in these words.", "Re: x", None),
        (f"Two words\n> and more of them that are quoted\n{WROTE}\nold", "Re: x", None),
        (f"Two words\n  > and more of them that are quoted\n{WROTE}\nold", "Re: x", None),
    ],
)
def test_where_a_quotation_begins_and_ends(text: str, subject: str, expected: str | None) -> None:
    assert marked(text, subject) == (text if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "subject", "expected"),
    [
        ("My own words here.\x02old\x03", "Re: x", "My own words here.\n> old\n"),
        ("My own words here.\x02old\n\nmore\x03And more.", "Re: x", "My own words here.\n> old\n>\n> more\nAnd more."),
        ("My own words here.\x02old\x02older\x03old\x03End.", "Re: x", "My own words here.\n> oldolderold\nEnd."),
        ("My own words here.\x02one\x03 and \x02two\x03", "Re: x", "My own words here.\n> one\n and \n> two\n"),
        ("My own words here.\x02  old\x03", "Re: x", "My own words here.\n>   old\n"),
        ("My own words here.\x02X, old X\x03", "Re: x", "My own words here.\n> X, old X\n"),
        ("My own words here.\x02never closed", "Re: x", "My own words here.\n> never closed\n"),
        ("\x02old\x03Three own words", "Re: x", "\n> old\nThree own words"),
        # Alone, or passed on, it is what the writer wants read.
        ("\x02old\x03", "Re: x", "old"),
        ("Two words\x02old\x03", "Re: x", "Two wordsold"),
        ("My own words here.\x02old\x03", "Fwd: x", "My own words here.old"),
        (
            "My own words here.\x02\n-- Forwarded message --\nold\x03",
            "Re: x",
            "My own words here.\n-- Forwarded message --\nold",
        ),
    ],
)
def test_what_a_page_sets_apart_is_quoted_unless_it_is_passed_on(text: str, subject: str, expected: str) -> None:
    assert marked(text, subject) == expected
