"""The one way in which reports are examined and filed: over the API, out of a file, or without an account.

`examine_draft` applies the rules to what is so at this moment; preflight is that and no more. `file_drafts` examines
many and files, with one statement in the caller's transaction, those that nothing speaks against. Over the API the two
halves lie apart: each request is examined by itself, and what comes at the same moment is filed together
(`endpoints/reports.py`, then `coalescer.py`). Both end in `filing_batch.file_batch`, the one statement that files.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

import orjson
import prometheus_client
from pydantic import TypeAdapter

from libraries.notices import Place
from services.intake.evidence import references
from services.intake.reports import claim_mismatch
from services.intake.reports.filing_batch import Filing, file_batch
from services.intake.reports.findings import Case, blocking, examine
from services.intake.reports.findings.authority import relied_on
from services.intake.reports.marketplaces import Marketplaces
from services.intake.reports.report_body import ReportIn, named_in
from services.intake.reports.schemas import MOST_FINDINGS
from services.intake.reports.sender import Sender
from services.intake.service_levels.estimates import Estimates
from services.intake.standing.standing import NEWCOMER, Standing
from services.intake.tables import SOURCE
from services.intake.vault.authorities.terms import RightAtHand
from shared.contracts.events import ReportSubmitted
from shared.contracts.ids import AccountId, ItemId, ReportId
from shared.contracts.things import AuthorityReference, Finding, ReportedItem, Reporter
from shared.runtime import outbox
from shared.runtime.errors import FieldError, Unprocessable
from shared.runtime.idempotency import Answer
from shared.runtime.ids import new_id
from shared.runtime.statements import Connection, Pool

_filed = prometheus_client.Counter("marque_reports_filed", "Reports that were filed")

_reported = TypeAdapter(list[ReportedItem])  # all at once: one by one they take three times as long
_fields_set = attrgetter("__pydantic_fields_set__")
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


Mend = Callable[[int, Sequence[Finding]], ReportIn | None]
WriteAnswer = Callable[[ReportSubmitted, list[dict[str, Any]], datetime], Answer]
"""Writes the answer to a report that is filed, of its event, its findings as JSON and when a decision is expected."""


@dataclass(frozen=True)
class Draft:
    """A report that somebody sends, with the right that it names and its reporter, as they are known.

    `open_items` are listings about which its reporter was found to have an open report already; `listings` are those of
    the body's items, where they have been read from their addresses before.
    """

    body: ReportIn
    sender: Sender
    right: RightAtHand | None
    reporter: Standing
    open_items: OpenItems = field(default_factory=dict)
    listings: Sequence[Place | None] | None = None


@dataclass(frozen=True)
class Examined:
    """A draft with all that the rules looked at, and what they found."""

    case: Case
    findings: list[Finding]

    @property
    def against(self) -> list[Finding]:
        return blocking(self.findings)


@dataclass(frozen=True)
class Outcome:
    """The fate of a draft: `filed`, or `against` it, or `over` the limit of open reports.

    None of these where what it was examined by has changed meanwhile: its right, or the open items named here.
    """

    filed: Filing | None = None
    against: Sequence[Finding] = ()
    over: bool = False
    open_items: OpenItems = field(default_factory=dict)


@dataclass(frozen=True)
class Examiner:
    """Examines and files drafts by the rules, the marketplaces and the times of decisions. One for each process."""

    marketplaces: Marketplaces
    estimates: Estimates

    async def examine_draft(
        self, connection: Connection | Pool, draft: Draft, *, now: datetime, filing: bool = True
    ) -> Examined:
        """Apply the rules to a draft. To be filed, the evidence that it names stays where it is meanwhile.

        Args:
            connection: a plain one, or the pool of such.
            draft: what is examined.
            now: the time.
            filing: False where it is only looked at.
        """
        body, right = draft.body, draft.right
        case = case_of(
            body, right, marketplaces=self.marketplaces, now=now, reporter=draft.reporter, listings=draft.listings
        )
        case = replace(case, open_items=draft.open_items)
        if right is not None and claim_mismatch.is_wrong(body, right):
            fitting = await claim_mismatch.fitting_rights(
                connection,
                right.account_id,
                body.claim.right_type,
                owner=right.owner.name,
                markets=body.markets,
                now=now,
            )
            case = replace(case, fitting=fitting)
        if case.has_evidence:
            there = await references.of_report(
                connection, named_in(body), account_id=draft.sender.account_id, owner=right.owner if right else None,
                filed_at=now if filing else None,
            )  # fmt: skip
            case = replace(case, evidence=there)
        return Examined(case, examine(case))

    async def file_drafts(
        self,
        connection: Connection,
        drafts: Sequence[Draft],
        *,
        limit: int,
        slack: int,
        now: datetime,
        mend: Mend | None = None,
    ) -> list[Outcome]:
        """Examine drafts and file those that nothing speaks against, in the caller's transaction.

        Nobody waits for their answers, and they are kept under no idempotency key. What a draft uses up of its
        reporter's limits counts for those after it; of two that name the same listing the second is told of the first.

        Args:
            connection: asyncpg's, in a transaction.
            drafts: what is to be filed, in this order.
            limit: open reports of an account where nothing is set for it.
            slack: as `file_batch` has it; without slack the caller holds the accounts' locks.
            now: the time.
            mend: has the body that is filed in place of one that findings speak against, of the draft at this place.
        """
        outcomes = [Outcome()] * len(drafts)
        prepared: dict[int, Filing] = {}
        used: Counter[tuple[AccountId, str]] = Counter()
        for place, draft in enumerate(drafts):
            account_id = draft.sender.account_id
            reporter = _after(draft.reporter, used[account_id, "reports"], used[account_id, "items"])
            tried = replace(draft, reporter=reporter)
            examined = await self.examine_draft(connection, tried, now=now)
            while examined.against and mend and (body := mend(place, examined.against)) is not None:
                tried = replace(tried, body=body, listings=None)
                examined = await self.examine_draft(connection, tried, now=now)
            if examined.against:
                outcomes[place] = Outcome(against=examined.findings)
            else:
                prepared[place] = prepare(examined.case, examined.findings, draft.sender, self.estimates)
                used[account_id, "reports"] += 1
                used[account_id, "items"] += len(tried.body.items)
            await asyncio.sleep(0)  # whoever files one report meanwhile does not wait for all of these
        return await _file(connection, prepared, outcomes, limit=limit, slack=slack)


def _after(standing: Standing, reports: int, items: int) -> Standing:
    """A reporter's standing once it has filed so much more, which nobody else can see before the commit."""
    if not reports:
        return standing
    return replace(standing, filings_today=standing.filings_today + reports, open_items=standing.open_items + items)


