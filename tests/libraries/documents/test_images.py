"""What an image's structure says, and what others do not get to see of it."""

import itertools
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.documents.copying import length_without, without
from libraries.documents.images.looking import MOST_EDITS, look_at
from libraries.documents.images.structure import Edit, ImageBroken
from tests.libraries.documents.pictures import LOOPING, chunk, exif, gif, jpeg, png, segment, webp

HIDING = {
    "png": (png(chunk(b"eXIf", b"52.5 N"), chunk(b"tEXt", b"Place\x0052.5 N")), png()),
    "jpeg": (jpeg(segment(0xE1, b"Exif\x00\x0052.5 N"), segment(0xED, b"52.5 N"), segment(0xFE, b"52.5 N")), jpeg()),
    "gif": (gif(LOOPING, b"!\xfe\x0652.5 N\x00"), gif(LOOPING)),
    "webp": (webp(b"EXIF\x06\x00\x00\x0052.5 N", b"XMP \x05\x00\x00\x0052.5N\x00", flags=0x1C), webp(flags=0x10)),
}


@pytest.mark.parametrize("kind", HIDING)
async def test_the_copy_for_others_says_nothing_of_the_place(kind: str) -> None:
    told, silent = HIDING[kind]
    image = look_at(told)
    assert image is not None
    assert image.media_type == f"image/{kind}"
    assert await _copied(told, image.edits) == silent
    assert length_without(len(told), image.edits) == len(silent)
    assert look_at(silent) is not None


@pytest.mark.parametrize("kind", HIDING)
@pytest.mark.parametrize(
    "tail", [b"\x00", b"\x00" * 40, b"<script>", b"=1;alert(1)", b"IDAT" * 50, png(), jpeg(exif(6))]
)
async def test_what_goes_on_after_its_image_is_hidden_and_not_refused(kind: str, tail: bytes) -> None:
    told, silent = HIDING[kind]
    image = look_at(told + tail)
    assert image is not None
    assert await _copied(told + tail, image.edits) == silent
    assert length_without(len(told + tail), image.edits) == len(silent)


async def test_what_follows_the_picture_of_a_telephone_is_hidden_and_not_refused() -> None:
    """A second picture behind the first (CIPA DC-007), for screens of greater brightness."""
    told = jpeg(segment(0xE2, b"MPF\0 where the second one is")) + jpeg(exif(6))
    image = look_at(told)
    assert image is not None
    assert await _copied(told, image.edits) == jpeg()


@pytest.mark.parametrize("big", [False, True])
async def test_a_photograph_stays_upright_without_its_place(*, big: bool) -> None:
    told = jpeg(exif(6, big=big))
    image = look_at(told)
    assert image is not None
    copy = await _copied(told, image.edits)
    assert b"52.5" not in copy
    again = look_at(copy)
    assert again is not None
    assert await _copied(copy, again.edits) == copy
    assert copy == jpeg(segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"))


@pytest.mark.parametrize("orientation", [None, 0, 1, 9, 65_535])
async def test_where_nothing_is_turned_nothing_is_left_of_exif(orientation: int | None) -> None:
    told = jpeg(exif(orientation))
    image = look_at(told)
    assert image is not None
    assert await _copied(told, image.edits) == jpeg()


@given(st.binary(max_size=200))
def test_no_exif_data_stumbles(content: bytes) -> None:
    image = look_at(jpeg(segment(0xE1, b"Exif\0\0" + content)))
    assert image is not None


def test_what_is_not_known_is_not_shown() -> None:
    """Whatever an application calls its own part of a file, others do not see it."""
    for told in (png(chunk(b"prVt", b"52.5 N")), jpeg(segment(0xE4, b"52.5 N")), webp(b"PRVT\x06\x00\x00\x0052.5 N")):
        image = look_at(told)
        assert image is not None
        assert any(b"52.5 N" in told[edit.start : edit.end] for edit in image.edits)


def test_what_is_needed_to_show_the_picture_stays() -> None:
    shown = (
        png(chunk(b"iCCP", b"x")),
        jpeg(segment(0xE0, b"JFIF\0..."), segment(0xE2, b"ICC_PROFILE\0..."), segment(0xEE, b"Adobe")),
    )
    assert [found.edits for told in shown if (found := look_at(told))] == [(), ()]


def test_an_image_of_a_thousand_parts_beside_the_picture_is_refused() -> None:
    assert look_at(png(*[chunk(b"tEXt", b"x")] * MOST_EDITS)) is not None
    with pytest.raises(ImageBroken):
        look_at(png(*[chunk(b"tEXt", b"x")] * (MOST_EDITS + 1)))


def test_the_frames_of_an_animation_count_as_pixels() -> None:
    frame = b",\x00\x00\x00\x00\x09\x00\x01\x00\x00\x02\x02D\x01\x00"
    moving = [gif(LOOPING, *[frame] * 9), png(*[chunk(b"fcTL", b"")] * 10, width=3), webp(*[b"ANMF\0\0\0\0"] * 10)]
    assert [found.pixels for told in moving if (found := look_at(told))] == [9 * 3 * 10, 3 * 10, 5 * 7 * 10]


@given(
    st.binary(min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(1, 20), st.binary(max_size=5)), max_size=5),
    st.lists(st.integers(1, 59), max_size=8),
)
async def test_a_copy_is_the_same_however_the_file_comes(
    octets: bytes, wanted: list[tuple[int, int, bytes]], cuts: list[int]
) -> None:
    edits, at = [], 0
    for start, length, instead in sorted(wanted):
        if at <= start < len(octets):
            at = min(start + length, len(octets))
            edits.append(Edit(start, at, instead))
    expected, at = b"", 0
    for edit in edits:
        expected += octets[at : edit.start] + edit.instead
        at = edit.end
    expected += octets[at:]
    places = sorted({0, len(octets), *(cut for cut in cuts if cut < len(octets))})
    pieces = [octets[start:end] for start, end in itertools.pairwise(places)]
    assert await _joined(pieces, edits) == expected
    assert length_without(len(octets), edits) == len(expected)


async def _copied(octets: bytes, edits: Sequence[Edit]) -> bytes:
    return await _joined([octets[at : at + 7] for at in range(0, len(octets), 7)], edits)


async def _joined(pieces: Sequence[bytes], edits: Sequence[Edit]) -> bytes:
    async def come() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return b"".join([piece async for piece in without(come(), edits)])


@pytest.mark.parametrize("kind", HIDING)
def test_every_image_that_was_cut_short_is_refused(kind: str) -> None:
    whole = HIDING[kind][0]
    for length in range(12, len(whole)):
        with pytest.raises(ImageBroken):
            look_at(whole[:length])


def test_the_size_is_read_without_a_pixel() -> None:
    sizes = [(found.width, found.height) for whole in (jpeg(), gif(), webp()) if (found := look_at(whole))]
    assert sizes == [(3, 2), (2, 3), (5, 7)]
    bomb = look_at(png(width=60_000, height=60_000))
    assert bomb is not None
    assert bomb.pixels == 3_600_000_000


def test_a_changed_byte_of_a_png_is_noticed() -> None:
    whole = bytearray(png())
    whole[-20] ^= 1
    with pytest.raises(ImageBroken):
        look_at(bytes(whole))


@pytest.mark.parametrize("start", [b"", b"plain words", b"%PDF-1.7", b"PK\x03\x04", b"<html>"])
def test_what_does_not_begin_as_an_image_is_none(start: bytes) -> None:
    assert look_at(start) is None
