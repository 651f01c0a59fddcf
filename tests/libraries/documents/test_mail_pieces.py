"""Each piece of a mail by itself: heads, encodings, bodies, parts. What it must say is written here."""

import base64
import binascii
import io
import zipfile
from email.message import Message

import pytest

from libraries.documents.mail.bodies import decoded_text, lacks_links, text_of
from libraries.documents.mail.flowed import unflowed
from libraries.documents.mail.heads import charset_of, header, name_of, parameter, parsed, token
from libraries.documents.mail.lenient_base64 import from_base64
from libraries.documents.mail.markup import charset_of as charset_of_page
from libraries.documents.mail.markup import links_of
from libraries.documents.mail.markup import text_of as text_of_page
from libraries.documents.mail.reading import read_mail
from libraries.documents.mail.transfer import bare_base64, blocks, content_of, without_blocks
from libraries.documents.model import MOST_TEXT, CannotRead, Limits, Part, Unread
from tests.libraries.documents.papers import pdf

LISTING = "https://shop.example/item/77"


def a_part(content_type: str, payload: bytes = b"", **heads: str) -> Message:
    lines = [f"Content-Type: {content_type}", *(f"{name.replace('_', '-')}: {value}" for name, value in heads.items())]
    return parsed("\r\n".join([*lines, "", ""]).encode() + payload)


# How bytes travel.


@pytest.mark.parametrize(
    ("coded", "raw"),
    [
        (b"", b""),
        (b"TGFtcA==", b"Lamp"),
        (b"TGFtcA", b"Lamp"),
        (b"TGFtcHM=", b"Lamps"),
        (b"TGFt", b"Lam"),
        (b"TGF tc\r\n> A==", b"Lamp"),
        (b"TGFtc", b"Lam"),
        (b"+/+/", b"\xfb\xff\xbf"),
        (b"0189", b"\xd3_="),
    ],
)
def test_base64_stands_for_its_bytes_whatever_is_between(coded: bytes, raw: bytes) -> None:
    assert from_base64(coded) == raw


def test_a_body_is_bare_base64_only_as_a_whole() -> None:
    lines = base64.encodebytes(b"Our lantern is sold as a copy here. " * 9).decode()
    assert bare_base64(f"\n {lines}\n") == b"Our lantern is sold as a copy here. " * 9
    assert bare_base64(f"Dear Sir\n{lines}") is None
    assert bare_base64("TGFtcA==") is None


UU = "begin 644 lamp.txt\n#3&%M\n`\nend\n"


def test_a_block_is_read_with_its_name() -> None:
    assert list(blocks(f"Before\n{UU}After")) == [("lamp.txt", b"Lam")]
    assert list(blocks(f"{UU}\n{UU.replace('644 lamp', '0755 old lamp')}")) == [
        ("lamp.txt", b"Lam"), ("old lamp.txt", b"Lam"),
    ]  # fmt: skip
    assert list(blocks("begin-base64 644 lamp.txt\nTGFtcA==\n====\n")) == [("lamp.txt", b"Lamp")]
    assert list(blocks("begin the day\n#3&%M\nend\n")) == []
    assert without_blocks(f"Before\n{UU}After") == "Before\n\nAfter"


@pytest.mark.parametrize(
    ("line", "raw"),
    [
        ("&3&%M    ", b"Lam\0\0\0"),
        ("&3&%M  ", b"Lam\0\0\0"),
        ("&3&%M", b"Lam\0\0\0"),
        ("&3&%M    xy", b"Lam\0\0\0"),
        ('"3&$ ', b"La"),
        ('"3&$', b"La"),
        ('"3&', b"L`"),
        ('"3&$!!', b"La"),
        ("#3&%Mx", b"Lam"),
        ("!3", b"L"),
    ],
)
def test_a_line_of_uuencode_may_have_lost_its_blanks_or_gained_one(line: str, raw: bytes) -> None:
    ((_, content),) = blocks(f"begin 644 x\n{line}\n{'#3&%M'}\n`\n \nend\n")
    assert content == raw + b"Lam"


def test_a_broken_line_takes_nothing_from_the_lines_before_it() -> None:
    ((_, content),) = blocks("begin 644 x\n#3&%M\n&3&%M    xy\n`\nend\n")
    assert content == b"LamLam\0\0\0"


def test_a_line_of_nothing_but_blanks_holds_no_bytes() -> None:
    ((_, content),) = blocks("begin 644 x\n#3&%M\n\n \n\t\n#3&%M\n`\nend\n")
    assert content == b"LamLam"


@pytest.mark.parametrize(
    "text",
    [
        "begin 2026 with this:\nwe sell lanterns, and he\nsells copies to no\nend",
        "begin 2026 with this:\n偽物です\nend",
        "begin 644 lamp.txt\n#3&%M\n#3&~~\n`\nend",
    ],
)
def test_words_between_begin_and_end_stay_words(text: str) -> None:
    assert (list(blocks(text)), without_blocks(text)) == ([], text)
    assert list(blocks(f"{text}\n{UU}")) == [("lamp.txt", b"Lam")]
    assert without_blocks(f"{text}\n{UU}") == f"{text}\n\n"


