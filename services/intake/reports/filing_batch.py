"""A batch of reports that are ready to be filed, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.intake.accounts.limits import SLACK
from services.intake.reports import statements
from services.intake.reports.statements import FilingOutcome
from shared.contracts.codes import Severity
from shared.contracts.ids import AccountId, ClientId, EvidenceId, ReportId, RightId
from shared.contracts.things import AuthorityReference
from shared.runtime.idempotency import Answer, StoredAnswer
from shared.runtime.statements import Connection

_NO_ANSWER = Answer(0, "", b"")


@dataclass(frozen=True, slots=True)
class Filing:
    """One report, examined and ready: its row, its event, which has its items, and its answer, where someone waits.

    `places` are what no other open report of this reporter may name: account, right, marketplace and listing.
    """

    report_id: ReportId
    account_id: AccountId
    right_id: RightId
    right_version: int
    authority: AuthorityReference | None
    row: dict[str, Any]
    places: Sequence[tuple[str, ...]]
    severity: Severity
    expected_decision_at: datetime
    evidence: Sequence[EvidenceId]
    client_id: ClientId
    key: str | None
    fingerprint: bytes | None
    answer: Answer | None
    event: tuple[str, str, str, str]
    at: datetime

    @property
    def columns(self) -> dict[str, Any]:
        """This report's share of the parameters of `FILE`, by name."""
        authority, answer = self.authority, self.answer or _NO_ANSWER
        event_id, kind, payload, traceparent = self.event
        return self.row | {
            "report_id": self.report_id, "account_id": self.account_id, "right_id": self.right_id,
            "right_version": self.right_version, "client_id": self.client_id, "key": self.key,
            "fingerprint": self.fingerprint, "status": answer.status, "headers": answer.headers, "body": answer.body,
            "event_id": event_id, "type": kind, "payload": payload, "traceparent": traceparent, "at": self.at,
            "authority_id": authority.id if authority else None,
            "authority_version": authority.version if authority else None,
            "severity": self.severity.value, "expected_decision_at": self.expected_decision_at,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """The statement's verdict on one filing."""

    filed: bool = False
    busy: bool = False
    stored: StoredAnswer | None = None
    tight: bool = False
    over: bool = False
    open_items: dict[tuple[str, str], str] | None = None

    @classmethod
    def of(cls, found: FilingOutcome) -> "Verdict":
        if found.filed:
            return cls(filed=True)
        if found.fingerprint is not None:
            return cls(
                stored=StoredAnswer(found.fingerprint, found.status or 0, found.headers or "", found.body or b"")
            )
        if found.busy:
            return cls(busy=True)
        if found.tight or found.over:
            return cls(tight=found.tight, over=found.over)
        if found.places is not None:
            places = orjson.loads(found.places)
            return cls(open_items={(marketplace, listing): report for marketplace, listing, report in places})
        return cls()


async def file_batch(
    connection: Connection, filings: Sequence[Filing], *, limit: int, slack: int = SLACK
) -> dict[str, Verdict]:
    """File a batch with one statement; the verdicts by report.

    Args:
        connection: where it runs, in a transaction or as one of its own.
        filings: those that are ready; no two name the same place.
        limit: open reports of an account where nothing is set for it.
        slack: reports that may be on their way elsewhere; 0 where the caller holds the accounts' locks.
    """
    rows = await statements.FILE.all(connection, **parameters(filings, limit=limit, slack=slack))
    return {row.report_id: Verdict.of(row) for row in rows}


def parameters(filings: Sequence[Filing], *, limit: int, slack: int) -> dict[str, Any]:
    """Return the parameters of `FILE` for a batch."""
    columns = [filing.columns for filing in filings]
    used = [(evidence, filing.report_id) for filing in filings for evidence in filing.evidence]
    return {
        **{name: [column[name] for column in columns] for name in columns[0]},
        "used_evidence": [evidence for evidence, _ in used],
        "used_by": [report_id for _, report_id in used],
        "limit": limit,
        "slack": slack,
    }
