"""Images byte by byte: where each edit begins and ends, what each number is, and why a file is refused."""

import zlib

import pytest

from libraries.documents.images.gif import gif as read_gif
from libraries.documents.images.jpeg import jpeg as read_jpeg
from libraries.documents.images.looking import MOST_EDITS, look_at
from libraries.documents.images.orientation import upright
from libraries.documents.images.png import png as read_png
from libraries.documents.images.structure import Edit, Image, ImageBroken, after_end, number, take
from libraries.documents.images.webp import webp as read_webp
from tests.libraries.documents.pictures import LOOPING, chunk, exif, gif, jpeg, png, segment, webp

UPRIGHT = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
TURNED = exif(6)[10:]
SEQUENCE = b"\x08\x00\x02\x00\x03\x01\x01\x11\x00"
SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\x34"


def a_riff(*chunks: bytes) -> bytes:
    inside = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(inside).to_bytes(4, "little") + inside


def a_frame(*, left: int = 0, top: int = 0, flags: int = 0, table: bytes = b"") -> bytes:
    place = left.to_bytes(2, "little") + top.to_bytes(2, "little") + b"\x04\x01\x05\x02"
    return b"," + place + bytes([flags]) + table + b"\x02\x02D\x01\x00"


BROKEN = {
    "a JPEG with two frames": (jpeg(segment(0xC1, SEQUENCE)), "It has two frames."),
    "a JPEG without a scan": (b"\xff\xd8" + segment(0xC0, SEQUENCE) + b"\xff\xd9", "It has no picture."),
    "a JPEG without an end": (jpeg()[:-2], "It ends too early."),
    "a JPEG whose segment is too short": (b"\xff\xd8\xff\xfe\x00\x01" + jpeg()[2:], "A segment has no length."),
    "a JPEG cut in a number": (b"\xff\xd8\xff\xe0\x00", "It ends too early."),
    "a PNG without a header": (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), "It has no header."),
    "a PNG without a picture": (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0") + chunk(b"IEND", b""),
        "It has no picture.",
    ),
    "a PNG that was changed": (
        png().replace(chunk(b"IEND", b""), b"\0\0\0\0IEND\0\0\0\0"), "A checksum does not agree."
    ),
    "a PNG cut short": (png()[:-1], "It ends too early."),
    "a GIF of unknown blocks": (gif(b"?"), "A block is of no known kind."),
    "a GIF without a picture": (b"GIF89a\x02\x00\x03\x00\x00\x00\x00;", "It has no picture."),
    "a GIF cut short": (gif()[:-1], "It ends too early."),
    "a WebP that says it is longer": (webp()[:-1], "It ends too early."),
    "a WebP whose chunk is longer": (a_riff(b"VP8L\x04\0\0\0ab"), "It ends too early."),
    "a picture without width": (png(width=0, height=1), "It has no size."),
    "a picture without height": (png(width=1, height=0), "It has no size."),
    "a WebP without a picture": (a_riff(b"ICCP\x02\0\0\0ab"), "It has no picture."),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_with_a_file_is_said(what: str) -> None:
    octets, reason = BROKEN[what]
    with pytest.raises(ImageBroken) as refused:
        look_at(octets)
    assert str(refused.value) == reason


def test_too_many_parts_are_refused_by_their_number() -> None:
    octets = png(*[chunk(b"tEXt", b"x")] * (MOST_EDITS + 1))
    with pytest.raises(ImageBroken) as refused:
        look_at(octets)
    assert str(refused.value) == "It carries too much beside the picture."


