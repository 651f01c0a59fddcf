import base64
import quopri
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from libraries.documents.mail.reading import read_mail
from libraries.documents.model import CannotRead, Document, Limits, Unread
from tests.libraries.documents.papers import archive, encrypted, pdf

LIMITS = Limits()


def a_mail(body: str = "Our lamp is copied.", sender: str = "Jo Ash <jo@ashgrove.example>") -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "notices@shop.example"
    message["Subject"] = "Copies of our lamp"
    message.set_content(body)
    return message


def read(message: EmailMessage | bytes) -> Document:
    return read_mail(message if isinstance(message, bytes) else message.as_bytes(), LIMITS)


def refused(content: bytes) -> Unread:
    with pytest.raises(CannotRead) as raised:
        read_mail(content, LIMITS)
    return raised.value.reason


def test_who_writes_about_what_stands_before_the_body_and_who_was_written_to_does_not() -> None:
    assert read(a_mail()).text == (
        "Subject: Copies of our lamp\nFrom: Jo Ash <jo@ashgrove.example>\n\nOur lamp is copied."
    )


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes,
}  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-15", "utf-16be", "koi8-r"])
def test_bodies_are_read_however_they_were_encoded(encoding: str, charset: str) -> None:
    body = "Подделка" if charset == "koi8-r" else "Fälschung, contrefaçon, falsificación"
    content = (
        f"From: a@b.example\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    ).encode()
    assert body in read(content + ENCODINGS[encoding](body.encode(charset))).text


@pytest.mark.parametrize("charset", ["utf-8", "us-ascii", "no-such-thing", "zlib", "idna", "iso-8859-1", "undefined"])
def test_a_charset_that_is_wrong_does_not_lose_the_letter(charset: str) -> None:
    head = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    assert "Fälschung für 5 €" in read(head.encode() + "Fälschung für 5 €".encode("cp1252")).text


def test_a_mail_of_html_alone_is_read_as_a_reader_sees_it() -> None:
    message = a_mail("")
    message.set_content(
        "<head><title>no</title></head><style>p{}</style><p>Dear Sir,</p><p>the <b>copies</b> are "
        '<a href="https://shop.example/item/1">here</a> &amp; '
        '<a href="https://shop.example/item/2">https://shop.example/item/2</a>.<script>no()</script></p>',
        subtype="html",
    )
    text = read(message).text
    assert text.endswith(
        "Dear Sir,\n\nthe copies are here <https://shop.example/item/1>  & https://shop.example/item/2."
    )


def test_of_two_bodies_that_say_the_same_one_is_read() -> None:
    message = a_mail("The lamp at https://shop.example/item/1 is a copy.")
    message.add_alternative("<p>The lamp at https://shop.example/item/1 is a copy.</p>", subtype="html")
    assert read(message).text.count("is a copy") == 1


def test_a_plain_body_that_says_nothing_gives_way_to_the_other() -> None:
    message = a_mail("Please view this mail in HTML.")
    message.add_alternative("<p>" + "The lamp is a copy of ours and nobody allowed it. " * 5 + "</p>", subtype="html")
    assert "copy of ours" in read(message).text


def test_a_body_with_pictures_gives_way_no_less() -> None:
    message = a_mail("Please view this mail in HTML.")
    message.add_alternative("<p><![if !mso]>" + "Nobody allowed this copy. " * 9 + "<![foo[</p>", subtype="html")
    inner = list(message.iter_parts())[1]
    assert isinstance(inner, EmailMessage)
    inner.add_related(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    document = read(message)
    assert "Nobody allowed this copy." in document.text
    assert [(part.media_type, part.read) for part in document.parts] == [("text/html", True), ("image/png", False)]


def test_attachments_are_read_or_told_why_not() -> None:
    message = a_mail()
    message.add_attachment("The list: https://shop.example/item/3", filename="list.txt")
    message.add_attachment(
        pdf("Power of attorney"), maintype="application", subtype="octet-stream", filename="power.pdf"
    )
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="lamp.png")
    message.add_attachment(encrypted(pdf("x"), "key"), maintype="application", subtype="pdf", filename="locked.pdf")
    document = read(message)
    assert "item/3" in document.text
    assert "Power of attorney" in document.text
    assert [(part.name, part.read, part.reason) for part in document.parts] == [
        (None, True, None),
        ("list.txt", True, None),
        ("power.pdf", True, None),
        ("lamp.png", False, Unread.UNSUPPORTED_TYPE),
        ("locked.pdf", False, Unread.ENCRYPTED),
    ]


def test_a_forwarded_mail_is_read_with_what_is_attached_to_it() -> None:
    inner = a_mail("The client's own words.", sender="client@brand.example")
    inner.add_attachment(pdf("An annex"), maintype="application", subtype="pdf", filename="annex.pdf")
    outer = a_mail("See below.")
    outer.add_attachment(inner)
    outer.add_attachment(inner.as_bytes(), maintype="application", subtype="octet-stream", filename="saved.eml")
    document = read(outer)
    assert document.text.count("The client's own words.") == 2
    assert document.text.count("From: client@brand.example") == 2
    assert [part.media_type for part in document.parts if part.read].count("message/rfc822") == 2
    assert document.text.count("An annex") == 2


def test_a_mail_in_a_mail_in_a_mail_is_read_down_to_a_depth() -> None:
    message = a_mail("The innermost.")
    for _ in range(LIMITS.depth + 2):
        outer = a_mail("An outer one.")
        outer.add_attachment(message)
        message = outer
    document = read(message)
    assert document.parts[-1].reason is Unread.TOO_DEEP
    assert "The innermost." not in document.text


def nested(levels: int) -> bytes:
    bounds = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(levels))
    return b"From: a@b.example\nSubject: deep\n" + bounds.encode() + b"\nbottom\n"


