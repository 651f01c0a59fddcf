"""The columns that tables are made of, the same in every service."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Enum, Text
from sqlalchemy.dialects.postgresql import JSONB


def key_column(*, nullable: bool = False, **options: Any) -> Any:
    """An id or a code: text that is compared byte by byte, so that ids sort by the time they were made."""
    return Column(Text(collation="C"), nullable=nullable, **options)


def time_column(*, nullable: bool = False) -> Any:
    """A moment, with its zone."""
    return Column(DateTime(timezone=True), nullable=nullable)


def json_column(*, nullable: bool = False) -> Any:
    """A document that is looked into."""
    return Column(JSONB, nullable=nullable)


def carried_json_column() -> Any:
    """A document that is only ever carried on as it came: kept as text, so that the hot paths never take it apart."""
    return Column(JSON, nullable=False)


def enum_column(values: type[StrEnum], **options: Any) -> Any:
    """One of these words, kept as text: which ones are allowed says the program, not the database."""
    kind = Enum(
        values, native_enum=False, create_constraint=False, values_callable=lambda every: [v.value for v in every]
    )
    return Column(kind, **options)