def test_a_jpeg_is_its_size_and_its_edits() -> None:
    assert read_jpeg(jpeg()) == Image("image/jpeg", 3, 2, (), 1)
    assert read_jpeg(jpeg(segment(0xFE, b"words"))) == Image("image/jpeg", 3, 2, (Edit(2, 11),), 1)
    assert read_jpeg(jpeg(b"stray")) == Image("image/jpeg", 3, 2, (Edit(2, 7),), 1)
    assert read_jpeg(jpeg(b"X")) == Image("image/jpeg", 3, 2, (Edit(2, 3),), 1)
    assert read_jpeg(jpeg(b"\xff\xff")) == Image("image/jpeg", 3, 2, (), 1)
    assert read_jpeg(jpeg(b"\xff\xd8")) == Image("image/jpeg", 3, 2, (Edit(2, 4),), 1)
    assert read_jpeg(jpeg(segment(0xFE, b""))) == Image("image/jpeg", 3, 2, (Edit(2, 6),), 1)
    assert read_jpeg(jpeg() + b"tail") == Image("image/jpeg", 3, 2, (Edit(34, 38),), 1)


def test_of_exif_in_a_jpeg_the_turn_alone_is_left_and_that_once() -> None:
    told = exif(6)
    kept = b"\xff\xe1\x00\x22Exif\0\0" + UPRIGHT
    assert read_jpeg(jpeg(told)).edits == (Edit(2, 2 + len(told), kept),)
    assert read_jpeg(jpeg(told, told)).edits == (
        Edit(2, 2 + len(told), kept), Edit(2 + len(told), 2 + 2 * len(told)),
    )  # fmt: skip
    assert read_jpeg(jpeg(segment(0xED, told[4:]))).edits == (Edit(2, 2 + len(told)),)
    assert read_jpeg(jpeg(segment(0xE1, b"http:" + told[9:]))).edits == (Edit(2, 2 + len(told)),)
    assert read_jpeg(jpeg(segment(0xE1, b"Exif\0\0"))).edits == (Edit(2, 12),)
    assert read_jpeg(b"\xff\xd8\xff\xe1\x00\x02Exif\0\0" + jpeg()[2:]).edits == (Edit(2, 6), Edit(6, 12))


def test_exif_ends_with_its_segment() -> None:
    last = segment(0xE1, b"Exif\0\0" + UPRIGHT[:-4])
    assert read_jpeg(jpeg(last)).edits == (Edit(2, 2 + len(last), b"\xff\xe1\x00\x22Exif\0\0" + UPRIGHT),)
    cut = segment(0xE1, b"Exif\0\0" + UPRIGHT[:10])
    assert read_jpeg(jpeg(cut, UPRIGHT[10:])).edits == (
        Edit(2, 2 + len(cut)), Edit(2 + len(cut), 2 + len(cut) + len(UPRIGHT) - 10),
    )  # fmt: skip


def test_a_jpeg_may_end_where_its_exif_is_short() -> None:
    with pytest.raises(ImageBroken):
        read_jpeg(b"\xff\xd8" + exif(6)[:-3])


def test_a_png_is_its_size_and_its_edits() -> None:
    assert read_png(png(width=5, height=7)) == Image("image/png", 5, 7, (), 1)
    assert read_png(png(chunk(b"tEXt", b"Place"))) == Image("image/png", 1, 1, (Edit(33, 50),), 1)
    assert read_png(png(chunk(b"fcTL", b""), chunk(b"fcTL", b""))).frames == 2
    assert read_png(png() + b"tail").edits == (Edit(67, 71),)


def test_of_exif_in_a_png_the_turn_alone_is_left_and_that_once() -> None:
    told = chunk(b"eXIf", TURNED)
    kept = b"\0\0\0\x1aeXIf" + UPRIGHT + zlib.crc32(b"eXIf" + UPRIGHT).to_bytes(4, "big")
    assert read_png(png(told, told)).edits == (
        Edit(33, 33 + len(told), kept), Edit(33 + len(told), 33 + 2 * len(told)),
    )  # fmt: skip
    spoilt = told[:-1] + bytes([told[-1] ^ 1])
    assert read_png(png(spoilt, told)).edits == (
        Edit(33, 33 + len(told)), Edit(33 + len(told), 33 + 2 * len(told), kept),
    )  # fmt: skip
    nothing = chunk(b"eXIf", b"no exif at all")
    assert read_png(png(nothing)).edits == (Edit(33, 33 + len(nothing)),)


