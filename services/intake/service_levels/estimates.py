"""Estimates of the time to decision: the clock at first, then by `survival` and `calibration`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.service_levels import statements
from services.intake.service_levels.calibration import TRACK_DAYS, learn
from services.intake.service_levels.survival import measure_times
from services.intake.service_levels.tables import ServiceLevel
from shared.contracts.codes import Claim, RightType, Severity
from shared.runtime.locks import Lock


@dataclass(frozen=True)
class Clocks:
    """The estimate before anything was measured, and how much must be measured first."""

    severity: Mapping[Claim, Severity]
    decide_hours: Mapping[Severity, float]
    least: int


@dataclass
class Estimates:
    """Estimates for reporters. The measurements are refreshed now and then; between, they stand."""

    clocks: Clocks
    levels: dict[tuple[str, str], ServiceLevel] = field(default_factory=dict)

    def severity_of(self, claim: Claim) -> Severity:
        """Return how pressing a claim is before the severity rules have spoken."""
        return self.clocks.severity[claim]

    def learn(self, levels: Sequence[ServiceLevel]) -> None:
        self.levels = {(level.right_type, level.severity): level for level in levels}

    def measured(self, right_type: RightType | str, severity: Severity) -> bool:
        """Return whether enough was decided to promise from it."""
        return self._seconds(right_type, severity) is not None

    def waiting(self, right_type: RightType | str, severity: Severity) -> int | None:
        """Return how many items of this kind wait, as counted last."""
        level = self.levels.get((str(right_type), str(severity)))
        return level.waiting if level else None

    def expected(
        self, right_type: RightType | str, severity: Severity, *, since: datetime, due_at: datetime | None = None
    ) -> datetime:
        """Return when a decision can be expected: four of five are made by then. With nothing measured, the clock's."""
        seconds = self._seconds(right_type, severity)
        if seconds is not None:
            return since + timedelta(seconds=seconds)
        return due_at or since + timedelta(hours=self.clocks.decide_hours[severity])

    def _seconds(self, right_type: RightType | str, severity: Severity) -> float | None:
        level = self.levels.get((str(right_type), str(severity)))
        return level.told_seconds if level is not None and level.decided >= self.clocks.least else None


@dataclass(frozen=True)
class Track:
    """Of the promises that came due of late, how many were kept."""

    days: int = TRACK_DAYS
    due: int = 0
    kept: int = 0


NO_TRACK = Track()


async def measure(session: AsyncSession, *, sample: int, least: int, now: datetime) -> None:
    """Learn from the promises that came due, and measure anew how long decisions take. One replica at a time."""
    await Lock.ESTIMATES.take(session)
    await learn(session, least=least, now=now)
    await measure_times(session, sample=sample, now=now)


async def service_levels(session: AsyncSession) -> list[ServiceLevel]:
    """Return the last measurements."""
    statement = select(ServiceLevel).order_by(ServiceLevel.right_type, ServiceLevel.severity)
    return list(await session.exec(statement.execution_options(populate_existing=True)))


async def tracks(session: AsyncSession, now: datetime) -> dict[tuple[str, str], Track]:
    """Return how the promises of the last weeks were kept, by right type and severity."""
    values: dict[str, Any] = {"since": now.astimezone(UTC).date() - timedelta(days=TRACK_DAYS)}
    rows = await statements.TRACK_RECORD.all(session, **values)
    return {(row.right_type, row.severity): Track(TRACK_DAYS, row.due, row.kept) for row in rows}
