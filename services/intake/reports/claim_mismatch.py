"""Claim type mismatch: a claim that does not fit its right is answered with the right of the vault that it fits."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.reports import statements
from services.intake.reports.report_body import ReportIn
from services.intake.vault.expiry import is_over
from services.intake.vault.office_days import zone_of
from services.intake.vault.territories import uncovered
from shared.contracts.things import RightSnapshot
from shared.runtime.statements import Executor


def is_wrong(body: ReportIn, right: RightSnapshot | None) -> bool:
    """Return whether a claim was made under a right of another type."""
    return right is not None and body.claim.right_type is not right.type


async def fitting_rights(
    connection: Executor, body: ReportIn, right: RightSnapshot, now: datetime
) -> Sequence[RightSnapshot]:
    """The rights of the same vault that the claim fits, in force and best first.

    Best is one of the same owner, and of those one that holds in every market named.
    """
    rows = await statements.RIGHTS_OF_TYPE.all(
        connection, account_id=right.account_id, type=body.claim.right_type.value, owner=right.owner.name
    )
    found = [RightSnapshot.model_validate(row) for row in rows]
    return sorted(
        (one for one in found if not is_over(one.expires_on, now, zone_of(one))),
        key=lambda one: (one.owner.name != right.owner.name, len(uncovered(body.markets, one.territories))),
    )
