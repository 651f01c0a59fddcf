"""The tables in which misuse shows."""

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from services.conduct.tables import Table
from shared.runtime.columns import key_column, time_column


class Trace(Table, table=True):
    """Something that an account's reports under a right left: the hash of a text, of a name; or the hour itself."""

    __tablename__ = "traces"

    kind: str = Field(sa_column=key_column(primary_key=True))
    trace: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column(primary_key=True))
    right_id: str = Field(sa_column=key_column(primary_key=True), description="Empty where the right is no matter")
    items: int = Field(sa_column=Column(BigInteger, nullable=False))
    first_at: datetime = Field(sa_column=time_column())
    last_at: datetime = Field(sa_column=time_column())


class Suspicion(Table, table=True):
    """When a pattern was last brought to the desk."""

    __tablename__ = "suspicions"

    signal: str = Field(sa_column=key_column(primary_key=True))
    subject: str = Field(sa_column=key_column(primary_key=True))
    raised_at: datetime = Field(sa_column=time_column())
