"""Events of an import."""

from services.intake.imports.statements import StoredImport
from services.intake.imports.tables import Import
from shared.contracts.codes import ImportState
from shared.contracts.events import ImportCompleted
from shared.contracts.ids import AccountId, ImportId


def completed(row: StoredImport | Import) -> ImportCompleted:
    """Tell that an import is over."""
    return ImportCompleted(
        version=row.version, import_id=ImportId(row.id), account_id=AccountId(row.account_id),
        state=ImportState(row.state), rows_seen=row.rows_seen, filed=row.filed, refused=row.refused,
        reports=row.reports, completed_at=row.completed_at,
    )  # fmt: skip
