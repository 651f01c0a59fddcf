"""Evidence that something refers to: whether it is there, whose reports it was in before, and that it is kept for it.

Looking at evidence in order to file moves back the day on which it would be let go, so that it is still there when the
report is.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
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
    media_type: str


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
    return {row.id: EvidenceAtHand(row.of_another, row.media_type) for row in rows}


async def name(
    connection: Executor, evidence_ids: Sequence[EvidenceId], *, account_id: AccountId, now: datetime
) -> None:
    """Have evidence stay while what refers to it is on its way."""
    await statements.MARK_NAMED.run(
        connection, account_id=account_id, ids=list(evidence_ids), before=now - _NAMED_LATELY, now=now
    )


async def use(
    connection: Executor, named: Mapping[str, EvidenceId], *, account_id: AccountId, used_by: str,
    right_id: str | None = None, images: AbstractSet[str] = frozenset(), now: datetime,
) -> None:  # fmt: skip
    """Refer to evidence of an account's own, in the transaction of what refers to it, which keeps it for good.

    `named` has each by its place in what refers to it, a JSON Pointer; those at `images` are to be images. Raises
    `Invalid` with the places of all that are not.
    """
    if not named:
        return
    evidence_ids = list(named.values())
    await name(connection, evidence_ids, account_id=account_id, now=now)
    there = await at_hand(connection, evidence_ids, account_id=account_id, owner=None)
    if wrong := unfit(named, there, images=images):
        raise Invalid(errors=wrong)
    await keep(connection, [(one, used_by) for one in evidence_ids], right_id=right_id, now=now)


def unfit(named: Mapping[str, EvidenceId], there: AtHand, *, images: AbstractSet[str]) -> list[FieldError]:
    """Return the places whose evidence is not there or, where it is to be an image, is none."""
    found = []
    for pointer, evidence_id in named.items():
        one = there.get(evidence_id)
        if one is None:
            found.append(FieldError(pointer, "N_EVIDENCE_NOT_FOUND", "You have no evidence with this id."))
        elif pointer in images and not one.media_type.startswith("image/"):
            found.append(FieldError(pointer, "evidence_not_image", f"This is {one.media_type}; an image is needed."))
    return found


async def keep(
    connection: Executor, uses: Sequence[tuple[EvidenceId, str]], *, right_id: str | None = None, now: datetime
) -> None:
    """Keep evidence that is there for good, each for what refers to it, in the transaction of that."""
    if not uses:
        return
    evidence_ids, used_by = [one for one, _ in uses], [user for _, user in uses]
    await statements.ADD_USES.run(connection, ids=evidence_ids, used_by=used_by, right_id=right_id, now=now)
    await statements.KEEP_EVIDENCE.run(connection, ids=evidence_ids)


async def keep_captured(connection: Executor, evidence_ids: Sequence[EvidenceId]) -> None:
    """Keep evidence for good that shows a listing as it was captured. One that is gone by then is gone."""
    await statements.KEEP_EVIDENCE.run(connection, ids=list(evidence_ids))
