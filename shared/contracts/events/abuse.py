"""Events of suspected misuse of notices. They are the operator's alone."""

from datetime import datetime

from ..codes import AbuseSignal
from ..event import Event
from ..ids import AccountId, ItemId, ReportId
from ..things import Finding


class ReportSuspected(Event, name="marque.report.suspected.v1", producer="conduct", formerly="intake"):
    """Something about a report looks like misuse; whoever reviews these items reads the findings."""

    report_id: ReportId
    item_ids: list[ItemId]
    signals: list[AbuseSignal]
    findings: list[Finding]

    @property
    def subject_id(self) -> str:
        return self.report_id


class ReporterSuspected(Event, name="marque.reporter.suspected.v1", producer="conduct", formerly="intake"):
    """One pattern of misuse was seen, for the first time in a while: with all accounts that take part in it."""

    signal: AbuseSignal
    accounts: list[AccountId]
    report_id: ReportId
    reason: str
    suspected_at: datetime

    @property
    def subject_id(self) -> str:
        return self.report_id
