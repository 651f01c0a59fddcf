"""PDFs as programs really write them: forms, notes, fonts without a map to Unicode, pages without text."""

import pytest

from libraries.documents.model import CannotRead, Document, Limits, Unread
from libraries.documents.pdf.reading import read_pdf
from tests.libraries.documents.papers import document, pdf, printed

LISTING = "https://shop.example/item/lantern-88"


def read(content: bytes) -> Document:
    return read_pdf(content, Limits())


def unread(document: Document) -> list[tuple[str | None, Unread | None]]:
    return [(part.name, part.reason) for part in document.parts if not part.read]


FORM = printed(
    (50, 700, "Who signs:"), (50, 650, "Which offer:"), (50, 600, "I own the mark"), (300, 700, "Your city:")
)
FIELDS = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (sig) /V (Kim Lee) /Rect [120 695 280 710] >>",
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (url) /V (%s) /Rect [50 625 400 645] >>" % LISTING.encode(),
    b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (o) /TU (I am the owner) /V /Yes /AS /Yes /Rect [30 598 45 612] >>",
    b"<< /Type /Annot /Subtype /Widget /FT /Ch /T (city) /V [(Oslo) (Bergen)] /Rect [360 695 500 710] >>",
    b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (agent) /TU (I am an agent) /AS /Off /Rect [30 578 45 592] >>",
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /Ff 8192 /T (pin) /V (4711) /Rect [50 300 90 310] >>",
    b"<< /Type /Annot /Subtype /Widget /FT /Btn /Ff 65536 /T (send) /V /Yes /Rect [50 280 90 290] >>",
    b"<< /T (date) /FT /Tx /V <FEFF004D00E40072007A> /Kids [14 0 R] >>",
    b"<< /Type /Annot /Subtype /Widget /Parent 13 0 R /Rect [50 100 150 115] >>",
)
WIDGETS = b"/Annots [6 0 R 7 0 R 8 0 R 9 0 R 10 0 R 11 0 R 12 0 R 14 0 R]"


def test_the_answers_of_a_form_stand_after_what_it_asks() -> None:
    catalog = b"/AcroForm << /Fields [6 0 R 7 0 R 8 0 R 9 0 R 10 0 R 11 0 R 12 0 R 13 0 R] >>"
    lines = read(document(FORM, *FIELDS, page=WIDGETS, catalog=catalog)).text.splitlines()
    assert lines[lines.index("Who signs:") + 1] == "Kim Lee"
    assert lines[lines.index("Which offer:") + 1] == LISTING
    assert lines[lines.index("Your city:") + 1] == "Oslo, Bergen"
    assert "[x] I am the owner" in lines
    assert "date: März" in lines
    assert not {"4711", "[x] I am an agent", "[x] send"} & set(lines)


def test_a_form_of_xml_is_told_as_unread() -> None:
    xfa = document(printed((50, 700, "Please wait")), b"<< >>", catalog=b"/AcroForm << /Fields [] /XFA 6 0 R >>")
    assert unread(read(xfa)) == [("XFA form", Unread.UNSUPPORTED_TYPE)]


def test_notes_links_and_the_names_of_files_are_read() -> None:
    found = read(
        document(
            printed((50, 700, "See our notes.")),
            b"<< /Type /Annot /Subtype /FreeText /Contents (%s) /Rect [0 0 9 9] >>" % LISTING.encode(),
            b"<< /Type /Annot /Subtype /Highlight /Contents (This sentence is ours.) /Rect [0 0 9 9] >>",
            b"<< /Type /Annot /Subtype /Text /F 2 /Contents (hidden) /Rect [0 0 9 9] >>",
            b"<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://shop.example/item/8) >> /Rect [0 0 9 9] >>",
            b"<< /Type /Annot /Subtype /FileAttachment /FS << /F (list.xlsx) >> /Rect [0 0 9 9] >>",
            page=b"/Annots [6 0 R 7 0 R 8 0 R 9 0 R 10 0 R]",
        )
    )
    assert found.text == (f"See our notes.\n{LISTING}\nThis sentence is ours.\n<https://shop.example/item/8>")
    assert unread(found) == [("list.xlsx", Unread.UNSUPPORTED_TYPE)]


