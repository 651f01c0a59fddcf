"""Limits on what one file may take of the process that opens it."""

from dataclasses import dataclass

_WALL_FOR_EACH_SECOND = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """The end of one file's claim on us.

    Attributes:
        seconds: of processor time, so that a busy machine refuses nothing that an idle one takes.
        memory: bytes of address space of the process that opens it.
        decoded: bytes that one compressed stream of a PDF may become.
    """

    seconds: float = 10.0
    memory: int = 768 * 1_048_576
    decoded: int = 20_000_000

    @property
    def wall_seconds(self) -> float:
        """Seconds by the clock, for a process that waits instead of working."""
        return _WALL_FOR_EACH_SECOND * self.seconds
