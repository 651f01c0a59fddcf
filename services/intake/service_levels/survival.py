"""How long decisions take, for each right type and severity, with the items that still wait taken into account.

Percentiles of decided items alone are too good while work piles up: those that wait longest are not in them yet. So the
share that still waits at each age is estimated as Kaplan and Meier do, over all that was open at any time since the
first of the latest decisions: an item counts from the age that it had by then, to its decision or to now. At each
decision one more is taken to be waiting than there is; where nothing waits, this gives the (n + 1)-quantile of
conformal prediction, and a lone early decision does not end the estimate.

An item that came when twice as many waited is expected to have waited twice as long. What new items are told comes from
the same estimate over times that are scaled so to the number that waits now. The time that a reporter took to answer a
question counts nowhere. Items that were withdrawn are left out. A clock that was set back, so that decisions lie in
its future, makes an estimate worse and never fails it.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.service_levels import statements
from services.intake.service_levels.calibration import QUANTILE
from shared.contracts.codes import RightType, Severity

_IDLE = 10
"""Up to about so many waiting items make no queue."""

_MOST_EXACTLY = 5000
"""Where more items wait, those that are alike within 1% of their age are taken together."""


async def measure_times(session: AsyncSession, *, sample: int, now: datetime) -> None:
    """Measure anew, on so many of the latest decisions of each kind at most and on all that waits."""
    values = {
        "now": now,
        "sample": sample,
        "idle": _IDLE,
        "most": _MOST_EXACTLY,
        "quantile": QUANTILE,
        "right_types": [right_type.value for right_type in RightType],
        "severities": [severity.value for severity in Severity],
    }
    await statements.KEEP_WAITING_TIMES.run(session, **values)
