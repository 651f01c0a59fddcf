"""The tables of the review service."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

metadata = MetaData()
SOURCE = "/marque/review"
"""What this service's events give as their origin."""


class Table(SQLModel):
    """The base of this service's tables."""

    metadata = metadata
