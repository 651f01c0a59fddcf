"""The parts of a notice and their subjects."""

from enum import Enum, auto


class Part(Enum):
    """The subject of a part of the text."""

    AUTHORITY = auto()
    CONTACT = auto()
    FREE = auto()
    GUIDE = auto()
    INFRINGER = auto()
    LICENCE = auto()
    MATERIAL = auto()
    NAME = auto()
    REASONS = auto()
    REMEDY = auto()
    SIGNATURE = auto()
    STATEMENT = auto()
    WORK = auto()
