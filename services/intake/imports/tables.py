"""The tables of imports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


class Import(Table, table=True):
    """A file of rows on its way to reports, and who sent it.

    Of its `batches`, `batches_done` are filed, the others wait in `import_batches`. While the file is still coming in,
    the import is `receiving` and nobody sees it.
    """

    __tablename__ = "imports"

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    client_id: str = Field(sa_column=key_column())
    account_kind: str
    trusted_flagger: bool
    state: str
    version: int
    columns: dict[str, Any] = Field(sa_column=json_column())
    defaults: dict[str, Any] = Field(sa_column=json_column())
    rows_seen: int
    filed: int
    refused: int
    reports: int
    batches: int
    batches_done: int
    created_at: datetime = Field(sa_column=time_column())
    advanced_at: datetime = Field(sa_column=time_column())
    completed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class ImportBatch(Table, table=True):
    """Some hundred rows that are filed in one transaction: JSON, a list of groups, each the rows of one report."""

    __tablename__ = "import_batches"

    import_id: str = Field(sa_column=key_column(primary_key=True))
    number: int = Field(sa_column=Column(Integer, primary_key=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    failures: int


class ImportRefusal(Table, table=True):
    """A row that was not filed: JSON, its cells and what is wrong with them."""

    __tablename__ = "import_refusals"

    import_id: str = Field(sa_column=key_column(primary_key=True))
    row_number: int = Field(sa_column=Column(Integer, primary_key=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