@pytest.mark.parametrize("encoding", ["x-uuencode", "uuencode (so)"])
def test_a_part_of_uuencode_ends_its_lines_as_mails_do(encoding: str) -> None:
    lines = UU.replace("\n", "\r\n").encode()
    assert content_of(a_part("text/plain", lines, Content_Transfer_Encoding=encoding)) == b"Lam"
    assert content_of(a_part("text/plain", lines.rstrip(), Content_Transfer_Encoding=encoding)) == b"Lam"


def test_files_of_one_part_come_one_after_the_other() -> None:
    two = f"{UU}\n{UU.replace('3&%M', '4VAO')}".encode()
    assert content_of(a_part("text/plain", two, Content_Transfer_Encoding="uuencode (two files)")) == b"LamSho"


def test_a_part_comes_out_as_it_went_in() -> None:
    coded = base64.encodebytes(b"Lamp").decode().strip()
    for encoding in ("base64", "BASE64", "base64 (so)", '"base64"'):
        assert content_of(a_part("text/plain", coded.encode(), Content_Transfer_Encoding=encoding)) == b"Lamp"
    for encoding in ("quoted-printable", "quoted-printable (so)"):
        assert content_of(a_part("text/plain", b"L=61mp", Content_Transfer_Encoding=encoding)) == b"Lamp"
    for encoding in ("x-uuencode", "uuencode (so)", "x-uue (so)", "uue (so)", "x-uuencode (so)"):
        assert content_of(a_part("text/plain", UU.encode(), Content_Transfer_Encoding=encoding)) == b"Lam"
    assert content_of(a_part("text/plain", b"none of it", Content_Transfer_Encoding="uue (so)")) == b"none of it"
    assert content_of(a_part("text/plain", b"L=61mp", Content_Transfer_Encoding="8bit")) == b"L=61mp"
    assert content_of(a_part("text/plain", "Lämp".encode())) == "Lämp".encode()
    nothing = Message()
    assert content_of(nothing) == b""
    nothing.set_payload([])
    assert content_of(nothing) == b""
    assert content_of(a_part("message/rfc822", b"Subject: Lamp\r\n\r\nIn.")) == b"Subject: Lamp\n\nIn."


# Heads.


