"""The structure of an image, and reading numbers from a file that may end anywhere."""

from dataclasses import dataclass
from mmap import mmap

Octets = bytes | mmap


class ImageBroken(ValueError):
    """The file begins as an image and is not one to its end."""


@dataclass(frozen=True)
class Edit:
    """Bytes of a file that its copy for others has not, from `start` to before `end`, and what stands there instead.

    Attributes:
        padded: whether blanks follow `instead`, so that nothing after it moves.
    """

    start: int
    end: int
    instead: bytes = b""
    padded: bool = False

    @property
    def written(self) -> bytes:
        """The bytes of the copy."""
        return self.instead.ljust(self.end - self.start) if self.padded else self.instead

    @property
    def removed(self) -> int:
        """Bytes by which the copy is shorter."""
        return 0 if self.padded else self.end - self.start - len(self.instead)


@dataclass(frozen=True)
class Image:
    """An image as its structure describes it; width and height in pixels, of each of its frames."""

    media_type: str
    width: int
    height: int
    edits: tuple[Edit, ...]
    frames: int = 1

    @property
    def pixels(self) -> int:
        """The bytes that a reader has to decode."""
        return self.width * self.height * max(self.frames, 1)


def take(octets: Octets, start: int, size: int) -> bytes:
    """Return so many bytes. Raises `ImageBroken` where there are fewer."""
    taken = octets[start : start + size]
    if len(taken) < size:
        raise ImageBroken("It ends too early.")
    return taken


def number(octets: Octets, start: int, size: int, *, little: bool = False) -> int:
    """Return an unsigned number of so many bytes. Raises `ImageBroken` where there are fewer."""
    return int.from_bytes(take(octets, start, size), "little" if little else "big")


def after_end(octets: Octets, end: int) -> list[Edit]:
    """Hide what follows the end of the picture, as readers pass over it: padding, the rest of a cropped one."""
    return [Edit(end, len(octets))] if end < len(octets) else []
