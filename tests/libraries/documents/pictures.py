"""Images made by hand, byte by byte, so that each holds exactly what a test needs it to hold."""

import zlib


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


def exif(orientation: int | None = None, *, big: bool = False) -> bytes:
    """The Exif segment of a photograph that says where it was taken and, perhaps, how it is to be turned."""
    order = "big" if big else "little"

    def number(value: int, size: int) -> bytes:
        return value.to_bytes(size, "big" if big else "little")

    fields = [(0x010F, 2, number(0, 4))]
    if orientation is not None:
        fields.append((0x0112, 3, number(orientation, 2) + b"\0\0"))
    fields.append((0x8825, 4, number(0, 4)))
    inside = number(len(fields), 2) + b"".join(
        number(tag, 2) + number(kind, 2) + number(1, 4) + value for tag, kind, value in fields
    )
    tiff = (b"MM\0*" if order == "big" else b"II*\0") + number(8, 4) + inside + number(0, 4) + b"52.5200 N 13.4050 E"
    return segment(0xE1, b"Exif\0\0" + tiff)
