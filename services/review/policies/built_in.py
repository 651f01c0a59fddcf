"""The rule books that the project brings, put in force when the service first starts.

They are data, in `rule_books`: one file a right type, and `general.yaml` with the clauses that every right type has
under its own prefix. Once an operator has written a version of its own for a right type, packs leave that one be.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml

from services.review.policies import statements
from services.review.policies.policies import DraftClause, check_clauses, stored
from shared.contracts.codes import ReasonCode, RightType
from shared.contracts.ids import PolicyId
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.statements import Executor

_FOLDER = Path(__file__).resolve().parent / "rule_books"
PACK = 2
"""The number of what is in the folder; it grows with every change there."""
_NOTE = "Pack {} of the project's rule books."


async def load_pack(connection: Executor, *, clock: Callable[[], datetime]) -> None:
    """Put the pack in force for every right type that has no policy, or nothing but an earlier pack.

    As in `publish`, the time is read once nobody judges any more.
    """
    packs = {right_type: read_pack(right_type) for right_type in RightType}
    await Lock.POLICIES.take(connection)
    now = clock()
    for right_type, (title, clauses) in packs.items():
        await statements.LOAD_POLICY.run(
            connection, id=new_id(PolicyId), right_type=right_type.value, title=title, now=now
        )
        await statements.LOAD_PACK.run(
            connection,
            right_type=right_type.value,
            pack=PACK,
            note=_NOTE.format(PACK),
            now=now,
            clauses=orjson.dumps([stored(clause) for clause in clauses]).decode(),
        )


@cache
def read_pack(right_type: RightType) -> tuple[str, tuple[DraftClause, ...]]:
    """The title and the clauses that the project brings for a right type."""
    own = _read(right_type.value)
    shared = _read("general")
    clauses = [_clause(own["prefix"], entry) for entry in (*own["clauses"], *shared["clauses"])]
    check_clauses(clauses)
    return own["title"], tuple(clauses)


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def _clause(prefix: str, entry: dict[str, Any]) -> DraftClause:
    return DraftClause(
        code=f"{prefix}-{entry['number']}",
        title=entry["title"],
        text=" ".join(entry["text"].split()),
        law=" ".join(entry["law"].split()),
        accept_codes=tuple(ReasonCode(code) for code in entry.get("accept", ())),
        reject_codes=tuple(ReasonCode(code) for code in entry.get("reject", ())),
        reporter_text=" ".join(entry["reporter"].split()) if "reporter" in entry else None,
    )
