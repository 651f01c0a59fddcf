"""How this operator keeps clocks: what the settings say, as it travels with every session of this service."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.clocks.business_days import CountryCalendar
from services.escalation.settings import EscalationSettings
from shared.contracts.codes import Severity

_KEY = "escalation.clock_settings"


@dataclass(frozen=True)
class ClockSettings:
    """The calendar, the shares of time at which to warn, and what holds where no rule speaks."""

    calendar: CountryCalendar
    warn_percent: tuple[int, ...]
    fallback: Severity
    rules_limit: int
    suspicion: Severity
    handed_on: Severity

    @classmethod
    def of(cls, settings: EscalationSettings) -> "ClockSettings":
        calendar = settings.calendar
        return cls(
            calendar,
            settings.warn_percent,
            settings.fallback_severity,
            settings.severity_rules_limit,
            settings.suspicion_severity,
            settings.handed_on_severity,
        )

    @property
    def session_info(self) -> dict[str, "ClockSettings"]:
        """Return the settings that sessions of this service carry."""
        return {_KEY: self}


def clock_settings_of(session: AsyncSession) -> ClockSettings:
    """Return how the operator to whom this session belongs keeps clocks."""
    found: ClockSettings = session.info[_KEY]
    return found
