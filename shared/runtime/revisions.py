"""The revisions of a service's database: those that its code was written for, and those that a database has.

Read from the migrations as they are written and not through Alembic, which would be a sixth of what a service loads and
runs in the migration step alone.
"""

import ast
import re
from pathlib import Path
from typing import Any

from shared.runtime.statements import Connection

_ROOT = Path(__file__).resolve().parents[2]
_LINE = re.compile(r"^(revision|down_revision|depends_on) = (.+)$", re.MULTILINE)


def migration_folders(service: str) -> tuple[Path, Path]:
    """Return where the migrations of a service are: those of the runtime, which all have, and its own."""
    own = "gateway" if service == "gateway" else f"services/{service}"
    return Path(__file__).parent / "migrations" / "versions", _ROOT / own / "migrations"


def heads(service: str) -> set[str]:
    """The revisions that the code of this service was written for, as Alembic records them.

    One that another builds or depends on is implied by it, and not recorded beside it.
    """
    found = [_fields_of(path) for folder in migration_folders(service) for path in folder.glob("*.py")]
    implied = {name for fields in found for key in ("down_revision", "depends_on") for name in _names(fields.get(key))}
    return {fields["revision"] for fields in found} - implied


async def applied(connection: Connection) -> set[str]:
    """The revisions that a database has."""
    return {row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")}


def _fields_of(path: Path) -> dict[str, Any]:
    """Return what a migration says of its place among the others."""
    return {name: ast.literal_eval(value) for name, value in _LINE.findall(path.read_text(encoding="utf-8"))}


def _names(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
