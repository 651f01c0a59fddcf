"""The columns that tables are made of, the same in every service."""

from typing import Any

from sqlalchemy import Column, DateTime, Text
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
