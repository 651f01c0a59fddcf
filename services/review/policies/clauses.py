"""The clauses in force: what a reviewer may cite now, and what each of them allows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from services.review.policies import statements
from shared.contracts.codes import ReasonCode, RightType
from shared.contracts.ids import PolicyId
from shared.contracts.policy_codes import Demand
from shared.contracts.things import ClauseCitation
from shared.runtime.statements import Executor


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
    reporter_text: str | None
    demands: frozenset[Demand]

    def allows(self, code: ReasonCode) -> bool:
        return code in self.accept_codes or code in self.reject_codes

    @cached_property
    def citation(self) -> str:
        """The clause as events and decisions cite it, in JSON."""
        return ClauseCitation(
            policy_id=self.policy_id, version=self.version, code=self.code, title=self.title, text=self.text
        ).model_dump_json()


@dataclass(frozen=True)
class PublishedVersion:
    """A published version of a policy, ready to be cited and to be shown."""

    right_type: RightType
    clauses: Mapping[str, Clause]
    shown: tuple[orjson.Fragment, ...]
    """The clauses as answers carry them beside tasks, each in JSON."""
    citations: orjson.Fragment
    """The clauses as a task names them, in JSON."""


class ClauseCache:
    """The published policy versions that this process has read. They are immutable, so what is cached stays true."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, int], PublishedVersion] = {}

    async def in_force(
        self, connection: Executor, right_type: str, policy_id: str | None, number: int | None
    ) -> PublishedVersion | None:
        """This version, which is in force for tasks of the right type. Its text is read once."""
        if policy_id is None or number is None:
            return None
        key = (policy_id, number)
        if key not in self._versions:
            self._versions[key] = await _read(connection, RightType(right_type), *key)
        return self._versions[key]


async def _read(connection: Executor, right_type: RightType, policy_id: str, number: int) -> PublishedVersion:
    documents = orjson.loads(await statements.CLAUSES_OF.one(connection, policy_id=policy_id, number=number))
    version = {"policy_id": policy_id, "version": number}
    return PublishedVersion(
        right_type,
        {document["code"]: _clause(PolicyId(policy_id), number, document) for document in documents},
        tuple(orjson.Fragment(orjson.dumps({**_ADDED_LATER, **version, **document})) for document in documents),
        orjson.Fragment(orjson.dumps([{**version, "code": document["code"]} for document in documents])),
    )


_ADDED_LATER: dict[str, Any] = {"reporter_text": None, "demands": []}
"""The fields that versions lack which were published before clauses had them."""


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
        document.get("reporter_text"),
        frozenset(Demand(demand) for demand in document.get("demands", ())),
    )


def _codes(codes: Iterable[str]) -> frozenset[ReasonCode]:
    return frozenset(ReasonCode(code) for code in codes)
