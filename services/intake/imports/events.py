"""Events of an import."""

from typing import Any

from shared.contracts.codes import ImportState
from shared.contracts.events import ImportCompleted
from shared.contracts.ids import AccountId, ImportId


def completed(row: Any) -> ImportCompleted:
    """Tell that an import is over."""
    return ImportCompleted(
        version=row["version"], import_id=ImportId(row["id"]), account_id=AccountId(row["account_id"]),
        state=ImportState(row["state"]), rows_seen=row["rows_seen"], filed=row["filed"], refused=row["refused"],
        reports=row["reports"], completed_at=row["completed_at"],
    )  # fmt: skip