def many_parts(count: int) -> bytes:
    return b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * count + b"--b--\n"


def test_a_mail_of_ten_thousand_parts_is_not_read() -> None:
    assert refused(many_parts(10_000)) is Unread.TOO_MANY_PARTS


def test_a_mail_nested_without_end_is_contained() -> None:
    assert read_mail(nested(100), LIMITS).parts[-1].reason is Unread.TOO_DEEP
    assert read_mail(nested(350), LIMITS).parts[-1].reason is Unread.TOO_DEEP
    assert refused(nested(5000)) is Unread.TOO_MANY_PARTS


def test_a_mail_that_is_an_archive_as_well_is_not_read_and_one_with_an_archive_attached_is() -> None:
    assert refused(a_mail().as_bytes() + archive()) is Unread.UNREADABLE
    message = a_mail()
    message.add_attachment(archive(), maintype="application", subtype="zip", filename="list.zip")
    message.add_attachment(pdf("x") + archive(), maintype="application", subtype="pdf", filename="two.pdf")
    assert [part.reason for part in read(message).parts] == [None, Unread.UNSUPPORTED_TYPE, Unread.UNREADABLE]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"Dear Sir,\n\nno mail.", pdf("a PDF")])
def test_what_has_no_head_is_no_mail(content: bytes) -> None:
    assert refused(content) is Unread.UNREADABLE


@pytest.mark.parametrize(
    "head",
    [
        "Subject: =?utf-8?B?////?=", "From: <<<@@@>>>", 'Content-Disposition: attachment; filename*0*="%%%"',
        "Content-Type: ;;;", "Content-Type: text/plain; charset*=%E2%28%A1", "Content-Transfer-Encoding: nonsense",
        "Subject: =?zlib?q?x?=", "From: " + "(" * 300,
    ],
)  # fmt: skip
def test_a_head_that_breaks_the_grammar_does_not_lose_the_letter(head: str) -> None:
    assert "Our lamp." in read(f"To: a@b.example\n{head}\n\nOur lamp.".encode()).text


def test_a_body_longer_than_a_letter_is_not_read_and_an_attachment_is_left_out() -> None:
    assert refused(a_mail("word " * 50_000).as_bytes()) is Unread.TOO_LONG
    message = a_mail()
    message.add_attachment("word " * 50_000, filename="log.txt")
    assert read(message).parts[-1].reason is Unread.TOO_LONG


def test_what_cannot_be_sent_back_is_replaced() -> None:
    assert read(b"From: a@b.example\n\na\x00b\r\nc").text.endswith("a\N{REPLACEMENT CHARACTER}b\nc")