def test_a_head_is_one_line_of_characters() -> None:
    mail = parsed(b"SUBJECT: =?utf-8?q?L=C3=A4mp_one?=\r\n  and\t two\r\nFrom: x\r\n\r\n")
    assert (header(mail, "Subject"), header(mail, "from"), header(mail, "To")) == ("Lämp one and two", "x", "")
    for word, read in (
        ("=?utf-8?B?TMOkbXA=?=", "Lämp"),
        ("=?utf-8?B?TMOkbXA?=", "Lämp"),
        ("=?utf-8?B?TG1X?=", "LmW"),
        ("=?utf-8?b?TMOkbXA==?=", "Lämp"),
        ("=?iso-8859-1?Q?L=E4mp?=", "Lämp"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("a =?utf-8?q?b?= =?utf-8?q?c?= d", "a bc d"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),
        ("=?utf-8?q?a?= =?iso-8859-1?q?=E4?=", "aä"),
        ("=?utf-8?q?a?= - =?utf-8?q?b?=", "a - b"),
        ("=?koi8-r?q?=CC?= =?utf-8?q?b?=", "лb"),
        ("=?koi8-r?q?=CC?= and =?utf-8?q?b?=", "л and b"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?b?TMOkb?=", "Lä"),
    ):
        assert header(parsed(f"Subject: {word}\r\n\r\n".encode()), "Subject") == read, word


def test_what_is_no_ascii_in_a_head_is_read_as_the_body_is() -> None:
    mail = "Subject: Подделка\r\nContent-Type: text/plain; charset=windows-1251\r\n\r\n".encode("cp1251")
    assert header(parsed(mail), "Subject") == "Подделка"
    assert header(parsed("Subject: Lämp\r\n\r\n".encode()), "Subject") == "Lämp"
    seven = "Subject: Lämp\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n".encode()
    assert header(parsed(seven), "Subject") == "L\ufffd\ufffdmp"


def test_a_mail_begins_at_its_first_head_whatever_stands_before() -> None:
    mail = b"Subject: Lamp\r\n\r\nBody"
    for before in (b"", b"\r\n \r\n", b"\xef\xbb\xbf", b"From kim Fri Nov 27\r\n", b">From kim Fri Nov 27\n"):
        assert header(parsed(before + mail), "Subject") == "Lamp", before
        assert parsed(before + mail).get_payload() == "Body"
    assert header(parsed(mail.decode().encode("utf-16")), "Subject") == "Lamp"
    assert header(parsed(b"\xfe\xff" + mail.decode().encode("utf-16-be")), "Subject") == "Lamp"
    damaged = parsed(mail.decode().encode("utf-16") + b"x")
    assert damaged.get_payload(decode=True) == b"Body\xef\xbf\xbd"
    assert header(parsed(b"Subject \t: Lamp\r\nFrom : x\r\n\r\nTo : them"), "From") == "x"
    assert parsed(b"Subject: Lamp\r\n\r\nTo : them").get_payload() == "To : them"
    assert parsed(b"Subject: Lamp\r\n\r\nContent-Type : x").get_payload() == "Content-Type: x"


@pytest.mark.parametrize(
    ("value", "read"),
    [("base64", "base64"), ("BASE64 (x)", "base64"), ("(x) 7bit; y", "7bit"), ('"x-uue"', "x-uue"), ("(only)", "")],
)
def test_the_first_token_counts_and_comments_do_not(value: str, read: str) -> None:
    assert token(parsed(f"X: {value}\r\n\r\n".encode()), "X") == read


def test_parameters_are_read_and_none_is_missed() -> None:
    part = a_part("text/plain; Charset=UTF-8; format=Flowed; name*=utf-8''L%C3%A4mp.txt; delsp*=utf-8''YES")
    assert (charset_of(part), parameter(part, "format"), parameter(part, "delsp")) == ("UTF-8", "flowed", "yes")
    assert (parameter(part, "reply"), charset_of(a_part("text/plain"))) == ("", None)
    stumbling = a_part("text/plain; x(;name*1;name*")
    assert (parameter(stumbling, "format"), charset_of(stumbling)) == ("", None)
    assert charset_of(a_part("text/plain; charset*=us-ascii'en'koi8-r")) == "koi8-r"
    inside = parsed(
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=gbk\r\n\r\n'
    )
    assert charset_of(inside) == "gbk"


@pytest.mark.parametrize(
    ("heads", "name"),
    [
        ("Content-Disposition: attachment; filename=lamp.txt", "lamp.txt"),
        ("Content-Type: text/plain; name=lamp.txt", "lamp.txt"),
        ("Content-Type: text/plain; name=old.txt\r\nContent-Disposition: attachment; filename=lamp.txt", "lamp.txt"),
        ("Content-Disposition: attachment; filename*=utf-8''L%C3%A4mp.txt", "Lämp.txt"),
        ("Content-Disposition: attachment; filename*=iso-8859-1'de'L%E4mp.txt", "Lämp.txt"),
        ('Content-Disposition: attachment; filename="=?utf-8?q?L=C3=A4mp=2Etxt?="', "Lämp.txt"),
        ("Content-Disposition: attachment; filename=Lämp.txt", "Lämp.txt"),
        ('Content-Disposition: attachment; filename="  a \t b.txt "', "a b.txt"),
        ('Content-Disposition: attachment; filename=""\r\nContent-Type: text/plain; name=lamp.txt', "lamp.txt"),
        ('Content-Disposition: attachment; filename=" "\r\nContent-Type: text/plain; name=lamp.txt', "lamp.txt"),
        ("Content-Disposition: attachment; filename*=utf-8''Л.txt", "?.txt"),
        # The library stumbles over these parameters; the other head is read all the same.
        (
            "Content-Disposition: attachment; x(;filename*1;filename*\r\nContent-Type: text/plain; name=lamp.txt",
            "lamp.txt",
        ),
        ("Content-Disposition: attachment", None),
        ("Subject: none", None),
        ("Content-Disposition: inline; size=3\r\nContent-Type: text/plain; name=lamp.txt", "lamp.txt"),
        (f"Content-Disposition: attachment; filename={'a' * 300}.txt", "a" * 255),
    ],
)
def test_a_file_has_the_name_that_a_program_would_show(heads: str, name: str | None) -> None:
    assert name_of(parsed(f"{heads}\r\n\r\n".encode())) == name


# Bodies.


@pytest.mark.parametrize(
    ("content_type", "content", "text"),
    [
        ("text/plain", b"Lamp", "Lamp"),
        ("text/plain; charset=iso-8859-1", b"L\xe4mp", "Lämp"),
        ("text/markdown", b"# Lamp", "# Lamp"),
        ("text/html", b"<p>L&auml;mp", "Lämp"),
        ("text/html; charset=koi8-r", "<p>Лампа".encode("koi8-r"), "Лампа"),
        ("text/html", '<meta charset="koi8-r"><p>Лампа'.encode("koi8-r"), "Лампа"),
        ("text/plain; format=flowed", b"a \nb", "a b"),
        ("text/plain; format=flowed; delsp=yes", b"a \nb", "ab"),
        ("text/plain; format=fixed", b"a \nb", "a \nb"),
        ('application/octet-stream; name="lamp.HTM"', b"<p>Lamp", "Lamp"),
        ('application/octet-stream; name="lamp.log"', b"Lamp", "Lamp"),
        ('application/octet-stream; name="lamp.of.txt"', b"Lamp", "Lamp"),
        ('application/csv; name="lamp.csv"', b"a,b", "a,b"),
    ],
)
def test_the_text_of_a_part(content_type: str, content: bytes, text: str) -> None:
    assert text_of(a_part(content_type), content) == text


@pytest.mark.parametrize(
    ("content_type", "content", "reason"),
    [
        ("image/png", b"Lamp", Unread.UNSUPPORTED_TYPE),
        ('image/png; name="lamp.txt"', b"Lamp", Unread.UNSUPPORTED_TYPE),
        ("application/octet-stream", b"Lamp", Unread.UNSUPPORTED_TYPE),
        ("text/plain", b"\x01\x02\x03\x04", Unread.UNREADABLE),
        ("text/plain; charset=utf-7", b"+AGg-", Unread.UNKNOWN_CHARSET),
    ],
)
def test_a_part_that_is_no_text_says_why(content_type: str, content: bytes, reason: Unread) -> None:
    with pytest.raises(CannotRead) as refused:
        text_of(a_part(content_type), content)
    assert refused.value.reason is reason


def test_text_is_decoded_or_refused() -> None:
    assert decoded_text(b"L\xe4mp", "iso-8859-1") == "Lämp"
    with pytest.raises(CannotRead) as refused:
        decoded_text(b"\x01\x02\x03\x04", None)
    assert refused.value.reason is Unread.UNREADABLE


@pytest.mark.parametrize(
    ("text", "page", "lacks"),
    [
        (f"See {LISTING}", f'<a href="{LISTING}">x</a>', False),
        (f"See {LISTING}/", f'<a href="{LISTING}">x</a>', False),
        (f"See {LISTING}.", f'<a href="{LISTING}/">x</a>', False),
        (f"(See {LISTING})", f'<a href="{LISTING}">x</a>', False),
        ("See https://shop.\nexample/item/77", f'<a href="{LISTING}">x</a>', False),
        ("See https://shop. \t example/item/77", f'<a href="{LISTING}">x</a>', False),
        ("See it", f'<a href="{LISTING}">x</a>', True),
        (f"See {LISTING}0", '<a href="https://shop.example/item/7">x</a>', False),
        (f"See {LISTING}", f'<a href="{LISTING}">x</a><a href="{LISTING}8">y</a>', True),
        ("See https://shop.example/X", '<a href="https://shop.example/XX">x</a>', True),
        ("See it", "<p>no link", False),
        ("See it", "\x01\x02\x03\x04\x05", False),
        ("See https://eur05.safelinks.protection.outlook.com/?url=https%3A%2F%2Fshop.example%2Fitem%2F77%2F&x=1",
         f'<a href="{LISTING}">x</a>', False),
        ("See https://eur05.safelinks.protection.outlook.com/?url=https%3A%2F%2Fshop.example%2FX&x=1",
         '<a href="https://shop.example/X">x</a>', False),
    ],
)  # fmt: skip
def test_a_page_is_asked_for_links_that_the_plain_text_lacks(text: str, page: str, *, lacks: bool) -> None:
    assert lacks_links(text, a_part("text/html; charset=utf-8", page.encode())) is lacks


def test_links_are_compared_in_the_charset_of_the_page() -> None:
    link = "https://shop.example/лампа"
    declared = a_part("text/html; charset=koi8-r", f'<a href="{link}">x</a>'.encode("koi8-r"))
    own = a_part("text/html", f'<meta charset="koi8-r"><a href="{link}">x</a>'.encode("koi8-r"))
    assert not lacks_links(f"See {link}", declared)
    assert not lacks_links(f"See {link}", own)


def test_the_first_five_hundred_links_are_compared_and_no_more() -> None:
    links = "".join(f'<a href="{LISTING}/{n}">x</a>' for n in range(500))
    text = " ".join(f"{LISTING}/{n}" for n in range(500))
    last = f'<a href="{LISTING}/new">x</a>'
    assert not lacks_links(text, a_part("text/html", (links + last).encode()))
    assert lacks_links(text, a_part("text/html", (last + links).encode()))


# Flowed lines and pages.


@pytest.mark.parametrize(
    ("text", "joined", "without_blank"),
    [
        ("a \nb", "a b", "ab"),
        ("a\nb", "a\nb", "a\nb"),
        ("a \r\nb \r\nc", "a b c", "abc"),
        ("a \n-- \nKim \nLee", "a \n-- \nKim Lee", "a\n-- \nKimLee"),
        (">a \n>b", "> a b", "> ab"),
        (">> a \n>> b\n> c", ">> a b\n> c", ">> a b\n> c"),
        ("> a \nb", "> a \nb", "> a\nb"),
        (" From here", "From here", "From here"),
        ("a \n From here", "a From here", "aFrom here"),
        ("a \n >b", "a >b", "a>b"),
        ("a \n b", "a b", "a b"),
        ("  a", " a", " a"),
        ("a \n  b", "a  b", "a b"),
        ("X \nb", "X b", "Xb"),
        ("", "", ""),
    ],
)
def test_flowed_lines(text: str, joined: str, without_blank: str) -> None:
    assert unflowed(text, delete_space=False) == joined
    assert unflowed(text, delete_space=True) == without_blank


@pytest.mark.parametrize(
    ("page", "charset"),
    [
        (b'<meta charset="koi8-r">', "koi8-r"),
        (b"<META http-equiv=x content='text/html; charset=GBK'>", "GBK"),
        ('<meta charset="koi8-r">'.encode("utf-16-le"), "koi8-r"),
        (b"<p>charset=gbk", None),
        (b" " * 4073 + b'<meta charset="koi8-r">', "koi8-r"),
        (b" " * 4096 + b'<meta charset="koi8-r">', None),
    ],
)
def test_a_page_declares_its_charset_near_its_beginning(page: bytes, charset: str | None) -> None:
    assert charset_of_page(page) == charset


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a<br/>b", "a\nb"),
        ("<div hidden/>no</div>yes", "yes"),
        ("<svg><rect/></svg>a", "a"),
        ("<svg/>a", "a"),
        ("<p/>a<b/>c", "ac"),
        ("<svg><svg></svg>no</svg>yes", "yes"),
        ("<style>no</style><script>no</script>yes", "yes"),
        ("<p hidden>no<p>yes", "yes"),
        ("<p hidden>no<table><td>yes</table>", "yes"),
        ("<li hidden>no<li>yes", "yes"),
        ("<div hidden>no<p>no</p></div>yes", "yes"),
        ("<img hidden src=x>a", "a"),
        ("<body hidden>a", "a"),
        ("a <![if !x]>b<![endif]> c", "a b c"),
        ("a\n\n\t b", "a b"),
        ("a<p>b<p>c", "a\n\nb\n\nc"),
        ("a<td>b<td>c", "a b c"),
        ('<div class="gmail_quote">q<div>r</div></div>a', "\x02\nq\nr\n\n\x03a"),
        ('<blockquote type="CITE">q<blockquote>r</blockquote></blockquote>a', "\x02\nq\n\nr\n\n\x03a"),
        ("<blockquote>q</blockquote>a", "q\n\na"),
        ("a\x02b\x03c", "abc"),
        (f'<a href="{LISTING}">one<a href="{LISTING}8">two</a>', f"one <{LISTING}> two <{LISTING}8>"),
        (f'<a href="{LISTING}">one', f"one <{LISTING}>"),
        (f'<a href="{LISTING}">one</a> two', f"one <{LISTING}>  two"),
        (f'<a href="{LISTING}"><b>one</b> {LISTING}</a>', f"one {LISTING}"),
        ('<a href="/x">one</a>', "one"),
        ('<base href="https://a.example/"><base href="https://b.example/"><a href="x">one</a>', "one <https://a.example/x>"),
        ('<a href="HTTPS://shop.example/a b">one</a>', "one <HTTPS://shop.example/a%20b>"),
        ("<a>one</a>", "one"),
        ('<a href="http://shop.example/x">one</a>', "one <http://shop.example/x>"),
        ('<a href="http://shop.example/x">http://shop.<b>example</b>/x</a>', "http://shop.example/x"),
        ('<base target="_blank"><base href="https://a.example/"><a href="x">one</a>', "one <https://a.example/x>"),
        ('<base href="http://[x"><a href="y">one</a>', "one"),
        ("a<p>b<![foo[ c", "a\n\nb"),
        ('<hr class="gmail_quote">a', "a"),
        ('<div hidden class="gmail_quote">no</div>a', "a"),
    ],
)  # fmt: skip
def test_a_page_reads_as_it_is_shown(page: str, text: str) -> None:
    assert text_of_page(page) == text


