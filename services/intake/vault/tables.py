"""The tables of the vault: rights and their versions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


def _day() -> Any:
    return Column(Date, nullable=True)


def _texts() -> Any:
    return Column(ARRAY(Text), nullable=False)


def _maybe_json() -> Any:
    return Column(JSONB(none_as_null=True), nullable=True)


class Right(Table, table=True):
    """A right in the vault, as it is now. What this type of right has alone is in `details`.

    `number_key` is the registration number in the normal form of its office, for comparing. `renewal` is the last one
    that was told of; `reminded_of` is the last day that a reminder was told about, and `reminded_days` the reminder
    that it was. `conflict_decision` is the operator's word that the right may stand beside those of other owners.
    """

    __tablename__ = "rights"

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    type: str
    state: str
    version: int
    title: str
    owner: dict[str, Any] = Field(sa_column=json_column())
    territories: list[str] = Field(sa_column=_texts())
    office: str | None = None
    registration_number: str | None = None
    number_key: str | None = None
    registered_on: date | None = Field(default=None, sa_column=_day())
    expires_on: date | None = Field(default=None, sa_column=_day())
    nice_classes: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    details: dict[str, Any] = Field(sa_column=json_column())
    rejection_code: str | None = None
    rejection_note: str | None = None
    held_as: str = "owner"
    renewal: dict[str, Any] | None = Field(default=None, sa_column=_maybe_json())
    conflict_decision: dict[str, Any] | None = Field(default=None, sa_column=_maybe_json())
    reminded_of: date | None = Field(default=None, sa_column=_day())
    reminded_days: int | None = None
    verified_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class RightVersion(Table, table=True):
    """A right as it stood at one version. Reports point here; the database refuses to change it."""

    __tablename__ = "right_versions"

    right_id: str = Field(sa_column=key_column(primary_key=True))
    version: int = Field(primary_key=True)
    snapshot: dict[str, Any] = Field(sa_column=json_column())
    conflict_decision: dict[str, Any] | None = Field(default=None, sa_column=_maybe_json())
    created_at: datetime = Field(sa_column=time_column())
