"""What one file may take of the process that opens it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """The end of one file's claim on us.

    Attributes:
        seconds: from its first byte to the answer.
        memory: bytes of address space of the process that opens it.
        decoded: bytes that one compressed stream of a PDF may become.
    """

    seconds: float = 10.0
    memory: int = 768 * 1_048_576
    decoded: int = 20_000_000
