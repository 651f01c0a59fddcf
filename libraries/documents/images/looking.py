"""Read the structure of an image: kind, size, end, and the places of metadata that others must not see.

Nothing is decoded, so an image bomb costs no more than its file. What is not known to be part of the picture is hidden
from others, whatever it is called, and so is what follows its end.
"""

from collections.abc import Callable
from typing import Final

from libraries.documents.images import gif, jpeg, png, webp
from libraries.documents.images.structure import Image, ImageBroken, Octets

MOST_EDITS: Final = 1000


def look_at(octets: Octets) -> Image | None:
    """The image in a file, or none where it does not begin as one. Raises `ImageBroken`."""
    start = octets[:12]
    for begins, look in _KINDS:
        if begins(start):
            image = look(octets)
            if image.width < 1 or image.height < 1:
                raise ImageBroken("It has no size.")
            if len(image.edits) > MOST_EDITS:
                raise ImageBroken("It carries too much beside the picture.")
            return image
    return None


_KINDS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[Octets], Image]], ...]] = (
    (lambda start: start.startswith(png.SIGNATURE), png.png),
    (lambda start: start.startswith(jpeg.START), jpeg.jpeg),
    (lambda start: start.startswith(gif.STARTS), gif.gif),
    (lambda start: start[:4] == b"RIFF" and start[8:] == b"WEBP", webp.webp),
)
