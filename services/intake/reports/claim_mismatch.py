"""Claim type mismatch: a claim that does not fit its right is answered with the right of the vault that it fits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.intake.reports.report_body import ReportBody
from services.intake.vault.expiry import is_over
from services.intake.vault.office_days import zone_of
from services.intake.vault.territories import uncovered
from shared.contracts.things import RightSnapshot

_MOST = 50
_OF_TYPE = f"""
SELECT to_jsonb(r) AS right FROM rights r
WHERE r.account_id = $1 AND r.type = $2 AND r.state = 'verified'
ORDER BY r.owner->>'name' = $3 DESC, r.id DESC LIMIT {_MOST}
"""


def is_wrong(body: ReportBody, right: RightSnapshot | None) -> bool:
    """Return whether a claim was made under a right of another type."""
    return right is not None and body.claim.right_type is not right.type


async def fitting_rights(
    connection: Any, body: ReportBody, right: RightSnapshot, now: datetime
) -> Sequence[RightSnapshot]:
    """The rights of the same vault that the claim fits, in force and best first.

    Best is one of the same owner, and of those one that holds in every market named.
    """
    rows = await connection.fetch(_OF_TYPE, right.account_id, body.claim.right_type.value, right.owner.name)
    found = [RightSnapshot.model_validate(row["right"]) for row in rows]
    return sorted(
        (one for one in found if not is_over(one.expires_on, now, zone_of(one))),
        key=lambda one: (one.owner.name != right.owner.name, len(uncovered(body.markets, one.territories))),
    )