def test_a_part_that_readers_pass_over_may_be_damaged_and_is_hidden() -> None:
    assert read_png(png(b"\0\0\0\1gAMAx\0\0\0\0")).edits == (Edit(33, 46),)


def test_a_gif_is_its_size_and_its_edits() -> None:
    assert read_gif(gif()) == Image("image/gif", 2, 3, (), 1)
    assert read_gif(gif(b"!\xfe\x02hi\x00")) == Image("image/gif", 2, 3, (Edit(19, 25),), 1)
    assert read_gif(gif(LOOPING, b"!\xf9\x04\0\0\0\0\0", b"!\x01\x01x\0")).edits == ()
    assert read_gif(gif(b"!\xff\x0bANIMEXTS1.0\x03\x01\0\0\0")).edits == ()
    assert read_gif(gif(b"!\xff\x0bXMP DataXMP\x02hi\0")).edits == (Edit(19, 37),)
    assert read_gif(gif(b"!\xfe\x0bNETSCAPE2.0\0")).edits == (Edit(19, 34),)
    assert read_gif(gif(a_frame(), b"\0")).edits == (Edit(34, 35),)
    assert read_gif(gif(a_frame(), b"\0\0")).edits == (Edit(34, 35), Edit(35, 36))
    assert read_gif(gif() + b"tail").edits == (Edit(35, 39),)
    assert read_gif(b"GIF87a\x02\x00\x03\x00\x00\x00\x00" + a_frame() + b";") == Image("image/gif", 260, 517, (), 1)


def test_a_gif_is_as_large_as_its_frames_reach() -> None:
    assert read_gif(gif(a_frame(left=258, top=515))) == Image("image/gif", 518, 1032, (), 2)


@pytest.mark.parametrize(("flags", "colours"), [(0x80, 2), (0x81, 4), (0x82, 8), (0x85, 64), (0x87, 256)])
def test_a_frame_may_have_colours_of_its_own(flags: int, colours: int) -> None:
    told = gif(a_frame(flags=flags, table=b"abc" * colours), b"!\xfe\x02hi\x00")
    at = 19 + 15 + 3 * colours
    assert read_gif(told).edits == (Edit(at, at + 6),)
    assert read_gif(gif(a_frame(flags=0x07), b"!\xfe\x02hi\x00")).edits == (Edit(34, 40),)
    assert read_gif(gif(a_frame(flags=0x01), b"!\xfe\x02hi\x00")).edits == (Edit(34, 40),)


def test_a_webp_is_its_size_and_its_edits() -> None:
    assert read_webp(webp()) == Image("image/webp", 5, 7, (), 1)
    assert read_webp(webp(b"PRVT\x02\0\0\0hi")) == Image("image/webp", 5, 7, (Edit(4, 8, b" \0\0\0"), Edit(40, 50)), 1)
    assert read_webp(webp(b"PRVT\x01\0\0\0h\0")).edits == (Edit(4, 8, b" \0\0\0"), Edit(40, 50))
    assert read_webp(webp(*[b"ANMF\0\0\0\0"] * 3)) == Image("image/webp", 5, 7, (), 3)
    assert read_webp(webp() + b"tail").edits == (Edit(40, 44),)
    assert read_webp(a_riff(b"ANMF\0\0\0\0")) == Image("image/webp", 0, 0, (), 1)


def test_a_webp_without_a_header_says_its_size_in_its_picture() -> None:
    lossy = b"VP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\x40\x41\x81\x82"
    assert read_webp(a_riff(lossy)) == Image("image/webp", 0x0140, 0x0281, (), 1)
    assert read_webp(a_riff(b"ALPH\0\0\0\0", lossy)) == Image("image/webp", 0x0140, 0x0281, (), 1)
    bits = (0x1234 | 0x2345 << 14 | 1 << 28).to_bytes(4, "little")
    lossless = b"VP8L\x06\0\0\0\x2f" + bits + b"\0"
    assert read_webp(a_riff(lossless)) == Image("image/webp", 0x1235, 0x2346, (), 1)
    assert read_webp(a_riff(lossless, lossy)) == Image("image/webp", 0x1235, 0x2346, (), 1)


