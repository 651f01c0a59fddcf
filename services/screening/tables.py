"""The tables of the screening service."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

metadata = MetaData()


class Table(SQLModel):
    """The base of this service's tables."""

    metadata = metadata