def test_links_are_listed_in_their_order() -> None:
    assert links_of(f'<a href="{LISTING}8">a</a><a href="{LISTING}">b</a><a href="{LISTING}8">c</a>') == [
        f"{LISTING}8", LISTING,
    ]  # fmt: skip


# The whole.


def mail(*parts: bytes, kind: str = "mixed", heads: str = "From: kim@lamp.example") -> bytes:
    head = f'{heads}\r\nContent-Type: multipart/{kind}; boundary="=_x"\r\n\r\n'
    return head.encode() + b"".join(b"--=_x\r\n" + part + b"\r\n" for part in parts) + b"--=_x--\r\n"


PLAIN = b"Content-Type: text/plain\r\n\r\nA lamp."


def read(content: bytes, **limits: int) -> tuple[str, list[tuple[str | None, str, bool, Unread | None]]]:
    document = read_mail(content, Limits(**limits))
    return document.text, [(part.name, part.media_type, part.read, part.reason) for part in document.parts]


def test_the_heads_stand_before_the_body() -> None:
    heads = "Date: x\r\nReply-To: r@lamp.example\r\nFrom: kim@lamp.example\r\nSubject: Copies"
    assert read(f"{heads}\r\n\r\nA lamp.".encode()) == (
        "Subject: Copies\nFrom: kim@lamp.example\nReply-To: r@lamp.example\n\nA lamp.",
        [(None, "text/plain", True, None)],
    )


