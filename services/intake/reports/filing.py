"""Filing a report: it is examined, and what nothing speaks against is durable when the answer leaves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from libraries.notices import Place
from services.intake.reports.findings import Case, blocking
from services.intake.reports.findings.authority import relied_on
from services.intake.reports.marketplaces import Marketplaces
from services.intake.reports.report_body import ReportBody, named_in
from services.intake.reports.schemas import MOST_FINDINGS
from services.intake.reports.sender import Sender
from services.intake.reports.statements import Filing
from services.intake.service_levels.estimates import Promises
from services.intake.standing.standing import NEWCOMER, Standing
from services.intake.tables import SOURCE
from services.intake.vault.authorities.terms import RightAtHand
from shared.contracts.codes import ReportState
from shared.contracts.events import ReportSubmitted
from shared.contracts.ids import ItemId, ReportId
from shared.contracts.things import AuthorityReference, Finding, ReportedItem, Reporter
from shared.runtime import outbox
from shared.runtime.errors import FieldError, Unprocessable
from shared.runtime.ids import new_id

_reported = TypeAdapter(list[ReportedItem])  # all at once: one by one they take three times as long
OpenItems = Mapping[tuple[str, str], str]


class ReportBlocked(Unprocessable):
    """Findings speak against the report; `findings` and `errors` name each with its place."""

    code = "report_blocked"
    title = "The report cannot be taken as it stands"

    def __init__(self, findings: Sequence[Finding], open_reports: Sequence[str] = ()) -> None:
        against = blocking(list(findings))[:MOST_FINDINGS]
        super().__init__(
            against[0].message if len(against) == 1 else f"{len(against)} findings speak against the report.",
            errors=[FieldError(finding.pointer, finding.code.value, finding.message) for finding in against],
            extensions={
                "findings": [finding.model_dump(mode="json") for finding in findings[:MOST_FINDINGS]],
                **({"open_report_ids": list(dict.fromkeys(open_reports))} if open_reports else {}),
            },
        )


def case_of(
    body: ReportBody,
    right: RightAtHand | None,
    *,
    marketplaces: Marketplaces,
    now: datetime,
    reporter: Standing | None = None,
) -> Case:
    """A report with all that its rules need to know."""
    listings = marketplaces.listings([item.url for item in body.items])
    return Case(
        body, right, listings, marketplaces.is_store, {}, {}, now, marketplaces.is_short, reporter,
        category_classes=marketplaces.category_classes,
        item_fields=frozenset().union(*(item.__pydantic_fields_set__ for item in body.items)),
    )  # fmt: skip


def prepare(
    case: Case, findings: list[Finding], sender: Sender, promises: Promises, *, answered: bool = True
) -> Filing:
    """A report that nothing speaks against, as it will be stored, told and, where someone waits for it, answered."""
    body, right, now, standing = case.body, case.right, case.now, case.reporter or NEWCOMER
    findings = findings[:MOST_FINDINGS]
    if right is None:
        raise ValueError("a report without a right is blocked")
    report_id = new_id(ReportId)
    by = relied_on(case)
    authority = AuthorityReference(id=by.id, version=by.version) if by else None
    severity = promises.severity_of(body.claim)
    expected = promises.expected(right.type, severity, since=now)
    places = [place for place in case.listings if place is not None]
    reported = _items(body, places)
    found = [finding.model_dump(mode="json") for finding in findings]
    event = ReportSubmitted(
        version=1, report_id=report_id, account_id=sender.account_id,
        reporter_tier=standing.tier, reporter_accuracy=standing.accuracy,
        reporter=Reporter(account_id=sender.account_id, kind=sender.kind, trusted_flagger=sender.trusted_flagger),
        right=right, authority=authority, claim=body.claim, legal_basis=body.legal_basis, reference=body.reference,
        language=body.language, markets=body.markets, explanation=body.explanation, evidence_ids=body.evidence_ids,
        items=reported, findings=findings, fitting_right=case.fitting[0] if case.fitting else None, submitted_at=now,
    )  # fmt: skip
    (event_id,), (kind,), (payload,), (trace,) = outbox.columns([event], source=SOURCE, now=now)
    return Filing(
        report_id=report_id,
        account_id=sender.account_id,
        right_id=right.id,
        right_version=right.version,
        authority=authority,
        row=_row(body, right, found),
        places=[(sender.account_id, right.id, *place) for place in places],
        severity=severity,
        expected_decision_at=expected,
        evidence=named_in(body) if case.has_evidence else (),
        client_id=sender.client_id,
        key=sender.key,
        fingerprint=sender.fingerprint,
        answer=_answer(report_id, body, right, authority, found, reported, now=now, expected=expected)
        if answered
        else b"",
        event=(event_id, kind, payload, trace),
        at=now,
    )


def _items(body: ReportBody, places: Sequence[Place]) -> list[ReportedItem]:
    return _reported.validate_python([
        {
            "item_id": new_id(ItemId), "part": item.part, "explanation": item.explanation,
            "evidence_ids": item.evidence_ids,
            "listing": {
                "marketplace": marketplace, "listing_id": listing_id, "url": item.url, "media_type": item.media_type,
                "category": item.category,
            },
        }
        for item, (marketplace, listing_id) in zip(body.items, places, strict=True)
    ])  # fmt: skip


def _row(body: ReportBody, right: RightAtHand, found: list[dict[str, Any]]) -> tuple[Any, ...]:
    return (
        right.type.value, body.claim.value, body.legal_basis.value, body.reference, body.language, _json(body.markets),
        body.explanation, _json(body.evidence_ids), body.statements.model_dump_json(), body.signature,
        body.contact.model_dump_json(), _json(found),
    )  # fmt: skip


def _answer(
    report_id: ReportId,
    body: ReportBody,
    right: RightAtHand,
    authority: AuthorityReference | None,
    found: list[dict[str, Any]],
    items: Sequence[ReportedItem],
    *,
    now: datetime,
    expected: datetime,
) -> bytes:
    """The answer as it is kept under the key: a `ReportView`, written out by hand because this is the busiest path."""
    return orjson.dumps(
        {
            "id": str(report_id),
            "state": ReportState.RECEIVED.value,
            "claim": body.claim.value,
            "reference": body.reference,
            "right_id": str(right.id),
            "right_version": right.version,
            "authority_id": str(authority.id) if authority else None,
            "authority_version": authority.version if authority else None,
            "created_at": now,
            "completed_at": None,
            "expected_decision_at": expected,
            "findings": found,
            "items": [
                {
                    "id": str(item.item_id),
                    "state": "received",
                    "listing_id": item.listing.listing_id,
                    "url": item.listing.url,
                    "decision_id": None,
                    "code": None,
                    "expected_decision_at": expected,
                    "answer_due_at": None,
                    "withdrawal_requested_at": None,
                    "withdrawal": None,
                    "reopen_until": None,
                }
                for item in items
            ],
        },
        option=orjson.OPT_UTC_Z,
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode() if value else "[]"