def test_the_size_of_a_header_is_of_three_bytes_each() -> None:
    header = b"VP8X\x0a\0\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06"
    assert read_webp(a_riff(header, b"VP8L\x02\0\0\0\x2f\0")) == Image("image/webp", 0x030202, 0x060505, (), 1)


def test_of_exif_in_a_webp_the_turn_alone_is_left_and_its_flag() -> None:
    said = len(TURNED).to_bytes(4, "little")
    for told in (b"EXIF" + said + TURNED + b"\0" * (len(TURNED) & 1),):
        kept = b"EXIF\x1a\0\0\0" + UPRIGHT
        size = (32 + len(kept)).to_bytes(4, "little")
        assert read_webp(webp(told, flags=0x0C)).edits == (
            Edit(4, 8, size), Edit(40, 40 + len(told), kept), Edit(20, 21, b"\x08"),
        )  # fmt: skip
        assert read_webp(webp(told, told, flags=0x08)).edits == (
            Edit(4, 8, size), Edit(40, 40 + len(told), kept), Edit(40 + len(told), 40 + 2 * len(told)),
        )  # fmt: skip
        assert read_webp(webp(told)).edits == (Edit(4, 8, b" \0\0\0"), Edit(40, 40 + len(told)))
        assert read_webp(webp(b"EXIF\x02\0\0\0no", told, flags=0x08)).edits == (
            Edit(4, 8, size), Edit(40, 50), Edit(50, 50 + len(told), kept),
        )  # fmt: skip
    prefixed = b"Exif\0\0" + TURNED
    told = b"EXIF" + len(prefixed).to_bytes(4, "little") + prefixed + b"\0" * (len(prefixed) & 1)
    assert read_webp(webp(told, flags=0x08)).edits[1].instead == b"EXIF\x1a\0\0\0" + UPRIGHT
    assert read_webp(webp(b"EXIF\x02\0\0\0no", flags=0x1C)).edits == (
        Edit(4, 8, b" \0\0\0"), Edit(40, 50), Edit(20, 21, b"\x10"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tiff", "left"),
    [
        (TURNED, UPRIGHT),
        (exif(6, big=True)[10:], UPRIGHT),
        (exif(8)[10:], UPRIGHT.replace(b"\x06", b"\x08")),
        (exif(2)[10:], UPRIGHT.replace(b"\x06", b"\x02")),
        (exif(1)[10:], b""),
        (exif(9)[10:], b""),
        (b"", b""),
        (b"II*\0", b""),
        (b"XX*\0" + TURNED[4:], b""),
    ],
)
def test_how_a_photograph_is_turned_is_read_in_either_order_of_bytes(tiff: bytes, left: bytes) -> None:
    assert upright(tiff) == left


def test_numbers_and_pieces_end_where_the_file_does() -> None:
    assert (take(b"abcd", 1, 2), take(b"abcd", 4, 0)) == (b"bc", b"")
    assert (number(b"\x01\x02\x03", 1, 2), number(b"\x01\x02\x03", 1, 2, little=True)) == (0x0203, 0x0302)
    assert after_end(b"abcd", 4) == []
    assert after_end(b"abcd", 3) == [Edit(3, 4)]
    with pytest.raises(ImageBroken) as refused:
        take(b"abcd", 3, 2)
    assert str(refused.value) == "It ends too early."


def test_an_edit_is_written_as_it_says() -> None:
    assert (Edit(2, 7, b"ab").written, Edit(2, 7, b"ab").removed) == (b"ab", 3)
    assert (Edit(2, 7, b"ab", padded=True).written, Edit(2, 7, b"ab", padded=True).removed) == (b"ab   ", 0)


def test_an_image_counts_the_pixels_of_all_its_frames() -> None:
    assert [Image("image/gif", 3, 5, (), frames).pixels for frames in (0, 1, 2)] == [15, 15, 30]
