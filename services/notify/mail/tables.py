"""The tables of mail. What waits to be sent is a job each."""

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from services.notify.tables import Table
from shared.runtime.columns import key_column, time_column


class NoticeLetter(Table, table=True):
    """A kind of letter about a notice, and the version up to which all of it was called off; 0: none of it."""

    __tablename__ = "notice_letters"

    notice_id: str = Field(sa_column=key_column(primary_key=True))
    letter: str = Field(sa_column=key_column(primary_key=True))
    called_off: int = Field(sa_column=Column(BigInteger, nullable=False))
    heard_at: datetime = Field(sa_column=time_column())