def in_cmap(cmap: str, ordering: str, codes: bytes) -> bytes:
    """A page in a font that is not embedded and says its characters by a predefined CMap alone."""
    return document(
        b"BT /F2 14 Tf 50 700 Td <%s> Tj ET" % codes.hex().encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /%s /DescendantFonts [7 0 R] >>" % cmap.encode(),
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Any /DW 1000 /FontDescriptor 8 0 R /CIDSystemInfo"
        b" << /Registry (Adobe) /Ordering (%s) /Supplement 2 >> >>" % ordering.encode(),
        b"<< /Type /FontDescriptor /FontName /Any /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800"
        b" /Descent -200 /CapHeight 700 /StemV 80 >>",
        page=b"/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >>",
    )


@pytest.mark.parametrize(
    ("cmap", "ordering", "charset", "words"),
    [
        ("EUC-H", "Japan1", "euc_jp", "模倣品"), ("90ms-RKSJ-H", "Japan1", "cp932", "模倣品"),
        ("90pv-RKSJ-H", "Japan1", "shift_jis", "模倣品"), ("UniJIS-UCS2-H", "Japan1", "utf-16-be", "模倣品"),
        ("UniJIS-UTF16-H", "Japan1", "utf-16-be", "模倣品"), ("KSC-EUC-H", "Korea1", "euc_kr", "위조품"),
        ("KSCms-UHC-H", "Korea1", "cp949", "위조품"), ("UniKS-UCS2-H", "Korea1", "utf-16-be", "위조품"),
        ("GB-EUC-H", "GB1", "gb2312", "仿冒品"), ("GBK-EUC-H", "GB1", "gbk", "仿冒品"),
        ("GBKp-EUC-H", "GB1", "gbk", "仿冒品"),
        ("UniGB-UCS2-H", "GB1", "utf-16-be", "仿冒品"), ("B5pc-H", "CNS1", "big5", "仿冒品"),
        ("ETen-B5-H", "CNS1", "big5", "仿冒品"), ("HKscs-B5-H", "CNS1", "big5hkscs", "仿冒品"),
        ("UniCNS-UTF16-H", "CNS1", "utf-16-be", "仿冒品"),
    ],
)  # fmt: skip
def test_predefined_cmaps_are_read(cmap: str, ordering: str, charset: str, words: str) -> None:
    assert words in read(in_cmap(cmap, ordering, words.encode(charset))).text


def test_the_numbers_of_a_character_collection_are_characters_and_those_of_a_font_alone_are_not() -> None:
    assert "籾" in read(in_cmap("Identity-H", "Japan1", (3822).to_bytes(2, "big"))).text
    with pytest.raises(CannotRead) as raised:
        read(in_cmap("Identity-H", "Identity", bytes(range(40, 60))))
    assert raised.value.reason is Unread.UNREADABLE


def test_glyphs_that_have_only_the_names_of_their_numbers_are_no_text() -> None:
    names = b" ".join(b"/g%d" % number for number in range(1, 40))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+Sub /Encoding << /Differences [65 %s] >> >>" % names
    page = document(printed((50, 700, "ABCDEFGH")), font, page=b"/Resources << /Font << /F1 6 0 R >> >>")
    with pytest.raises(CannotRead) as raised:
        read(page)
    assert raised.value.reason is Unread.UNREADABLE


def test_each_page_without_text_is_named() -> None:
    assert unread(read(pdf("A letter.", "", "The end.", ""))) == [
        ("page 2", Unread.WITHOUT_TEXT), ("page 4", Unread.WITHOUT_TEXT),
    ]  # fmt: skip


def test_ligatures_are_letters() -> None:
    table = b"1 beginbfchar <41> <FB03> endbfchar"
    page = document(
        printed((50, 700, "oAce")),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /X /ToUnicode 7 0 R /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(table), table),
        page=b"/Resources << /Font << /F1 6 0 R >> >>",
    )
    assert "office" in read(page).text


def test_a_letter_of_a_hundred_and_seventeen_pages_is_read() -> None:
    assert (
        read(pdf(*[f"Page {number}\n" + "words upon words\n" * 40 for number in range(117)])).text.count("Page ") == 117
    )


def test_a_page_that_only_one_reader_can_open_is_unread_and_nothing_breaks() -> None:
    """Its dictionary has a name without a value, which one library forgives and the other does not."""
    content = in_cmap("EUC-H", "Japan1", "模倣品".encode("euc_jp"))
    with pytest.raises(CannotRead) as raised:
        read(content.replace(b"/Supplement 2", b"/Supplement  "))
    assert raised.value.reason is Unread.UNREADABLE
