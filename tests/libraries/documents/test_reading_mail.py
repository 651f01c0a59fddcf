"""Mails as programs really write them: labels, encodings, halves that differ, what is attached, what is not read."""

import base64
import codecs
from email.message import EmailMessage

import pytest

from libraries.documents.mail.reading import read_mail
from libraries.documents.model import Document, Limits, Unread

LIMITS = Limits()
LISTING = "https://shop.example/item/lantern-4410"


def read(content: bytes) -> Document:
    return read_mail(content, LIMITS)


def body(content: bytes, *heads: str, content_type: str = "text/plain; charset=utf-8") -> Document:
    lines = ["From: Kim Lee <kim@lantern.example>", f"Content-Type: {content_type}", *heads]
    return read("\r\n".join([*lines, "", ""]).encode() + content)


def multipart(kind: str, *parts: bytes) -> bytes:
    head = f'From: Kim Lee <kim@lantern.example>\r\nContent-Type: multipart/{kind}; boundary="=_x"\r\n\r\n'
    return head.encode() + b"".join(b"--=_x\r\n" + part + b"\r\n" for part in parts) + b"--=_x--\r\n"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"Subject: =?windows-949?B?" + base64.b64encode("상표 침해".encode("cp949")) + b"?=", "상표 침해"),
        (b"Subject: =?Shift_JIS?B?" + base64.b64encode(b"\x87\x8a\xfb\xfc\x8b\xb4") + b"?=", "㈱髙橋"),
        (b"Subject: =?gb2312?B?" + base64.b64encode("朱镕基".encode("gbk")) + b"?=", "朱镕基"),
        (b"Subject: =?utf-8*de?Q?F=C3=A4lschung_hier?=", "Fälschung hier"),
        (b"Subject: =?utf-8?B?5YGd?=\r\n =?utf-8?B?54mp?=", "偝物"),
        (b"Subject: =?utf-8?B?5YG9?= =?utf-8?B?54k=?= =?utf-8?B?qQ==?=", "偽物"),
        (b"Subject: a =?iso-8859-1?Q?=E9?= b", "a é b"),
        ("Subject: Fälschung".encode("latin-1"), "Fälschung"),
        ("Subject: подделка".encode(), "подделка"),
        (b"Subject: folded\r\n\tover lines", "folded over lines"),
        (b"Subject : spaced", "spaced"),
        (b"Subject: =?no-such?Q?a=20b?=", "a b"),
    ],
)
def test_heads_are_decoded_whatever_their_labels(raw: bytes, shown: str) -> None:
    document = read(b"From: a@lantern.example\r\n" + raw + b"\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nx")
    assert f"Subject: {shown}\n" in document.text


def test_a_letter_cut_between_two_encoded_words_is_whole() -> None:
    raw = "偽物".encode()
    words = b"\r\n ".join(b"=?utf-8?B?" + base64.b64encode(piece) + b"?=" for piece in (raw[:4], raw[4:]))
    assert "Subject: 偽物" in read(b"From: a@lantern.example\r\nSubject: " + words + b"\r\n\r\nx").text


@pytest.mark.parametrize(
    "before",
    [
        codecs.BOM_UTF8, b"\r\n", b"\n \n\t\n", b"From kim@lantern.example Mon Mar  2 10:00:00 2026\r\n", b">From x\n",
        codecs.BOM_UTF8 + b"\r\n",
    ],
)  # fmt: skip
def test_what_stands_before_the_first_head_does_not_hide_the_mail(before: bytes) -> None:
    mail = b"From: Kim Lee <kim@lantern.example>\r\nSubject: Copies\r\n\r\n" + LISTING.encode()
    assert read(before + mail).text == f"Subject: Copies\nFrom: Kim Lee <kim@lantern.example>\n\n{LISTING}"
    assert read(before + mail.replace(b"From:", b"From :").replace(b"Subject:", b"Subject\t:")).text == read(mail).text


