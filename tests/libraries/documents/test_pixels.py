"""The copy for others shows what the original shows, in the eyes of a common reader of images."""

import io
import itertools
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageOps, ImageSequence

from libraries.documents.images.looking import look_at
from libraries.documents.images.structure import Edit
from tests.libraries.documents.pictures import segment

PLACE = "52.5200 N 13.4050 E"
TURNED = 0x0112
DESCRIBED = 0x010E


def _picture(mode: str = "RGB", shade: int = 0) -> Image.Image:
    picture = Image.new("RGB", (24, 16))
    picture.putdata([(x * 10, y * 15, (x * y + shade) % 256) for y in range(16) for x in range(24)])
    return picture.convert(mode)


def _exif(turned: int) -> Image.Exif:
    exif = Image.Exif()
    exif[TURNED], exif[DESCRIBED] = turned, PLACE
    return exif


def _saved(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    _picture(mode).save(file, kind, **options)
    return file.getvalue()


def _moving(kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    frames = [_picture("P" if kind == "GIF" else "RGB", shade) for shade in (90, 180)]
    _picture("P" if kind == "GIF" else "RGB").save(
        file, kind, save_all=True, append_images=frames, duration=80, loop=0, **options
    )
    return file.getvalue()


def _two_pictures() -> bytes:
    return _saved("MPO", save_all=True, append_images=[_picture(shade=99)])


def _padded_segments(octets: bytes, stray: bytes) -> bytes:
    """Put bytes before each marked segment up to the scan."""
    at, made = 2, octets[:2]
    while octets[at + 1] != 0xDA:
        after = at + 2 + int.from_bytes(octets[at + 2 : at + 4], "big")
        made += octets[at:after] + stray
        at = after
    return made + octets[at:]


MADE: dict[str, Callable[[], bytes]] = {
    "a JPEG": lambda: _saved("JPEG", comment=PLACE),
    "a progressive JPEG": lambda: _saved("JPEG", progressive=True),
    "a JPEG with restarts": lambda: _saved("JPEG", restart_marker_blocks=1),
    "a JPEG of four inks": lambda: _saved("JPEG", "CMYK"),
    "a grey JPEG": lambda: _saved("JPEG", "L"),
    "a JPEG with stray bytes": lambda: _padded_segments(_saved("JPEG"), b"\x3f\x3e"),
    "a JPEG with stray bytes that look like stuffing": lambda: _padded_segments(_saved("JPEG"), b"\xff\x00\x01\xff"),
    "a JPEG with filled places": lambda: _padded_segments(_saved("JPEG"), b"\xff\xff\xff"),
    "a JPEG with a second picture": _two_pictures,
    "a JPEG with a NUL behind it": lambda: _saved("JPEG") + b"\0",
    "a PNG": lambda: _saved("PNG"),
    "a PNG with a palette and a transparent colour": lambda: _saved("PNG", "P", transparency=3),
    "a PNG with an alpha channel": lambda: _saved("PNG", "RGBA"),
    "a PNG that was cropped in its place": lambda: _saved("PNG") + _saved("PNG", "L")[60:],
    "a PNG that moves": lambda: _moving("PNG"),
    "a PNG that moves, with a tail": lambda: _moving("PNG") + b"\0\0",
    "a GIF": lambda: _saved("GIF", "P", comment=PLACE),
    "a GIF with a NUL behind it": lambda: _saved("GIF", "P") + b"\0",
    "a GIF with a NUL before its end": lambda: _saved("GIF", "P").removesuffix(b";") + b"\0;",
    "a GIF that moves": lambda: _moving("GIF"),
    "a WebP": lambda: _saved("WEBP"),
    "a WebP without loss": lambda: _saved("WEBP", lossless=True),
    "a WebP with an alpha channel": lambda: _saved("WEBP", "RGBA"),
    "a WebP with a tail": lambda: _saved("WEBP") + b"\0" * 7,
    "a WebP that moves": lambda: _moving("WEBP"),
    "a WebP that moves, with a description": lambda: _moving("WEBP", exif=_exif(1), xmp=PLACE.encode()),
}  # fmt: skip


def _copy(octets: bytes) -> bytes:
    image = look_at(octets)
    assert image is not None
    edits = sorted(image.edits, key=lambda edit: edit.start)
    ends = [0, *(edit.end for edit in edits)]
    assert all(end <= edit.start for end, edit in zip(ends, edits, strict=False)), "edits overlap"
    return b"".join(
        octets[before.end : edit.start] + edit.instead
        for before, edit in itertools.pairwise([Edit(0, 0), *edits, Edit(len(octets), len(octets))])
    )


def _seen(octets: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """What a reader shows of each frame, the right way up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(octets)) as opened:
            frames = [opened] if opened.format == "MPO" else list(ImageSequence.Iterator(opened))
            shown = [ImageOps.exif_transpose(frame.convert("RGBA")) for frame in frames]
    return [(frame.size, frame.tobytes()) for frame in shown]


@pytest.mark.parametrize("what", MADE)
def test_the_copy_shows_the_same_pixels_and_nothing_else(what: str) -> None:
    octets = MADE[what]()
    copy = _copy(octets)
    first = _seen(octets)
    assert len(first) == (3 if "moves" in what else 1)
    assert _seen(copy) == first
    assert PLACE.encode() not in copy
    assert _copy(copy) == copy


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turned", range(1, 9))
def test_the_copy_is_turned_as_the_original_and_says_nothing_else(kind: str, turned: int) -> None:
    octets = _saved(kind, exif=_exif(turned))
    assert PLACE.encode() in octets
    copy = _copy(octets)
    with Image.open(io.BytesIO(copy)) as opened:
        assert dict(opened.getexif()) == ({TURNED: turned} if turned > 1 else {})
    assert _seen(copy) == _seen(octets)
    assert PLACE.encode() not in copy


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_reader_that_heeds_a_long_number_is_told_the_same(kind: str) -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x04\0\0\0\x01\0\0\0\x06\0\0\0\0"
    octets = _saved(kind, exif=exif)
    assert _seen(octets)[0][0] == (16, 24)
    assert _seen(_copy(octets)) == _seen(octets)


def test_of_two_descriptions_the_first_one_counts() -> None:
    second = segment(0xE1, b"Exif\0\0" + _exif(3).tobytes().removeprefix(b"Exif\0\0"))
    octets = _saved("JPEG", exif=_exif(6))
    scan = octets.index(b"\xff\xdb")
    octets = octets[:scan] + second + octets[scan:]
    assert _seen(_copy(octets)) == _seen(octets)


def test_a_damaged_description_does_not_cost_the_picture() -> None:
    octets = bytearray(_saved("PNG", exif=_exif(6)))
    octets[octets.index(PLACE.encode())] ^= 1
    copy = _copy(bytes(octets))
    assert PLACE.encode()[1:] not in copy
    assert _seen(copy) == _seen(_saved("PNG"))
