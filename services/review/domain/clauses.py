"""The clauses in force: what a reviewer may cite now, and what each of them allows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson

from shared.contracts.codes import ReasonCode, RightType
from shared.contracts.ids import PolicyId
from shared.contracts.things import ClauseCitation

RULES_LOCK = 7302
"""Held shared by whoever judges, and alone by whoever publishes: no judgement cites what has just gone out of force."""

_IN_FORCE = """
SELECT p.right_type, p.id, f.number
FROM policies p CROSS JOIN LATERAL (
    SELECT v.number FROM policy_versions v
    WHERE v.policy_id = p.id AND v.state = 'published' AND v.effective_from <= $1
    ORDER BY v.effective_from DESC, v.number DESC LIMIT 1
) f
"""
_READ = "SELECT clauses::text FROM policy_versions WHERE policy_id = $1 AND number = $2"


@dataclass(frozen=True)
class Clause:
    """One rule of one version of a policy."""

    policy_id: PolicyId
    version: int
    code: str
    title: str
    text: str
    law: str
    accept_codes: frozenset[ReasonCode]
    reject_codes: frozenset[ReasonCode]

    def allows(self, code: ReasonCode) -> bool:
        return code in self.accept_codes or code in self.reject_codes

    @cached_property
    def citation(self) -> str:
        """The clause as events and decisions cite it, in JSON."""
        return ClauseCitation(
            policy_id=self.policy_id, version=self.version, code=self.code, title=self.title, text=self.text
        ).model_dump_json()


@dataclass(frozen=True)
class Edition:
    """A published version of a policy, ready to be cited and to be shown."""

    right_type: RightType
    clauses: Mapping[str, Clause]
    shown: Sequence[Mapping[str, Any]]
    """The clauses as a task's packet carries them."""


class Shelf:
    """The published editions that this process has read. They are immutable, so what is on the shelf stays true."""

    def __init__(self) -> None:
        self._editions: dict[tuple[str, int], Edition] = {}

    async def in_force(self, connection: Any, now: datetime) -> dict[RightType, Edition]:
        """The edition in force for each right type: which one is asked anew each time, its text is read once."""
        found = {}
        for row in await connection.fetch(_IN_FORCE, now):
            right_type = RightType(row["right_type"])
            key = (row["id"], row["number"])
            if key not in self._editions:
                self._editions[key] = await _read(connection, right_type, *key)
            found[right_type] = self._editions[key]
        return found


async def _read(connection: Any, right_type: RightType, policy_id: str, number: int) -> Edition:
    documents = orjson.loads(await connection.fetchval(_READ, policy_id, number))
    return Edition(
        right_type,
        {document["code"]: _clause(PolicyId(policy_id), number, document) for document in documents},
        [{"policy_id": policy_id, "version": number, **document} for document in documents],
    )


def _clause(policy_id: PolicyId, number: int, document: Mapping[str, Any]) -> Clause:
    return Clause(
        policy_id,
        number,
        document["code"],
        document["title"],
        document["text"],
        document["law"],
        _codes(document["accept_codes"]),
        _codes(document["reject_codes"]),
    )


def _codes(codes: Iterable[str]) -> frozenset[ReasonCode]:
    return frozenset(ReasonCode(code) for code in codes)
