"""How long a decision takes: measured on what was decided of late, and promised from that, or from the clock before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import ServiceLevel
from shared.contracts.codes import Claim, RightType, Severity

# The latest decided of each right type and severity, through an index: it costs the same however many there are.
_MEASURE = text("""
INSERT INTO service_levels (right_type, severity, decided, p50, p80, p95, measured_at)
SELECT kind.right_type, kind.severity, l.decided, l.p[1], l.p[2], l.p[3], :now
FROM (SELECT t AS right_type, s AS severity
      FROM unnest(CAST(:right_types AS text[])) t CROSS JOIN unnest(CAST(:severities AS text[])) s) kind
CROSS JOIN LATERAL (
    SELECT count(*) AS decided, percentile_cont(ARRAY[0.5, 0.8, 0.95]) WITHIN GROUP (ORDER BY seconds) AS p
    FROM (SELECT extract(epoch FROM decided_at - created_at)::float8 AS seconds FROM report_items i
          WHERE i.right_type = kind.right_type AND i.severity = kind.severity AND i.decided_at IS NOT NULL
          ORDER BY decided_at DESC LIMIT :sample) latest
) l
WHERE l.decided > 0
ON CONFLICT (right_type, severity) DO UPDATE
SET decided = excluded.decided, p50 = excluded.p50, p80 = excluded.p80, p95 = excluded.p95,
    measured_at = excluded.measured_at
""")


@dataclass(frozen=True)
class Clocks:
    """What the operator promises before anything was measured, and how much must be measured first."""

    severity: Mapping[Claim, Severity]
    decide_hours: Mapping[Severity, float]
    least: int


@dataclass
class Promises:
    """What a reporter can expect. The measurements are refreshed now and then; between, they stand."""

    clocks: Clocks
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)

    def severity_of(self, claim: Claim) -> Severity:
        """How pressing a claim is before the severity rules have spoken."""
        return self.clocks.severity[claim]

    def learn(self, levels: Sequence[ServiceLevel]) -> None:
        self.seconds = {
            (level.right_type, level.severity): level.p80 for level in levels if level.decided >= self.clocks.least
        }

    def expected(
        self, right_type: RightType | str, severity: Severity, *, since: datetime, due_at: datetime | None = None
    ) -> datetime:
        """When a decision can be expected: four of five were made by then. With nothing measured, the clock's."""
        measured = self.seconds.get((str(right_type), str(severity)))
        if measured is not None:
            return since + timedelta(seconds=measured)
        return due_at or since + timedelta(hours=self.clocks.decide_hours[severity])


async def measure(session: AsyncSession, *, sample: int, now: datetime) -> None:
    """Measure anew how long decisions take."""
    values: dict[str, Any] = {
        "now": now,
        "sample": sample,
        "right_types": [right_type.value for right_type in RightType],
        "severities": [severity.value for severity in Severity],
    }
    await (await session.connection()).execute(_MEASURE, values)


async def service_levels(session: AsyncSession) -> list[ServiceLevel]:
    """What was measured last."""
    statement = select(ServiceLevel).order_by(ServiceLevel.right_type, ServiceLevel.severity)
    return list(await session.exec(statement))
