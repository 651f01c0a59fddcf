import io
import zipfile
import zlib

import pytest

from libraries.documents.model import CannotRead, Limits, Unread
from libraries.documents.pdf.reading import read_pdf
from tests.libraries.documents.papers import archive, encrypted, pdf

LIMITS = Limits()


def text_of(content: bytes, limits: Limits = LIMITS) -> str:
    return read_pdf(content, limits).text


def refused(content: bytes, limits: Limits = LIMITS) -> Unread:
    with pytest.raises(CannotRead) as raised:
        text_of(content, limits)
    return raised.value.reason


def test_the_text_of_every_page_is_read_with_the_addresses_behind_its_links() -> None:
    content = pdf("Our lamp\nwas copied.", "See the offer here.", link="https://shop.example/item/7")
    text = text_of(content, LIMITS)
    assert text.startswith("Our lamp\nwas copied.")
    assert "See the offer here." in text
    assert "<https://shop.example/item/7>" in text


def test_letters_beyond_ascii_are_read() -> None:
    assert "Fälschung für 5 €" in text_of(pdf("Fälschung für 5 €"), LIMITS)


def test_a_page_shown_ten_thousand_times_is_not_read() -> None:
    assert refused(pdf("again", count=10_000)) is Unread.TOO_MANY_PAGES


def test_a_stream_that_unpacks_to_a_gigabyte_is_not_unpacked() -> None:
    packer = zlib.compressobj(9)
    piece = b" " * 1_048_576
    bomb = b"".join(packer.compress(piece) for _ in range(100)) + packer.flush()
    from pypdf import apply_configuration

    with apply_configuration(zlib_maximum_output_length=LIMITS.decoded):
        assert refused(pdf("", stream=bomb)) is Unread.TOO_COMPLEX


def test_a_file_with_a_password_is_told_from_one_that_only_forbids_printing() -> None:
    assert refused(encrypted(pdf("secret"), "a password")) is Unread.ENCRYPTED
    assert "open" in text_of(encrypted(pdf("open"), ""), LIMITS)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"%PDF-1.7\n" + b"\xff" * 500, b"GIF89a" + pdf("two things")])
def test_what_is_damaged_or_begins_as_something_else_is_not_read(content: bytes) -> None:
    assert refused(content) is Unread.UNREADABLE


@pytest.mark.parametrize("content", [pdf("a letter") + archive(), archive() + pdf("a letter")])
def test_an_archive_that_is_a_pdf_as_well_is_not_read(content: bytes) -> None:
    assert zipfile.is_zipfile(io.BytesIO(content))
    assert refused(content) is Unread.UNREADABLE


def test_a_scan_is_told_to_hold_no_text() -> None:
    assert refused(pdf("")) is Unread.WITHOUT_TEXT


def test_more_text_than_a_letter_has_is_not_read() -> None:
    assert refused(pdf("\n".join(["x" * 1000] * 210))) is Unread.TOO_LONG
