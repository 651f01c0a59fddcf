"""The folder of notices that the demonstration works on."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENDINGS = frozenset({".md", ".txt"})


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
