# ruff: noqa: RUF001 - letters of many scripts are what this is about
"""Charsets: labels and decoders of the WHATWG Encoding Standard, and what the bytes themselves say."""

import pytest

from libraries.documents.mail.characters import decoded, is_text, kept
from libraries.documents.model import CannotRead, Unread

# label, bytes that only the standard's decoder reads so, and what they say
LABELS = [
    ("GB2312", "镕€".encode("gb18030"), "镕€"),
    ("gbk", b"\x80", "€"),
    ("csgb2312", "樂器".encode("gbk"), "樂器"),
    ("gb18030", "𠀀".encode("gb18030"), "𠀀"),
    ("big5", b"\x87\x40\xfa\x40", "䏰𠕇"),
    ("Big5-HKSCS", "嘅".encode("big5hkscs"), "嘅"),
    ("shift_jis", b"\x87\x8a\xfb\xfc", "㈱髙"),
    ("x-sjis", b"\x81\x60", "～"),
    ("windows-31j", b"\x87\x40", "①"),
    ("cp932", b"\x87\x40", "①"),
    ("euc-jp", b"\xad\xa1", "①"),
    ("iso-2022-jp", "商標".encode("iso2022_jp"), "商標"),
    ("euc-kr", "똠방각하".encode("cp949"), "똠방각하"),
    ("ks_c_5601-1987", "펲시".encode("cp949"), "펲시"),
    ("windows-949", "상표".encode("cp949"), "상표"),
    ("iso-8859-9", b"\x93\xfe\x94", "“ş”"),
    ("iso-8859-1", b"\x80 \x96", "€ –"),
    ("latin1", b"\x85", "…"),
    ("iso-8859-11", b"\xca\xd4\x80", "สิ€"),
    ("tis-620", b"\xca\xd4", "สิ"),
    ("iso-8859-8-i", b"\xf9\xec\xe5\xed", "שלום"),
    ("logical", b"\xf9\xec", "של"),
    ("iso-8859-16", b"\xaa", "Ș"),
    ("x-mac-cyrillic", b"\x80\xff", "А€"),
    ("macintosh", b"\x8a", "ä"),
    ("ibm866", b"\x8f\xe0\xa8\xa2\xa5\xe2", "Привет"),
    ("koi8-ru", b"\xae", "ў"),
    ("x-user-defined", b"\x80", "\uf780"),
    ("windows-1258", b"\xd2", "\u0309"),
    ("unicode", "wide €".encode("utf-16-le"), "wide €"),
    ("utf-16be", "wide €".encode("utf-16-be"), "wide €"),
    ("utf-32", "wide €".encode("utf-32"), "wide €"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "content", "text"), LABELS, ids=[label for label, _, _ in LABELS])
def test_a_label_means_what_the_standard_says(label: str, content: bytes, text: str) -> None:
    assert decoded(content, label) == text
    assert decoded(content, f' "{label.upper()}" ') == text


@pytest.mark.parametrize(
    "label", [None, "us-ascii", "windows-1252", "iso-8859-15", "shift_jis", "gbk", "koi8-r", "x-none"]
)
def test_what_is_valid_utf_8_is_utf_8_whatever_the_label(label: str | None) -> None:
    text = "Fälschung – «подделка» – 偽物"
    assert decoded(text.encode(), label) == text


@pytest.mark.parametrize("label", [None, "utf-8", "us-ascii"])
def test_a_damaged_byte_leaves_the_rest_as_it_is(label: str | None) -> None:
    text = "Œuvre copiée à Besançon; déposée près d'Évreux"
    damaged = text.encode().replace(b";", b"\x9d")
    assert decoded(damaged, label) == text.replace(";", "\N{REPLACEMENT CHARACTER}")
    assert decoded(text.encode()[:-2] + b"\xc3", label).endswith("vre\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize("label", [None, "utf-8", "utf8", "us-ascii", "ascii"])
def test_a_label_that_is_put_on_anything_does_not_hide_what_the_bytes_are(label: str | None) -> None:
    assert decoded(b"\xc3\xa9\xe9 ", label) == "é\ufffd "
    assert decoded(b"caf\xe9", label) == "café"
    russian = "Этот продавец продаёт подделки наших часов"
    assert decoded(russian.encode("cp1251"), label) == russian


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        (b"\xef\xbb\xbfa\xe9b", None, "a\ufffdb"),
        (b"\xfe\xff\x00a\xd8\x00\x00b", None, "a\ufffdb"),
        (b"\x00\x00\xfe\xff\x00\x00\x00a\x00\x11\x00\x00\x00\x00\x00b", None, "a\ufffdb"),
        (b"a\x00\x00\x00\xe9", "utf-32le", "a\ufffd"),
        (b"a\x00\x00", "utf-16le", "a\ufffd"),
        (b"\x1b$B>&\x1b(B\xe9", "iso-2022-jp", "商\ufffd"),
        (b"L\x00a\x00m\x00p\x00!", None, "Lamp\ufffd"),
        (b"\x8f\xa4\xff", "shift_jis", "商\ufffd"),
    ],
)
def test_what_was_damaged_is_replaced_in_any_encoding(content: bytes, label: str | None, text: str) -> None:
    assert decoded(content, label) == text


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("label", [None, "iso-8859-1", "gbk", "utf-7"])
def test_a_byte_order_mark_decides(charset: str, label: str | None) -> None:
    assert decoded("Contrefaçon 偽".encode(charset), label) == "Contrefaçon 偽"


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_utf_16_that_does_not_say_so_is_seen(charset: str) -> None:
    text = "Counterfeit: https://shop.example/item/61"
    assert decoded(text.encode(charset), None) == text
    assert decoded(text.encode(charset), "utf-8") == text


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "Это не то",  # blanks are two of its nine characters
        "Ādas soma",  # the other half of its first letter is zero
    ],
)
def test_utf_16_is_seen_by_the_few_ascii_characters_in_it(charset: str, text: str) -> None:
    assert decoded(text.encode(charset), None) == text


