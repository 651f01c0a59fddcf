"""The folder of notices that the demonstration works on, and the marketplaces that are its own.

Its vendors are given the tasks of these marketplaces alone, so that it never judges what somebody else has reported.
What letters say of `shop.example`, the marketplace of the examples, is reported of the demonstration's.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENDINGS = frozenset({".md", ".txt"})
_HOSTS = re.compile(
    r"https?://(www\.)?(demonstration\.example|(gist\.)?github\.com|[\w.-]+\.(githubusercontent\.com|github\.io))(/|$)",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(r"(?<=://)(www\.)?shop\.example(?=/|$)", re.IGNORECASE)


@dataclass
class Notice:
    """One text, what the platform read in it, and what became of it."""

    name: str
    text: str
    parsed: dict[str, Any] = field(default_factory=dict)
    right: dict[str, Any] | None = None
    reports: list[dict[str, Any]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return str(self.parsed["kind"])

    @property
    def complete(self) -> bool:
        return self.kind == "notice" and not self.parsed["missing"]


def read(folder: Path) -> list[Notice]:
    """Every notice below a folder, by name. Raises `FileNotFoundError` where there is none."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file())
    if not paths:
        raise FileNotFoundError(f"{folder} holds no .md or .txt notices")
    return [Notice(str(path.relative_to(folder)), path.read_text(encoding="utf-8", errors="replace")) for path in paths]


def is_own(url: str) -> bool:
    """Return whether a listing is of a marketplace of the demonstration."""
    return _HOSTS.match(url) is not None


def to_own(url: str) -> str:
    """The address of a listing; one of the examples' marketplace on the demonstration's."""
    return _EXAMPLES.sub("demonstration.example", url)