@pytest.mark.parametrize(
    "head", ["From", "Subject", "Date", "Message-ID", "To", "Received", "MIME-Version", "Content-Type"]
)
def test_one_head_makes_a_mail(head: str) -> None:
    assert read_mail(f"{head}: text/plain\r\n\r\nA lamp.".encode(), Limits()).text.endswith("A lamp.")


@pytest.mark.parametrize("content", [b"", b"A lamp.", b"X-Lamp: y\r\n\r\nA lamp.", b"PK\x05\x06" + b"\0" * 18])
def test_what_has_none_is_no_mail(content: bytes) -> None:
    with pytest.raises(CannotRead) as refused:
        read_mail(content, Limits())
    assert refused.value.reason is Unread.UNREADABLE


def test_a_file_between_begin_and_end_is_a_part_of_its_own() -> None:
    lines = binascii.b2a_uu(b"A list.").decode()
    text, parts = read(f"From: kim@lamp.example\r\n\r\nA lamp.\nbegin 644 list.txt\n{lines}`\nend\n".encode())
    assert (text, parts) == (
        "From: kim@lamp.example\n\nA lamp.\n\nA list.",
        [(None, "text/plain", True, None), ("list.txt", "application/octet-stream", True, None)],
    )
    odd = "begin 644 list.png\n" + binascii.b2a_uu("Ä list.".encode()).decode() + "`\nend\n"
    assert read(f"From: kim@lamp.example\r\n\r\n{odd}".encode())[1] == [
        (None, "text/plain", True, None), ("list.png", "application/octet-stream", False, Unread.UNSUPPORTED_TYPE),
    ]  # fmt: skip


