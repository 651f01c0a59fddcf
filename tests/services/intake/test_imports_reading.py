"""However a file is cut into pieces, its rows are those that were written."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.notices import MarketplaceUrls, UrlPattern
from services.intake.imports.batches import Batch
from services.intake.imports.csv_rows import CsvRows, Damaged
from services.intake.imports.errors import ImportColumnsWrong, ImportMalformed, ImportNotText
from services.intake.imports.layout import by_place
from services.intake.imports.reader import Reader
from services.intake.imports.refused_rows import defused
from services.intake.imports.text import Text

CELLS = st.text(st.sampled_from('ab",;\n\r \t=é\u2028\x1c\x0b'), max_size=8)
COMMON = {"right_id": "x", "claim": "x", "language": "x", "legal_basis": "x"}


def _pieces(content: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({min(cut, len(content)) for cut in cuts})
    return [content[start:end] for start, end in zip([0, *places], [*places, len(content)], strict=True)]


def _rows(
    content: bytes, cuts: Sequence[int], kind: str = "csv", mapping: Mapping[str, str | None] | None = None
) -> list[list[object]]:
    reader = Reader(kind, mapping or {}, COMMON, most_rows=10**6)
    batches = [batch for piece in _pieces(content, cuts) for batch in reader.feed(piece)]
    batches += reader.feed(b"", last=True)
    found = [Batch.of(batch) for batch in batches]
    rows = [row for batch in found for row in [*batch.rows, *batch.unsound]]
    return [[row.number, *row.cells] for row in sorted(rows, key=lambda row: row.number)]


@given(
    rows=st.lists(st.tuples(CELLS.filter(str.strip), CELLS), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_rows_are_those_that_were_written(
    rows: list[tuple[str, str]], cuts: list[int], delimiter: str, encoding: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["url", "reference"])
    writer.writerows(rows)
    written = [[place + 2, *(re.sub("\r\n?", "\n", cell) for cell in row)] for place, row in enumerate(rows)]
    assert _rows(text.getvalue().encode(encoding), cuts) == written


def _by_the_letter(text: str) -> list[list[str] | str] | None:
    """RFC 4180, character by character: rows, and the lines of what is none; None where a cell is never closed."""
    found: list[list[str] | str] = []
    row: list[str] = [""]
    held: list[str] = []
    state = "start"
    for line in text.split("\n"):
        held.append(line)
        for one in line:
            state = _after(state, one, row)
        if state == "damaged":
            found += held
        elif state == "quoted":
            row[-1] += "\n"
            continue
        else:
            found.append(row)
        row, held, state = [""], [], "start"
    return None if held else found


def _after(state: str, one: str, row: list[str]) -> str:
    if state == "quoted":
        row[-1] += "" if one == '"' else one
        return "mark" if one == '"' else "quoted"
    if state == "damaged" or (one == '"' and state == "plain") or (one not in '",' and state == "mark"):
        return "damaged"
    if one == ",":
        row.append("")
        return "start"
    row[-1] += one if state != "start" or one != '"' else ""
    return "quoted" if one == '"' else "plain"


@given(text=st.text(st.sampled_from('ab",\n\\'), max_size=30), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_what_is_not_csv_is_given_back_line_by_line_and_never_read_otherwise(text: str, cuts: list[int]) -> None:
    reader = CsvRows()
    try:
        rows = [row for piece in _pieces(("h,h\n" + text).encode(), cuts) for row in reader.feed(piece.decode())]
        rows += reader.feed("", last=True)
    except ImportMalformed:  # a mark that is never closed: the file may have been cut off
        assert _by_the_letter(text) is None
        return
    expected = _by_the_letter(text)
    assert expected is not None
    found = [row.line if isinstance(row, Damaged) else row for row in rows[1:]]
    assert [row for row in found if any(row)] == [row for row in expected if any(row)]


@given(
    rows=st.lists(st.text(max_size=10).filter(str.strip), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 300), max_size=6),
)
def test_lines_are_those_that_were_written(rows: list[str], cuts: list[int]) -> None:
    content = "\n".join(json.dumps({"url": url}, ensure_ascii=False) for url in rows).encode("utf-8", "replace")
    assert [row[1] for row in _rows(content, cuts, "jsonl")] == rows


@given(cell=st.text(st.sampled_from("=+-@\t\r\n'a1\x00"), max_size=5))
def test_no_cell_given_back_begins_a_formula(cell: str) -> None:
    assert not defused(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\x00" not in defused(cell)


HOSTS = ["shop.example", "SHOP.example", "www.shop.example", "shop.example:80", "shöp.example", "other.example"]
PATHS = ["/item/9", "/item/A-b", "/item/", "/item/9/", "?item/9", "/it\nem/9", "", "/x/item/9", "/item/é"]
URLS = st.tuples(
    st.sampled_from(["https://", "http://", "HTTPS://", "ftp://", "", "https:/", " https://"]),
    st.sampled_from(["", "www.", "www.www.", "WWW.", "user@", "a:b@"]),
    st.sampled_from(HOSTS),
    st.sampled_from(PATHS),
    st.sampled_from(["", "?", "?a=b", "#c", "?a=b#c", "/", " ", ";p", "\\", "??", "?a#"]),
).map("".join)
PATTERNS = (
    r"shop\.example/item/(?P<listing_id>[A-Za-z0-9-]{1,9})/?(?:\?|$)",
    r"(?P<listing_id>.+)/item/9$",
    r"^shop\.example/item/(?P<listing_id>\d)",
)


@given(url=URLS, pattern=st.sampled_from(PATTERNS))
def test_a_plain_address_names_the_listing_that_it_names_taken_apart(url: str, pattern: str) -> None:
    at_once = MarketplaceUrls(patterns=(UrlPattern(marketplace="shop", pattern=pattern),))
    apart = MarketplaceUrls(patterns=at_once.patterns, pages=("no such page",))
    assert at_once.place_of(url) == apart.place_of(url)


def test_a_pattern_that_cannot_be_part_of_another_still_names_its_listings() -> None:
    pattern = UrlPattern(marketplace="shop", pattern=r"(?i)shop\.example/(?P<listing_id>\d+)")
    assert pattern.plain is None
    assert MarketplaceUrls(patterns=(pattern,)).place_of("https://shop.example/7") == ("shop", "7")


TOLD_APART = [
    ("url;reference", "a;b"), ("url\treference", "a\tb"), ("url|reference", "a|b"), ("sep=;\nurl;reference", "a;b"),
    ("sep=\t\nurl\treference", "a\tb"), ('"sep=|"\nurl|reference', "a|b"), ("SEP=:\nurl:reference", "a:b"),
    ('"url";"reference"', '"a";"b"'), ('"reference";"url;"', '"b";"a"'), ("\ufeffurl,reference", "a,b"),
    ("\u200burl , \u00a0reference", "a,b"), ("\n  \nurl,reference", "a,b"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "row"), TOLD_APART)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cells_are_told_apart_as_the_first_line_says(header: str, row: str, end: str) -> None:
    reader = Reader("csv", {"url;": "url"} if 'url;"' in header else {}, COMMON, most_rows=9)
    content = f"{header}\n{row}\n \n".replace("\n", end).encode()
    (batch,) = [Batch.of(one) for one in [*reader.feed(content), *reader.feed(b"", last=True)]]
    assert reader.layout is not None
    (found,) = batch.rows
    assert dict(zip(reader.layout.fields, found.cells, strict=True)) == {"url": "a", "reference": "b"}
    assert found.number == 2 + header.count("\n")


def _refusal(content: str, mapping: dict[str, str | None]) -> ImportColumnsWrong:
    with pytest.raises(ImportColumnsWrong) as refused:
        list(Reader("csv", mapping, COMMON, most_rows=9).feed(content.encode()))
    return refused.value


def test_columns_of_one_name_are_mapped_by_their_places() -> None:
    content = "id;value;type;value\nx;a;y;b\n"
    mapping = by_place([None, "url", None, "reference"])
    for named in (mapping, {"id": None, "#2": "url", "type": None, "#4": "reference"}):
        assert _rows(content.encode(), [], mapping=named) == [[2, "x", "a", "y", "b"]]
    back = "import_row,import_codes,import_errors,import_rest,id,value,type,value\n2,c,e,,x,a,y,b\n"
    assert _rows(back.encode(), [], mapping=mapping) == [[2, "2", "c", "e", "", "x", "a", "y", "b"]]
    twice = _refusal(content, {"value": "url"})
    assert twice.errors[0].code == "column_twice"
    assert "#2 and #4" in str(twice.detail)
    beyond = _refusal(content, {"#5": "url"})
    assert beyond.errors[0].code == "column_missing"
    both = _refusal(content, {"id": None, "#2": "url", "type": None, "#4": "url"})
    assert both.errors[0].code == "column_twice"
    unknown = _refusal(content, {})
    assert "by its place" in str(unknown.detail)
    assert "semicolons" in str(unknown.detail)


DAMAGED = [
    ('u,"He said \\"fake\\" to me"', "row_backslash_quotes"),
    ('u,"\\"fake\\", he said"', "row_backslash_quotes"),
    ('u,"closed" and more', "row_quotes"),
    ('u,15" screen', "row_quotes"),
    ('u, "after a space"', "row_quotes"),
    ('u,"a" "b"', "row_quotes"),
]


@pytest.mark.parametrize(("line", "code"), DAMAGED)
def test_a_row_of_damaged_marks_is_refused_whole_and_those_around_it_are_read(line: str, code: str) -> None:
    reader = Reader("csv", {}, COMMON, most_rows=9)
    content = f'url,reference\na,"x ""y"" z"\n{line}\nb,\\"\n'.replace(',\\"', ",w").encode()
    (batch,) = [Batch.of(one) for one in [*reader.feed(content), *reader.feed(b"", last=True)]]
    assert [(row.number, row.cells) for row in batch.rows] == [(2, ["a", 'x "y" z']), (4, ["b", "w"])]
    (refused,) = batch.unsound
    assert (refused.number, refused.code, refused.cells, refused.rest) == (3, code, [], line)


def test_an_opened_cell_that_ends_in_another_row_costs_the_rows_between_and_no_more() -> None:
    reader = Reader("csv", {}, COMMON, most_rows=9)
    content = b'url,reference\na,"open\nb,"c"\nd,e\n'
    (batch,) = [Batch.of(one) for one in [*reader.feed(content), *reader.feed(b"", last=True)]]
    assert [(row.number, row.cells) for row in batch.rows] == [(4, ["d", "e"])]
    assert [(row.number, row.code, row.rest) for row in batch.unsound] == [
        (2, "row_quotes", 'a,"open'), (3, "row_quotes", 'b,"c"'),
    ]  # fmt: skip


def test_a_header_of_damaged_marks_refuses_the_file() -> None:
    with pytest.raises(ImportMalformed, match="names"):
        list(Reader("csv", {}, COMMON, most_rows=9).feed(b'url,"a\\"b"\nx,y\n'))


ENCODED = [
    ("windows-1252", "cp1252", "Caf\u00e9 \u20ac\u201d"),
    ("iso-8859-1", "cp1252", "\u201cCaf\u00e9\u201d"),
    ("latin1", "cp1252", "\u00fc"),
    ("gb2312", "gbk", "\u955e\u5546\u54c1"),
    ("shift_jis", "cp932", "\u2460\u5546\u6a19"),
    ("euc-kr", "cp949", "\ub620\uc0c1\ud45c"),
    ("big5", "big5hkscs", "\u554f\u5546\u6a19"),
    ("koi8-r", "koi8-r", "\u0437\u043d\u0430\u043a"),
    ("iso-8859-9", "cp1254", "\u015fapka"),
    ("iso-2022-jp", "iso2022_jp", "\u5546\u6a19"),
    ("utf-16le", "utf-16-le", "\u00e9"),
    ("UTF-8", "utf-8", "\u00e9"),
    ("us-ascii", "utf-8", "\u00e9"),
    ("Windows-1252", "cp1252", "\u00e9"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "codec", "word"), ENCODED)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_declared_charset_is_read_by_the_label_s_standard(label: str, codec: str, word: str, end: str) -> None:
    content = f"url,reference{end}u,{word}{end}v,{word * 2}".encode(codec)
    for size in (1, 2, 3, len(content)):
        text = Text(label)
        pieces = [text.feed(content[at : at + size]) for at in range(0, len(content), size)]
        assert "".join([*pieces, text.feed(b"", last=True)]) == f"url,reference\nu,{word}\nv,{word * 2}", size


@pytest.mark.parametrize(("codec", "label"), [("utf-8-sig", "windows-1252"), ("utf-16", "utf-8"), ("utf-32", "gbk")])
def test_a_byte_order_mark_is_surer_than_what_was_declared(codec: str, label: str) -> None:
    text = Text(label)
    assert text.feed("caf\u00e9\n".encode(codec)) + text.feed(b"", last=True) == "caf\u00e9\n"


def test_what_is_not_in_the_declared_charset_is_told_with_its_line() -> None:
    text = Text("gbk")
    with pytest.raises(ImportNotText, match="Line 3 is not GBK"):
        text.feed(b"url\na\n\x81\n")
    for unknown in ("nonsense", "utf-7", "\u00e9"):
        with pytest.raises(ImportNotText, match="not known"):
            Text(unknown)


def test_a_line_without_an_end_is_refused_in_a_declared_charset_too() -> None:
    text, piece = Text("windows-1252"), b"x" * 65_536
    text.feed(b"url\n")
    for _ in range(128):  # 8 MiB: a row of the most characters, each of four bytes
        text.feed(piece)
    with pytest.raises(ImportMalformed, match="The row that begins in line 2 has more than"):
        text.feed(piece)