def test_a_mail_saved_in_utf_16_is_one() -> None:
    assert LISTING in read(f"From: a@b.example\r\n\r\n{LISTING}".encode("utf-16")).text


@pytest.mark.parametrize("encoding", ["base64 (std)", "Base64;", "BASE64 ", "(it is) base64", '"base64"'])
def test_the_first_token_says_how_a_body_travelled(encoding: str) -> None:
    document = body(base64.b64encode(LISTING.encode()), f"Content-Transfer-Encoding: {encoding}")
    assert document.text.endswith(LISTING)


def test_base64_is_read_with_what_gateways_put_between_its_lines() -> None:
    coded = base64.encodebytes(b"Our lantern. " * 9 + LISTING.encode()).replace(b"\n", b"\r\n> ")
    assert LISTING in body(coded, "Content-Transfer-Encoding: base64 (x)").text


def test_soft_breaks_of_quoted_printable_are_joined() -> None:
    document = body(
        b"https://shop.example/item/lan=\r\ntern-4410 =E2=82=AC", "Content-Transfer-Encoding: quoted-printable (x)"
    )
    assert document.text.endswith(f"{LISTING} €")


def test_a_body_of_base64_that_does_not_say_so_is_read_or_told_as_unread() -> None:
    words = ("Our lantern is sold as a copy here. " * 9 + LISTING).encode()
    assert LISTING in body(base64.encodebytes(words)).text
    document = body(base64.encodebytes(bytes(range(256)) * 3))
    assert (document.text, document.parts[0].reason) == ("From: Kim Lee <kim@lantern.example>", Unread.UNREADABLE)


@pytest.mark.parametrize(
    ("lines", "delsp", "text"),
    [
        ("https://shop.example/item/lan \r\ntern-4410\r\n", "yes", LISTING),
        ("A copy of our \r\nlantern\r\n", "no", "A copy of our lantern"),
        ("> quoted by \r\n> us\r\n  stuffed\r\n", "no", "> quoted by us\n stuffed"),
        ("the end\r\n-- \r\nKim \r\nLee\r\n", "no", "the end\n-- \nKim Lee"),
        (">> deeper \r\n> less\r\n", "no", ">> deeper \n> less"),
    ],
)
def test_flowed_lines_are_joined_as_rfc_3676_says(lines: str, delsp: str, text: str) -> None:
    document = body(lines.encode(), content_type=f"text/plain; charset=utf-8; Format=Flowed; DelSp={delsp}")
    assert document.text.partition("\n\n")[2] == text.strip()


def test_a_page_says_its_charset_itself() -> None:
    page = (
        '<html><head><META HTTP-EQUIV="Content-Type" content="text/html; charset=windows-1250"></head><p>podróbka łódź'
    )
    assert "podróbka łódź" in body(page.encode("cp1250"), content_type="text/html").text


def test_a_page_with_a_link_that_the_plain_half_lacks_is_read_instead() -> None:
    plain = b"Content-Type: text/plain\r\n\r\nThis offer copies our lantern in every detail."
    page = f'Content-Type: text/html\r\n\r\n<p>This <a href="{LISTING}">offer</a> copies our lantern in every detail.'
    assert f"<{LISTING}>" in read(multipart("alternative", plain, page.encode())).text
    whole = plain + f" {LISTING}".encode()
    assert read(multipart("alternative", whole, page.encode())).text.count(LISTING) == 1