def test_an_attached_pdf_is_read_with_its_name_kind_and_limits() -> None:
    coded = base64.encodebytes(pdf("A page.", "Another."))
    kind = b"application/octet-stream; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    content = mail(PLAIN, b"Content-Type: " + kind + coded)
    text, parts = read(content)
    assert (text.partition("A lamp.")[2].split(), parts) == (
        ["A", "page.", "Another."],
        [(None, "text/plain", True, None), ("a.pdf", "application/octet-stream", True, None)],
    )
    assert read(content, pages=1)[1] == [
        (None, "text/plain", True, None),
        ("a.pdf", "application/octet-stream", False, Unread.TOO_MANY_PAGES),
    ]
    broken = b"Content-Type: application/pdf; name=b.pdf\r\n\r\nno PDF"
    assert read(mail(PLAIN, broken))[1][-1] == ("b.pdf", "application/pdf", False, Unread.UNREADABLE)


def test_of_two_bodies_that_say_the_same_the_plain_one_is_read() -> None:
    rich = b"Content-Type: text/html\r\n\r\n<p>A rich lamp."
    assert read(mail(PLAIN, rich, kind="alternative"))[1] == [(None, "text/plain", True, None)]
    assert read(mail(rich, PLAIN, kind="alternative"))[1] == [(None, "text/plain", True, None)]
    assert read(mail(rich, kind="alternative"))[1] == [(None, "text/html", True, None)]
    more = b"Content-Type: text/html\r\n\r\n<p>A lamp that says much more."
    assert read(mail(PLAIN, more, kind="alternative"))[1] == [(None, "text/plain", True, None)]
    most = more + b" Indeed."
    assert read(mail(PLAIN, most, kind="alternative"))[1] == [(None, "text/html", True, None)]
    unread = b"Content-Type: text/plain; charset=utf-7\r\n\r\n+AGg-"
    assert read(mail(unread, rich, kind="alternative"))[1] == [(None, "text/html", True, None)]
    others = [b"Content-Type: image/png\r\n\r\nx", b"Content-Type: image/gif\r\n\r\ny"]
    assert [part[1] for part in read(mail(*others, kind="alternative"))[1]] == ["image/png", "image/gif"]


def test_limits_are_kept_to_the_part() -> None:
    three = mail(PLAIN, PLAIN)
    assert len(read(three, parts=3)[1]) == 2
    with pytest.raises(CannotRead) as refused:
        read(three, parts=2)
    assert refused.value.reason is Unread.TOO_MANY_PARTS
    with pytest.raises(CannotRead) as early:
        read(mail(*[PLAIN] * 4), parts=2)
    assert early.value.reason is Unread.TOO_MANY_PARTS


