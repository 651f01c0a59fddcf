"""The rule books that the project brings, put in force when the service first starts.

They are data, in `services/review/policies`: one file a right type, and `general.yaml` with the clauses that every
right type has under its own prefix. Once an operator has a policy of its own for a right type, the pack leaves it be.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml

from services.review.policies import statements
from services.review.policies.policies import DraftClause, check_clauses
from shared.contracts.codes import ReasonCode, RightType
from shared.contracts.ids import PolicyId
from shared.runtime.ids import new_id
from shared.runtime.statements import Executor

_FOLDER = Path(__file__).resolve().parent / "rule_books"
_NOTE = "The first pack, as the project brings it."


async def load_first_pack(connection: Executor, *, now: datetime) -> None:
    """Put the first pack in force for every right type that has no policy."""
    for right_type in RightType:
        title, clauses = read_pack(right_type)
        kept = [
            {
                "code": clause.code,
                "title": clause.title,
                "text": clause.text,
                "law": clause.law,
                "accept_codes": clause.accept_codes,
                "reject_codes": clause.reject_codes,
            }
            for clause in clauses
        ]
        await statements.LOAD_POLICY.run(
            connection,
            id=new_id(PolicyId),
            right_type=right_type.value,
            title=title,
            now=now,
            note=_NOTE,
            clauses=orjson.dumps(kept).decode(),
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
    )
