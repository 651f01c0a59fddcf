"""The tables of the intake service."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

metadata = MetaData()
SOURCE = "/marque/intake"
"""The `source` of this service's events."""


class Table(SQLModel):
    """The base of this service's tables."""

    metadata = metadata
