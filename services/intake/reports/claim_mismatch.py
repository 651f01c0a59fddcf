"""Claim type mismatch: a claim that does not fit its right is answered with the right of the vault that it fits.

It is seen when a report is filed, or by the reviewer who sends the task to the queue of another right type.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.reports import statements
from services.intake.reports.report_body import ReportIn
from services.intake.vault.expiry import is_over
from services.intake.vault.office_days import zone_of
from services.intake.vault.territories import uncovered
from shared.contracts.codes import RightType
from shared.contracts.events import RightSearched, TaskRerouted
from shared.contracts.events.tasks import FittingRight
from shared.contracts.ids import AccountId, ItemId, RightId
from shared.contracts.things import RightSnapshot
from shared.runtime.outbox import record
from shared.runtime.statements import Executor


def is_wrong(body: ReportIn, right: RightSnapshot | None) -> bool:
    """Return whether a claim was made under a right of another type."""
    return right is not None and body.claim.right_type is not right.type


async def fitting_rights(
    connection: Executor,
    account_id: AccountId,
    right_type: RightType,
    *,
    owner: str | None,
    markets: Sequence[str],
    now: datetime,
) -> Sequence[RightSnapshot]:
    """The rights of one type in a vault, in force and best first.

    Best is one of the same owner, and of those one that holds in every market named.
    """
    rows = await statements.RIGHTS_OF_TYPE.all(connection, account_id=account_id, type=right_type.value, owner=owner)
    found = [RightSnapshot.model_validate(row) for row in rows]
    return sorted(
        (one for one in found if not is_over(one.expires_on, now, zone_of(one))),
        key=lambda one: (one.owner.name != owner, len(uncovered(markets, one.territories))),
    )


async def search_vaults(session: AsyncSession, rerouted: TaskRerouted, *, now: datetime) -> None:
    """Look in the vaults of a task's reporters for what fits the right type to which it was re-routed, and say so."""
    markets = {item.item_id: item.markets for item in rerouted.items}
    reported = await statements.REPORTED_RIGHTS.all(session, item_ids=list(markets))
    rights: dict[RightId, RightSnapshot] = {}
    fitting: list[FittingRight] = []
    of: dict[tuple[str, str | None], list[ItemId]] = {}
    for row in reported:
        of.setdefault((row.account_id, row.owner), []).append(ItemId(row.item_id))
    for (account_id, owner), items in of.items():
        wanted = sorted({market for item_id in items for market in markets[item_id]})
        found = await fitting_rights(
            session, AccountId(account_id), rerouted.right_type, owner=owner, markets=wanted, now=now
        )
        if found:
            rights[found[0].id] = found[0]
            fitting += [FittingRight(item_id=item_id, right_id=found[0].id) for item_id in items]
    searched = RightSearched(
        version=rerouted.version,
        task_id=rerouted.task_id,
        right_type=rerouted.right_type,
        rights=list(rights.values()),
        items=fitting,
    )
    record(session, searched, now=now)
