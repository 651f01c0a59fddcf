"""Events of imports."""

from datetime import datetime

from ..codes import ImportState
from ..event import Event
from ..ids import AccountId, ImportId


class ImportCompleted(Event, name="marque.import.completed.v1", producer="intake"):
    """Every row of the file was filed or refused, or the rest of them was cancelled."""

    import_id: ImportId
    account_id: AccountId
    state: ImportState
    rows_seen: int
    filed: int
    refused: int
    reports: int
    completed_at: datetime

    @property
    def subject_id(self) -> str:
        return self.import_id

    @property
    def owner(self) -> AccountId:
        return self.account_id