@pytest.mark.parametrize("content", [b"Lamp\x00 no 7\x00 and lamp 77.", b"a\x00\x00b" * 4])
def test_zeros_alone_do_not_make_utf_16(content: bytes) -> None:
    assert decoded(content, None) == content.decode("ascii")


@pytest.mark.parametrize("label", ["utf-16", "utf-16le", "utf-16be", "unicode", "ucs-2"])
def test_utf_16_is_no_more_than_a_claim_where_the_bytes_are_utf_8(label: str) -> None:
    """What says so in ASCII is none: HTML takes a page that declares UTF-16 in its head as UTF-8."""
    page = '<meta charset="utf-16"><p>Fälschung'
    assert decoded(page.encode(), label) == page


def test_bytes_that_nobody_declared_are_western_or_those_of_a_script_that_fills_the_text() -> None:
    assert decoded("Gefälschte Ware für 5 €".encode("cp1252"), None) == "Gefälschte Ware für 5 €"
    russian = "Этот продавец продаёт подделки наших часов без всякого разрешения правообладателя. "
    assert decoded((russian * 4).encode("cp1251"), None) == russian * 4


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("cp1253", "Αυτός ο πωλητής πουλά απομιμήσεις των ρολογιών μας"),
        ("cp932", "日本語の偽物の商品です。販売を止めてください"),
        ("euc-jp", "日本語の偽物の商品です。販売を止めてください"),
        ("koi8-r", "Этот продавец продаёт подделки наших часов"),
        ("mac-cyrillic", "Этот продавец продаёт подделки наших часов"),
        ("koi8-r", "─── Жалоба ─── ■ Лампа ■ Часы ■ Ремни ───" * 3),  # rules and bullets between the words
        ("cp866", "Этот продавец продаёт подделки наших часов"),
        ("cp949", "이 판매자는 우리 시계의 모조품을 판매합니다"),
        ("gbk", "这个卖家出售我们手表的仿制品"),
        ("cp874", "ผู้ขายรายนี้ขายนาฬิกาปลอมของเรา"),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódyř prodej"),  # of its 40 letters just two in five
    ],
)
def test_letters_that_fill_a_text_tell_its_charset(charset: str, text: str) -> None:
    assert decoded(text.encode(charset), None) == text


def test_blanks_before_a_text_tell_nothing() -> None:
    assert decoded(b" \r\n" * 10_000 + b"caf\xe9", None).strip() == "café"
    russian = "Этот продавец продаёт подделки наших часов"
    assert decoded(b" \r\n" * 10_000 + russian.encode("cp1251"), None).strip() == russian


def test_bytes_that_are_words_in_no_script_are_read_one_by_one() -> None:
    """As the index of windows-1252 in the Encoding Standard has them."""
    first = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"
    assert decoded(bytes(range(0x80, 0x100)), None) == first + "".join(map(chr, range(0xA0, 0x100)))


def test_a_few_letters_beyond_ascii_tell_nothing() -> None:
    assert decoded("Fałszywy towar".encode("cp1250"), None) == "Fa³szywy towar"


