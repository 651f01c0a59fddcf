"""Evidence that something refers to: whether it is there, whose reports it was in before, and that it is kept for it.

Looking at evidence in order to file moves back the day on which it would be let go, so that it is still there when the
report is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.evidence import statements
from shared.contracts.ids import AccountId, EvidenceId
from shared.contracts.things import Owner
from shared.runtime.errors import FieldError, Invalid
from shared.runtime.statements import Executor

_NAMED_LATELY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class EvidenceAtHand:
    """Evidence of the reporter's. `of_another`: the same file is in a report of another claimant."""

    of_another: bool


AtHand = Mapping[str, EvidenceAtHand]


async def of_report(
    connection: Executor,
    named: Sequence[EvidenceId],
    *,
    account_id: AccountId,
    owner: Owner | None,
    filed_at: datetime | None,
) -> AtHand:
    """Return the evidence that a report names, as far as it exists; at `filed_at`, where given, it is retained."""
    if filed_at is not None:
        await name(connection, named, account_id=account_id, now=filed_at)
    return await at_hand(connection, named, account_id=account_id, owner=owner)


async def at_hand(
    connection: Executor, evidence_ids: Sequence[EvidenceId], *, account_id: AccountId, owner: Owner | None
) -> AtHand:
    """Those of an account's evidence that are there, for a right of this owner."""
    given = None if owner is None else owner.model_dump_json()
    rows = await statements.FIND_EVIDENCE.all(connection, account_id=account_id, ids=list(evidence_ids), given=given)
    return {row.id: EvidenceAtHand(row.of_another) for row in rows}


async def name(
    connection: Executor, evidence_ids: Sequence[EvidenceId], *, account_id: AccountId, now: datetime
) -> None:
    """Have evidence stay while what refers to it is on its way."""
    await statements.MARK_NAMED.run(
        connection, account_id=account_id, ids=list(evidence_ids), before=now - _NAMED_LATELY, now=now
    )


async def use(
    connection: Executor, evidence_ids: Sequence[EvidenceId], *, account_id: AccountId, used_by: str,
    right_id: str | None = None, pointer: str, now: datetime,
) -> None:  # fmt: skip
    """Refer to evidence of an account's own, in the transaction of what refers to it, which keeps it for good.

    Raises `Invalid`, with `pointer` and the place of each that is not there.
    """
    if not evidence_ids:
        return
    await name(connection, evidence_ids, account_id=account_id, now=now)
    there = await at_hand(connection, evidence_ids, account_id=account_id, owner=None)
    refuse_unknown(evidence_ids, there, pointer)
    await statements.ADD_USES.run(connection, ids=list(evidence_ids), used_by=used_by, right_id=right_id, now=now)
    await statements.KEEP_EVIDENCE.run(connection, ids=list(evidence_ids))


def refuse_unknown(evidence_ids: Iterable[str], there: AtHand, pointer: str) -> None:
    """Raises `Invalid`. `{n}` in the pointer is the place in the list."""
    unknown = [
        FieldError(pointer.replace("{n}", str(place)), "N_EVIDENCE_NOT_FOUND", "You have no evidence with this id.")
        for place, evidence_id in enumerate(evidence_ids)
        if evidence_id not in there
    ]
    if unknown:
        raise Invalid(errors=unknown)