async def _file(
    connection: Connection, prepared: dict[int, Filing], outcomes: list[Outcome], *, limit: int, slack: int
) -> list[Outcome]:
    """File what was prepared. Two that name the same listing do not go into one statement."""
    holder: dict[tuple[str, ...], Filing] = {}
    together: dict[int, Filing] = {}
    for place, filing in prepared.items():
        if holder.keys().isdisjoint(filing.places):
            together[place] = filing
            holder.update(dict.fromkeys(filing.places, filing))
    verdicts = {}
    if together:
        verdicts = await file_batch(connection, list(together.values()), limit=limit, slack=slack)
    filed = {report_id for report_id, verdict in verdicts.items() if verdict.filed}
    _filed.inc(len(filed))
    for place, filing in prepared.items():
        if place in together:
            verdict = verdicts[filing.report_id]
            outcomes[place] = Outcome(
                filed=filing if verdict.filed else None, over=verdict.over, open_items=verdict.open_items or {}
            )
        else:
            held = {(one[2], one[3]): holder[one].report_id for one in filing.places if one in holder}
            outcomes[place] = Outcome(open_items={one: report for one, report in held.items() if report in filed})
    return outcomes


def case_of(
    body: ReportIn,
    right: RightAtHand | None,
    *,
    marketplaces: Marketplaces,
    now: datetime,
    reporter: Standing | None = None,
    listings: Sequence[Place | None] | None = None,
) -> Case:
    """A report with all that its rules need to know."""
    if listings is None:
        listings = marketplaces.listings([item.url for item in body.items])
    return Case(
        body, right, listings, marketplaces.is_store, {}, {}, now, marketplaces.is_short, reporter,
        category_classes=marketplaces.category_classes,
        item_fields=frozenset().union(*map(_fields_set, body.items)),
    )  # fmt: skip