def test_what_lies_too_deep_is_left() -> None:
    inner = b"Content-Type: message/rfc822; name=in.eml\r\n\r\nSubject: Inner\r\n\r\nDeep."
    text, parts = read(mail(PLAIN, inner), depth=2)
    assert text == "From: kim@lamp.example\n\nA lamp.\n\nSubject: Inner\n\nDeep."
    assert parts == [
        (None, "text/plain", True, None), ("in.eml", "message/rfc822", True, None), (None, "text/plain", True, None),
    ]  # fmt: skip
    assert read(mail(PLAIN, inner), depth=1)[1][-1] == (None, "text/plain", False, Unread.TOO_DEEP)


def test_a_text_that_fills_the_document_is_the_last() -> None:
    head = len("From: kim@lamp.example") + 2
    whole = b"From: kim@lamp.example\r\n\r\n" + b"a" * (MOST_TEXT - head - 2)
    assert len(read(whole)[0]) == MOST_TEXT - 2
    with pytest.raises(CannotRead) as refused:
        read(whole + b"a")
    assert refused.value.reason is Unread.TOO_LONG
    attached = b"Content-Type: text/plain; name=long.txt\r\n\r\n" + b"a" * MOST_TEXT
    assert read(mail(PLAIN, attached))[1][-1] == ("long.txt", "text/plain", False, Unread.TOO_LONG)


def test_what_is_encrypted_is_named() -> None:
    armoured = b"Content-Type: text/plain\r\n\r\nSee\n-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----\nKim"
    assert read(mail(armoured)) == (
        "From: kim@lamp.example\n\nSee\n\nKim",
        [(None, "text/plain", True, None), (None, "application/pgp-encrypted", False, Unread.ENCRYPTED)],
    )
    for kind, reason in (
        ("application/pgp-encrypted", Unread.ENCRYPTED),
        ("application/pkcs7-mime", Unread.ENCRYPTED),
        ("application/pkcs7-mime; smime-type=certs-only", Unread.UNSUPPORTED_TYPE),
    ):
        assert read(mail(f"Content-Type: {kind}\r\n\r\nx".encode()))[1] == [
            (None, kind.partition(";")[0], False, reason)
        ]  # fmt: skip
    sealed = mail(PLAIN, kind="encrypted")
    assert read(sealed) == ("From: kim@lamp.example", [(None, "multipart/encrypted", False, Unread.ENCRYPTED)])


SAID = "The listing is a counterfeit of our lantern.\n\n-----Original Message-----\nFrom: kim@lamp.example\n\nold words"


def test_what_is_attached_quotes_nobody() -> None:
    body = f"Content-Type: text/plain\r\n\r\n{SAID}".encode()
    assert "\n> old words" in read(mail(body))[0]
    attached = f"Content-Type: text/plain; name=a.txt\r\n\r\n{SAID}".encode()
    disposed = f"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\n{SAID}".encode()
    for part in (attached, disposed):
        assert "\nold words" in read(mail(part))[0]


def test_a_forwarded_mail_is_passed_on_whole_and_a_mail_within_has_a_subject_of_its_own() -> None:
    """The subject says whether a mail is forwarded: that of the mail in which a text stands."""
    inner = f"Content-Type: message/rfc822\r\n\r\nSubject: Fwd: Case 1\r\n\r\n{SAID}".encode()
    after = f"Content-Type: text/plain\r\n\r\n{SAID}".encode()
    assert "> old words" not in read(f"From: kim@lamp.example\r\nSubject: Fwd: Case 1\r\n\r\n{SAID}".encode())[0]
    text = read(mail(inner, after, heads="Subject: Re: Case 1"))[0]
    assert (text.count("\nold words"), text.count("\n> old words")) == (1, 1)
    assert text.index("\nold words") < text.index("\n> old words")
    inner = inner.replace(b"Fwd:", b"Re:")
    text = read(mail(inner, after, heads="Subject: Fwd: Case 1"))[0]
    assert text.index("\n> old words") < text.index("\nold words")


@pytest.mark.parametrize("kind", ["message/rfc822", "message/global", "message/news", "application/octet-stream"])
def test_a_mail_that_is_attached_is_read_whatever_its_kind(kind: str) -> None:
    part = f"Content-Type: {kind}; name=in.eml\r\n\r\nSubject: Inner\r\n\r\nDeep.".encode()
    text, parts = read(mail(PLAIN, part))
    assert text.endswith("A lamp.\n\nSubject: Inner\n\nDeep.")
    assert parts[1] == ("in.eml", "message/rfc822", True, None)