@pytest.mark.parametrize("label", ["utf-7", "UTF7", "unicode-1-1-utf-7", "iso-2022-kr", "hz-gb-2312", "iso-2022-cn"])
def test_what_says_one_thing_to_us_and_another_to_a_filter_is_not_read(label: str) -> None:
    with pytest.raises(CannotRead) as raised:
        decoded(b"+ADw-a+AD4- \x1b$)C\x0e ~{VPND~}", label)
    assert raised.value.reason is Unread.UNKNOWN_CHARSET
    assert decoded(b"plain words", label) == "plain words"


def test_characters_without_width_leave_words_and_stay_where_they_shape_a_script() -> None:
    assert kept("shop.ex\u00adample/it\u200bem\u2060/\ufeff7\u200d1") == "shop.example/item/71"
    assert kept("می\u200cخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize(
    "text", ["\x01\x02\x03\x04", "\ue001\ue002 \ue003\ue004", "\ufffd\ufffd ok \ufffd", "\x00" * 9 + "abc"]
)
def test_garbage_is_no_text(text: str) -> None:
    assert not is_text(text)


@pytest.mark.parametrize(
    "text", ["", "Dear Sir", "商標権侵害です。", "a \ufffd in a sentence that is otherwise sound", "→ ✓ 🙂 ½ µ"]
)
def test_words_of_any_script_are_text(text: str) -> None:
    assert is_text(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x00b", "a\ufffdb"),
        ("ä\x00b\ud800c", "ä\ufffdb\ufffdc"),
        ("a\u200cb", "ab"),
        ("ä\u200cö", "ä\u200cö"),
    ],
)
def test_what_is_kept_of_a_text_can_be_sent_back(text: str, left: str) -> None:
    assert kept(text) == left


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\x01", True),  # one odd character is a slip, however short the text
        ("\x01\x02", False),
        ("  \n\x01\x02", False),
        ("a" * 39 + "\x01\x02", True),  # one in twenty
        ("a" * 38 + "\x01\x02", True),
        ("a" * 37 + "\x01\x02", False),
        ("\x01\x02" + " a" * 37, False),
        ("abc" * 13 + "\x01\x02", True),
        ("\ufffd\ufffd" + "a" * 9, False),
        ("\ue000\U000f0000" + "a" * 9, False),
        ("\u0378\u0379" + "a" * 9, False),
        ("\u0301\u0302" + "a" * 9, True),
    ],
)
def test_a_text_may_have_one_odd_character_in_twenty(text: str, *, words: bool) -> None:
    assert is_text(text) is words


@pytest.mark.parametrize(
    ("content", "declared", "text"),
    [
        (b"plain", None, "plain"),
        (b"plain", "", "plain"),
        (b"plain", "no such charset", "plain"),
        (b"\xe9", "no such charset", "é"),
        (b"\xe9", "us-ascii", "é"),
        (b"\xe9", "latin1", "é"),
        (b"\xe9", "\t'ISO-8859-1' ", "é"),
        (b"\xc3\xa9", "latin1", "é"),
        (b"\xc3\xa9" * 8 + b"\xe9", "latin1", "é" * 8 + "\ufffd"),
        (b"\xc3\xa9" * 7 + b"\xe9", "latin1", "Ã©" * 7 + "é"),
        (b"\xc3\xa9" + b"\xe9 ", None, "é\ufffd "),
        (b"\x1b$B>&I8\x1b(B", "ISO_2022_JP_MS", "商標"),
        (b"plain", "iso-2022-jp", "plain"),
        ("é".encode("utf-16-le"), "ucs-2", "é"),
        (b"\x46\x55a\x00", "utf-16le", "商a"),
        (b"\x4f\xb5\x5b\xb3", "utf-16be", "侵害"),
        ("é".encode("utf-16-be"), "utf-16be", "é"),
        ("é".encode("utf-32-be"), "utf-32be", "é"),
        (b"\xef\xbb\xbf\xc3\xa9", "latin1", "é"),
        (b"\xff\xfe\x00\x00\xe9\x00\x00\x00", None, "é"),
        (b"a\x00b\x00", None, "ab"),
        (b"\x00a\x00b", None, "ab"),
        (b"a\x00", None, "a\x00"),
    ],
)
def test_bytes_are_read_as_a_mail_program_reads_them(content: bytes, declared: str | None, text: str) -> None:
    assert decoded(content, declared) == text


@pytest.mark.parametrize("content", [b"a\x1bb", b"a\x0eb", b"a~{b", b"a+b", b"\xe9"])
def test_bytes_of_a_replaced_encoding_are_read_only_where_they_are_plain(content: bytes) -> None:
    with pytest.raises(CannotRead) as refused:
        decoded(content, "hz-gb-2312")
    assert refused.value.reason is Unread.UNKNOWN_CHARSET
    assert decoded(b"plain ~ words", "hz-gb-2312") == "plain ~ words"
