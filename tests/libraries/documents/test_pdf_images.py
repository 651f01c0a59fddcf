"""Photographs in a PDF: the copy that others see has not the place where they were taken."""

import zlib
from collections.abc import AsyncIterator

import pytest

from libraries.documents.copying import length_without, without
from libraries.documents.inspected import CannotKeep, Limits, Unfit
from libraries.documents.inspecting import inspect
from tests.libraries.documents.papers import document, encrypted

GPS = (
    b"MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0\0\x01\0\x02\0\x05\0\0\0\x03\0\0\0\x2c\0\0\0\0"
    + b"\0\0\0\x3b" * 6
)
EXIF = b"\xff\xe1" + (len(GPS) + 8).to_bytes(2, "big") + b"Exif\0\0" + GPS
COMMENT = b"\xff\xfe\x00\x0bour house"
FRAME = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x55\xaa\xff\xd9"
PHOTOGRAPH = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + EXIF + COMMENT + FRAME + SCAN


def photographed(data: bytes, filters: bytes = b"/DCTDecode") -> bytes:
    image = b"<< /Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8"
    stream = b" /Filter %s /Length %d >>\nstream\n%s\nendstream" % (filters, len(data), data)
    return document(b"q 8 0 0 8 0 0 cm /I Do Q", image + stream, page=b"/Resources << /XObject << /I 6 0 R >> >>")


async def shared(content: bytes) -> bytes:
    edits = inspect(content, Limits()).edits

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 97):
            yield content[start : start + 97]

    copy = b"".join([piece async for piece in without(pieces(), edits)])
    assert len(copy) == length_without(len(content), edits) == len(content)
    return copy


async def test_the_copy_has_the_picture_and_not_its_place_and_nothing_moves() -> None:
    content = photographed(PHOTOGRAPH)
    copy = await shared(content)
    assert GPS[10:] not in copy
    assert b"our house" not in copy
    assert copy.count(FRAME + SCAN) == 1
    assert copy.count(b"JFIF") == 1
    assert [at for at in range(len(content)) if copy[at : at + 6] == b"endobj"] == [
        at for at in range(len(content)) if content[at : at + 6] == b"endobj"
    ]
    assert inspect(copy, Limits()).pages == 1


async def test_an_earlier_photograph_that_no_page_shows_any_more_is_blanked_too() -> None:
    assert GPS[10:] not in await shared(photographed(PHOTOGRAPH) + b"\n%" + PHOTOGRAPH)


@pytest.mark.parametrize(
    "content",
    [
        photographed(zlib.compress(PHOTOGRAPH), b"[/FlateDecode /DCTDecode]"),
        photographed(PHOTOGRAPH.hex().encode() + b">", b"[/ASCIIHexDecode /DCTDecode]"),
        encrypted(photographed(PHOTOGRAPH), ""),
    ],
    ids=["compressed", "in digits", "encrypted"],
)
def test_a_place_that_cannot_be_hidden_is_refused_and_said(content: bytes) -> None:
    with pytest.raises(CannotKeep) as raised:
        inspect(content, Limits())
    assert raised.value.reason is Unfit.SHOWS_PLACE


def test_a_photograph_without_a_place_is_taken_whatever_its_filter() -> None:
    plain = PHOTOGRAPH.replace(EXIF, b"")
    for content in (
        photographed(zlib.compress(plain), b"[/FlateDecode /DCTDecode]"),
        encrypted(photographed(plain), ""),
    ):
        assert inspect(content, Limits()).edits == []


def test_bytes_that_only_begin_like_a_photograph_stay() -> None:
    content = document(b"% \xff\xd8\xff\xe1\x00\x10Exif\0\0 and no frame", b"<< >>")
    assert inspect(content, Limits()).edits == []
