"""The tables of the intake service."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

metadata = MetaData()
SOURCE = "/marque/intake"
"""What this service's events give as their origin."""


class Table(SQLModel):
    """The base of this service's tables."""

    metadata = metadata