@pytest.mark.parametrize("name", ["offers.txt", "OFFERS.TXT", "offers.csv", "notes.md"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_text_attachment_is_known_by_its_name(name: str, charset: str) -> None:
    message = EmailMessage()
    message["From"] = "kim@lantern.example"
    message.set_content("See the list.")
    message.add_attachment(LISTING.encode(charset), maintype="application", subtype="octet-stream", filename=name)
    document = read(message.as_bytes())
    assert LISTING in document.text
    assert [(part.name, part.read) for part in document.parts] == [(None, True), (name, True)]


def test_what_only_calls_itself_text_is_told_as_unread() -> None:
    message = EmailMessage()
    message["From"] = "kim@lantern.example"
    message.set_content("See the list.")
    message.add_attachment(bytes(range(200)) * 9, maintype="application", subtype="octet-stream", filename="list.txt")
    document = read(message.as_bytes())
    assert document.text.endswith("See the list.")
    assert document.parts[-1].reason is Unread.UNREADABLE


INNER = b"From: client@brand.example\r\nSubject: Our lantern\r\n\r\nIt is " + LISTING.encode()


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "7bit", "Base64 (x)"])
def test_an_attached_mail_is_read_however_it_travelled(encoding: str) -> None:
    coded = base64.encodebytes(INNER) if "ase64" in encoding else INNER.replace(b"lantern-", b"lan=\r\ntern-")
    coded = INNER if encoding == "7bit" else coded
    part = (
        b'Content-Type: message/rfc822; name="a.eml"\r\nContent-Transfer-Encoding: ' + encoding.encode() + b"\r\n\r\n"
    )
    document = read(multipart("mixed", b"\r\nSee below.", part + coded))
    assert "From: client@brand.example" in document.text
    assert LISTING in document.text


def test_a_file_in_the_text_between_begin_and_end_is_one_of_its_parts() -> None:
    import binascii

    lines = [binascii.b2a_uu(INNER[at : at + 45]).decode() for at in range(0, len(INNER), 45)]
    document = body(("As attached.\n\nbegin 644 old.eml\n" + "".join(lines) + "`\nend\n\nKim").encode())
    assert LISTING in document.text
    assert "begin 644" not in document.text
    assert [(part.name, part.read) for part in document.parts[:2]] == [(None, True), ("old.eml", True)]


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (b'Content-Type: application/ms-tnef; name="winmail.dat"\r\n\r\nx\x9f>"', Unread.UNSUPPORTED_TYPE),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nMIAG",
            Unread.ENCRYPTED,
        ),
        (b"Content-Type: application/x-pkcs7-mime; name=smime.p7m\r\n\r\nMIAG", Unread.ENCRYPTED),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\r\nMIAG",
            Unread.UNSUPPORTED_TYPE,
        ),
        (b"Content-Type: application/vnd.ms-excel; name=list.xls\r\n\r\n\xd0\xcf", Unread.UNSUPPORTED_TYPE),
        (b"Content-Type: text/plain; charset=utf-7\r\n\r\n+AGgAdAB0AHAAcw-", Unread.UNKNOWN_CHARSET),
        (b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR", Unread.UNSUPPORTED_TYPE),
    ],
)
def test_a_part_that_was_not_understood_is_told_as_unread(part: bytes, reason: Unread) -> None:
    document = read(multipart("mixed", b"Content-Type: text/plain\r\n\r\nSee the rest.", part))
    assert document.text.endswith("See the rest.")
    assert [one.reason for one in document.parts] == [None, reason]


def test_an_armoured_message_is_no_text_and_told_as_encrypted() -> None:
    document = body(b"See:\n-----BEGIN PGP MESSAGE-----\n\nhQEMA5zz\n-----END PGP MESSAGE-----\nKim")
    assert document.text.endswith("See:\n\nKim")
    assert document.parts[-1].reason is Unread.ENCRYPTED


@pytest.mark.parametrize(
    "name",
    [
        b"filename*=windows-949''" + b"%BB%F3%C7%A5.txt",
        b'filename="=?euc-kr?B?u/PHpS50eHQ=?="',
        "filename=상표.txt".encode(),
    ],
)
def test_names_of_files_are_decoded(name: bytes) -> None:
    part = b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; " + name + b"\r\n\r\nwords"
    assert read(multipart("mixed", part)).parts[0].name == "상표.txt"
