"""Evidence that something refers to: whether it is there, whose reports it was in before, and that it is kept for it.

Looking at evidence in order to file moves back the day on which it would be let go, so that it is still there when the
report is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.contracts.ids import AccountId, EvidenceId
from shared.contracts.things import Owner
from shared.runtime.errors import FieldError, Invalid

_NAMED_LATELY = timedelta(seconds=30)

# In one order everywhere, so that two reports that name the same evidence never wait for each other.
_NAME = """
WITH locked AS (
    SELECT id FROM evidence
    WHERE account_id = $1 AND id = ANY($2::text[]) AND (named_at < $3 OR named_at = created_at) ORDER BY id FOR UPDATE
)
UPDATE evidence e SET named_at = $4 FROM locked WHERE e.id = locked.id
"""
# Another claimant is another account under a right of another owner: a brand and its agent send the same photograph.
_AT_HAND = """
SELECT e.id, EXISTS (
    SELECT FROM evidence_uses u JOIN rights r ON r.id = u.right_id
    WHERE u.sha256 = e.sha256 AND u.right_id IS NOT NULL AND u.account_id <> e.account_id
        AND party_key(r.owner) IS DISTINCT FROM party_key($3::text::jsonb)
) AS of_another
FROM evidence e WHERE e.account_id = $1 AND e.id = ANY($2::text[])
"""
_USE = """
INSERT INTO evidence_uses (evidence_id, used_by, account_id, right_id, sha256, at)
SELECT id, $2, account_id, $3, sha256, $4 FROM evidence WHERE id = ANY($1::text[]) ORDER BY id
ON CONFLICT DO NOTHING
"""
_KEEP = """
WITH locked AS (SELECT id FROM evidence WHERE id = ANY($1::text[]) AND NOT kept ORDER BY id FOR UPDATE)
UPDATE evidence e SET kept = true FROM locked WHERE e.id = locked.id
"""


@dataclass(frozen=True, slots=True)
class EvidenceAtHand:
    """Evidence of the reporter's. `of_another`: the same file is in a report of another claimant."""

    of_another: bool


AtHand = Mapping[str, EvidenceAtHand]


async def of_report(
    connection: Any,
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
    connection: Any, evidence_ids: Sequence[EvidenceId], *, account_id: AccountId, owner: Owner | None
) -> AtHand:
    """Those of an account's evidence that are there, for a right of this owner."""
    given = None if owner is None else owner.model_dump_json()
    rows = await connection.fetch(_AT_HAND, account_id, list(evidence_ids), given)
    return {row["id"]: EvidenceAtHand(row["of_another"]) for row in rows}


async def name(connection: Any, evidence_ids: Sequence[EvidenceId], *, account_id: AccountId, now: datetime) -> None:
    """Have evidence stay while what refers to it is on its way."""
    await connection.execute(_NAME, account_id, list(evidence_ids), now - _NAMED_LATELY, now)


async def use(
    connection: Any, evidence_ids: Sequence[EvidenceId], *, account_id: AccountId, used_by: str,
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
    await connection.execute(_USE, list(evidence_ids), used_by, right_id, now)
    await connection.execute(_KEEP, list(evidence_ids))


def refuse_unknown(evidence_ids: Iterable[str], there: AtHand, pointer: str) -> None:
    """Raises `Invalid`. `{n}` in the pointer is the place in the list."""
    unknown = [
        FieldError(pointer.replace("{n}", str(place)), "N_EVIDENCE_NOT_FOUND", "You have no evidence with this id.")
        for place, evidence_id in enumerate(evidence_ids)
        if evidence_id not in there
    ]
    if unknown:
        raise Invalid(errors=unknown)