@pytest.mark.parametrize("kind", ["message/rfc822", "message/global", "message/news"])
def test_a_mail_that_is_attached_needs_no_name(kind: str) -> None:
    for heads in (f"Content-Type: {kind}", f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64"):
        inner = b"Subject: Inner\r\n\r\nDeep."
        part = f"{heads}\r\n\r\n".encode() + (base64.b64encode(inner) if "base64" in heads else inner)
        text, parts = read(mail(PLAIN, part))
        assert text.endswith("A lamp.\n\nSubject: Inner\n\nDeep.")
        assert parts[1] == (None, "message/rfc822", True, None)


def test_mails_in_one_another_beyond_any_limit_are_too_deep() -> None:
    nested = b"From: kim@lamp.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 1_500
    with pytest.raises(CannotRead) as refused:
        read(nested, parts=10_000, depth=10_000)
    assert refused.value.reason is Unread.TOO_DEEP


@pytest.mark.parametrize("content", [b"", b"no mail", b"Dear: Sir\r\n\r\nA lamp."])
def test_what_has_none_of_the_heads_of_a_mail_is_none(content: bytes) -> None:
    with pytest.raises(CannotRead) as refused:
        read(content)
    assert refused.value.reason is Unread.UNREADABLE


def test_what_only_looks_like_a_mail_is_none() -> None:
    empty = b"Content-Type: application/octet-stream; name=in.eml\r\n\r\nno mail"
    assert read(mail(PLAIN, empty))[1][1:] == [
        ("in.eml", "application/octet-stream", False, Unread.UNSUPPORTED_TYPE)
    ]  # fmt: skip
    half = b"Content-Type: message/partial; number=1; total=2; id=x\r\n\r\nSubject: Half\r\n\r\nof it"
    assert read(mail(PLAIN, half)) == (
        "From: kim@lamp.example\n\nA lamp.",
        [(None, "text/plain", True, None), (None, "message/partial", False, Unread.UNSUPPORTED_TYPE)],
    )


def test_a_mail_that_is_an_archive_as_well_is_not_read() -> None:
    archive = io.BytesIO(b"From: kim@lamp.example\r\n\r\nA lamp.\r\n")
    with zipfile.ZipFile(archive, "a") as behind:
        behind.writestr("a.txt", "hidden")
    with pytest.raises(CannotRead) as refused:
        read(archive.getvalue())
    assert refused.value.reason is Unread.UNREADABLE


def test_heads_of_parts_are_counted_before_anything_is_built_of_them() -> None:
    """Each part has one of its own and may hold the heads of another: more than two to a part are too many."""
    heads = b"From: kim@lamp.example\r\nContent-Type: text/plain\r\n\r\n"
    assert len(read(heads + b"Content-Type: x\r\n" * 3, parts=2)[1]) == 1
    with pytest.raises(CannotRead) as refused:
        read(heads + b"Content-Type: x\r\n" * 4, parts=2)
    assert refused.value.reason is Unread.TOO_MANY_PARTS


def test_depth_is_counted_part_by_part() -> None:
    either = b'Content-Type: multipart/alternative; boundary="=_y"\r\n\r\n--=_y\r\n' + PLAIN + b"\r\n--=_y--"
    assert read(mail(either), depth=2)[1] == [(None, "text/plain", True, None)]
    assert read(mail(either), depth=1)[1] == [(None, "text/plain", False, Unread.TOO_DEEP)]
    lines = binascii.b2a_uu(b"A list.").decode()
    block = f"From: kim@lamp.example\r\n\r\nA lamp.\nbegin 644 list.txt\n{lines}`\nend\n".encode()
    assert read(block, depth=1)[1][-1] == ("list.txt", "application/octet-stream", True, None)
    assert read(block, depth=0)[1][-1] == ("list.txt", "application/octet-stream", False, Unread.TOO_DEEP)


def test_all_that_was_read_counts_towards_the_longest_text() -> None:
    half = MOST_TEXT // 2 - 100
    parts = [f"Content-Type: text/plain; name={n}.txt\r\n\r\n".encode() + b"a" * half for n in (1, 2, 3)]
    assert [part[3] for part in read(mail(*parts))[1]] == [None, None, Unread.TOO_LONG]


def test_a_mail_whose_words_look_like_a_block_is_read() -> None:
    body = "Let us\nbegin 2026 with this:\nwe sell lanterns, and he\nsells copies to no\nend"
    content = f"From: kim@lamp.example\n\n{body}"
    assert read(content.replace("\n", "\r\n").encode()) == (content, [(None, "text/plain", True, None)])


def test_an_armoured_file_is_named_as_encrypted() -> None:
    armoured = b"-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----\n"
    part = b"Content-Type: text/plain; name=a.asc\r\n\r\n" + armoured
    assert read(mail(PLAIN, part))[1][1:] == [
        ("a.asc", "text/plain", True, None), ("a.asc", "application/pgp-encrypted", False, Unread.ENCRYPTED),
    ]  # fmt: skip


def test_parts_are_named_as_they_are() -> None:
    assert Part("a", "b", read=True) == Part("a", "b", read=True, reason=None)
