"""Which days are business days for the operator of this platform."""

from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import Field, field_validator, model_validator

from libraries.clocks.business_days import CountryCalendar
from shared.runtime.settings import RuntimeSettings


class BusinessSettings(RuntimeSettings):
    """Settings of a service that counts business days."""

    business_country: str = Field(
        default="DE",
        pattern="^[A-Z]{2}$",
        description="Country whose public holidays and weekends are no business days (ISO 3166-1 alpha-2)",
    )
    business_subdivision: str | None = Field(
        default=None, max_length=10, description="State or province of that country, for its own holidays"
    )
    business_zone: str = Field(
        default="UTC", max_length=64, description="Time zone in which a business day begins and ends (IANA name)"
    )

    @field_validator("business_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value} is not a time zone") from error
        return value

    @model_validator(mode="after")
    def _known_calendar(self) -> Self:
        try:
            holidays.country_holidays(self.business_country, subdiv=self.business_subdivision)
        except NotImplementedError as error:
            raise ValueError(f"no calendar of business days: {error}") from error
        return self

    @property
    def calendar(self) -> CountryCalendar:
        """The calendar that the operator has set."""
        return CountryCalendar(self.business_country, self.business_subdivision, self.business_zone)
