"""However a file is cut into pieces, its rows are those that were written."""

import csv
import io
import json
import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.imports.batches import Batch
from services.intake.domain.imports.csv_rows import CsvRows
from services.intake.domain.imports.reader import Reader
from services.intake.domain.imports.refusals import defused
from services.intake.domain.imports.refused import ImportMalformed
from services.intake.domain.notices import MarketplaceUrls, UrlPattern

CELLS = st.text(st.sampled_from('ab",;\n\r \t=é\u2028\x1c\x0b'), max_size=8)
COMMON = {"right_id": "x", "claim": "x", "language": "x", "legal_basis": "x"}


def _pieces(content: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({min(cut, len(content)) for cut in cuts})
    return [content[start:end] for start, end in zip([0, *places], [*places, len(content)], strict=True)]


def _rows(content: bytes, cuts: Sequence[int], kind: str = "csv") -> list[list[object]]:
    reader = Reader(kind, {}, COMMON, most_rows=10**6)
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


@given(text=st.text(st.sampled_from('ab",\n'), max_size=30), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_text_that_nobody_wrote_as_csv_is_read_as_the_csv_module_reads_it(text: str, cuts: list[int]) -> None:
    whole = list(csv.reader(io.StringIO("h,h\n" + text)))
    reader = CsvRows()
    found: list[list[str]] = []
    try:
        for piece in _pieces(("h,h\n" + text).encode(), cuts):
            found += reader.feed(piece.decode())
        found += reader.feed("", last=True)
    except ImportMalformed:  # a mark that is never closed, which the csv module lets pass
        return
    assert [row for row in found if row] == [row for row in whole if row]


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
