import zlib

import pytest

from services.intake.domain.evidence.images import ImageBroken, look_at, without_metadata


def chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def png(*extra: bytes, width: int = 1, height: int = 1) -> bytes:
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    pixels = zlib.compress(b"\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), *extra, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    )


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def jpeg(*extra: bytes) -> bytes:
    frame = segment(0xC0, b"\x08\x00\x02\x00\x03\x01\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + b"".join(extra) + frame + scan + b"\xff\xd9"


def gif(*extra: bytes) -> bytes:
    frame = b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
    return b"GIF89a\x02\x00\x03\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + b"".join(extra) + frame + b";"


def webp(*extra: bytes, flags: int = 0) -> bytes:
    extended = b"VP8X\x0a\x00\x00\x00" + bytes([flags]) + b"\x00\x00\x00\x04\x00\x00\x06\x00\x00"
    inside = b"WEBP" + extended + b"VP8L\x02\x00\x00\x00\x2f\x00" + b"".join(extra)
    return b"RIFF" + len(inside).to_bytes(4, "little") + inside


LOOPING = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
HIDING = {
    "png": (png(chunk(b"eXIf", b"52.5 N"), chunk(b"tEXt", b"Place\x0052.5 N")), png()),
    "jpeg": (jpeg(segment(0xE1, b"Exif\x00\x0052.5 N"), segment(0xED, b"52.5 N"), segment(0xFE, b"52.5 N")), jpeg()),
    "gif": (gif(LOOPING, b"!\xfe\x0652.5 N\x00"), gif(LOOPING)),
    "webp": (webp(b"EXIF\x06\x00\x00\x0052.5 N", b"XMP \x05\x00\x00\x0052.5N\x00", flags=0x1C), webp(flags=0x10)),
}


@pytest.mark.parametrize("kind", HIDING)
def test_the_copy_for_others_says_nothing_of_the_place(kind: str) -> None:
    told, silent = HIDING[kind]
    image = look_at(told)
    assert image is not None
    assert image.media_type == f"image/{kind}"
    assert b"".join(without_metadata(told, image)) == silent
    assert look_at(silent) is not None


@pytest.mark.parametrize("kind", HIDING)
@pytest.mark.parametrize("tail", [b"PK\x03\x04", b"<script>", b"\x00"])
def test_what_goes_on_after_its_image_is_refused(kind: str, tail: bytes) -> None:
    with pytest.raises(ImageBroken):
        look_at(HIDING[kind][0] + tail)


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