def prepare(
    case: Case,
    findings: list[Finding],
    sender: Sender,
    estimates: Estimates,
    *,
    write_answer: WriteAnswer | None = None,
) -> Filing:
    """A report that nothing speaks against, as it will be stored, told and, where someone waits for it, answered."""
    body, right, now = case.body, case.right, case.now
    if right is None:
        raise ValueError("a report without a right is blocked")
    severity = estimates.severity_of(body.claim)
    expected = estimates.expected(right.type, severity, since=now)
    places = [place for place in case.listings if place is not None]
    submitted = _submitted(case, right, sender, places, findings[:MOST_FINDINGS])
    found = [finding.model_dump(mode="json") for finding in submitted.findings]
    (event_id,), (kind,), (payload,), (trace,) = outbox.columns([submitted], source=SOURCE, now=now)
    return Filing(
        report_id=submitted.report_id,
        account_id=sender.account_id,
        right_id=right.id,
        right_version=right.version,
        authority=submitted.authority,
        row=_row(body, right, found),
        places=[(sender.account_id, right.id, *place) for place in places],
        severity=severity,
        expected_decision_at=expected,
        evidence=named_in(body) if case.has_evidence else (),
        client_id=sender.client_id,
        key=sender.key,
        fingerprint=sender.fingerprint,
        answer=write_answer(submitted, found, expected) if write_answer else None,
        event=(event_id, kind, payload, trace),
        at=now,
    )


def _submitted(
    case: Case, right: RightAtHand, sender: Sender, places: Sequence[Place], findings: list[Finding]
) -> ReportSubmitted:
    """The event that a report is filed, which has its items."""
    body, standing, by = case.body, case.reporter or NEWCOMER, relied_on(case)
    return ReportSubmitted(
        version=1, report_id=new_id(ReportId), account_id=sender.account_id,
        reporter_tier=standing.tier, reporter_accuracy=standing.accuracy,
        reporter=Reporter(account_id=sender.account_id, kind=sender.kind, trusted_flagger=sender.trusted_flagger),
        right=right, authority=AuthorityReference(id=by.id, version=by.version) if by else None, claim=body.claim,
        legal_basis=body.legal_basis, reference=body.reference, language=body.language, markets=body.markets,
        explanation=body.explanation, evidence_ids=body.evidence_ids, items=_items(body, places), findings=findings,
        fitting_right=case.fitting[0] if case.fitting else None, submitted_at=case.now,
    )  # fmt: skip


def _items(body: ReportIn, places: Sequence[Place]) -> list[ReportedItem]:
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


def _row(body: ReportIn, right: RightAtHand, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "right_type": right.type.value, "claim": body.claim.value, "legal_basis": body.legal_basis.value,
        "reference": body.reference, "language": body.language, "markets": _json(body.markets),
        "explanation": body.explanation, "evidence_ids": _json(body.evidence_ids),
        "statements": body.statements.model_dump_json(), "signature": body.signature,
        "contact": body.contact.model_dump_json(), "findings": _json(found),
    }  # fmt: skip


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode() if value else "[]"
