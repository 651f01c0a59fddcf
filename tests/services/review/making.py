"""What the review tests are made of: reports as intake would send them, and reviewers at work."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from cli.demo.vendor import with_clauses
from shared.contracts.codes import AccountKind, Claim, LegalBasis, MediaType, RightState, RightType, Severity
from shared.contracts.events import ReportSubmitted, ReportTriaged, ReportWithdrawalRequested, ReportWithdrawn
from shared.contracts.events.reports import TriagedItem
from shared.contracts.ids import AccountId, ItemId, ReportId, RightId
from shared.contracts.things import Listing, Owner, ReportedItem, Reporter, RightSnapshot
from shared.runtime.ids import new_id
from tests.running import Running


def a_right(type_: RightType = RightType.TRADEMARK, account_id: AccountId | None = None) -> RightSnapshot:
    return RightSnapshot(
        id=new_id(RightId),
        version=3,
        account_id=account_id or new_id(AccountId),
        type=type_,
        title="ACME",
        state=RightState.VERIFIED,
        owner=Owner(name="Acme GmbH", country="DE"),
        territories=["EU"],
        nice_classes=[25],
    )


def a_report(
    *listing_ids: str,
    right: RightSnapshot | None = None,
    claim: Claim = Claim.COUNTERFEIT,
    account_id: AccountId | None = None,
    language: str = "en",
    **changes: Any,
) -> ReportSubmitted:
    right = right or a_right(claim.right_type)
    account_id = account_id or right.account_id
    items = [
        ReportedItem(
            item_id=new_id(ItemId),
            listing=Listing(
                marketplace="shop",
                listing_id=listing_id,
                url=f"https://shop.example/item/{listing_id}",
                media_type=MediaType.LISTING,
                seller_id="seller-77",
            ),
        )
        for listing_id in listing_ids or ("9001",)
    ]
    values: dict[str, Any] = {
        "version": 1,
        "report_id": new_id(ReportId),
        "account_id": account_id,
        "reporter": Reporter(account_id=account_id, kind=AccountKind.BRAND),
        "right": right,
        "claim": claim,
        "legal_basis": LegalBasis.DSA,
        "language": language,
        "markets": ["DE", "FR"],
        "explanation": "The goods carry the mark and the owner never made them.",
        "items": items,
        "submitted_at": datetime.now(UTC),
    }
    return ReportSubmitted(**{**values, **changes})


def triaged(report: ReportSubmitted, severity: Severity, due_at: datetime, version: int = 1) -> ReportTriaged:
    return ReportTriaged(
        version=version,
        report_id=report.report_id,
        account_id=report.account_id,
        items=[
            TriagedItem(
                item_id=item.item_id,
                severity=severity,
                acknowledge_due_at=due_at - timedelta(hours=1),
                decide_due_at=due_at,
            )
            for item in report.items
        ],
    )


def withdrawn(report: ReportSubmitted, items: Sequence[ItemId] | None = None) -> ReportWithdrawn:
    ids = [item.item_id for item in report.items] if items is None else list(items)
    return ReportWithdrawn(
        version=2, report_id=report.report_id, account_id=report.account_id, item_ids=ids, state="withdrawn"
    )


def withdrawal_of(report: ReportSubmitted, *items: ItemId, version: int = 2) -> ReportWithdrawalRequested:
    """The wish to take back these items of a report, or all."""
    return ReportWithdrawalRequested(
        version=version, report_id=report.report_id, account_id=report.account_id,
        item_ids=list(items) or [item.item_id for item in report.items], requested_at=datetime.now(UTC),
    )  # fmt: skip


async def submit(review: Running, *reports: ReportSubmitted) -> None:
    """Put reports on the stream and wait until their items hang on tasks."""
    for report in reports:
        await review.publish(report)
    wanted = [item.item_id for report in reports for item in report.items]

    async def hung() -> bool:
        count = await fetchval(review, "SELECT count(*) FROM task_items WHERE item_id = ANY($1)", wanted)
        return bool(count == len(wanted))

    await review.eventually(hung)


async def fetchval(review: Running, query: str, *arguments: Any) -> Any:
    async with review.database.pool.acquire() as connection:
        return await connection.fetchval(query, *arguments)


async def fetch(review: Running, query: str, *arguments: Any) -> list[Any]:
    async with review.database.pool.acquire() as connection:
        return list(await connection.fetch(query, *arguments))


async def claim(vendor: httpx.AsyncClient, **wishes: Any) -> list[dict[str, Any]]:
    answer = await vendor.post("/v1/tasks/claim", json={"reviewer": "r-1", **wishes})
    assert answer.status_code == 200, answer.text
    return with_clauses(answer.json())


async def claim_one(vendor: httpx.AsyncClient, **wishes: Any) -> dict[str, Any]:
    (task,) = await claim(vendor, **wishes)
    return task


ACCEPT = {"outcome": "accept", "code": "A_COUNTERFEIT", "clauses": ["TM-1.1"], "seconds_spent": 42}
REJECT = {"outcome": "reject", "code": "R_NOMINATIVE_USE", "clauses": ["TM-3.1"], "seconds_spent": 20}
ASK = {"outcome": "needs_information", "code": "N_COMPARISON", "clauses": [], "seconds_spent": 5}
ESCALATE = {"outcome": "escalate", "clauses": [], "note": "Is this ours to decide?", "seconds_spent": 5}
REROUTE = {"outcome": "wrong_right_type", "right_type": "copyright", "clauses": [], "seconds_spent": 5}


async def judge(
    vendor: httpx.AsyncClient, task: dict[str, Any], answer: dict[str, Any], **headers: str
) -> httpx.Response:
    body = {"lease_token": task["lease"]["token"], **answer}
    return await vendor.post(f"/v1/tasks/{task['id']}/judge", json=body, headers=headers)


async def let_expire(review: Running, *task_ids: str) -> None:
    """Bring leases to their end, as if their time had passed."""
    async with review.database.pool.acquire() as connection:
        await connection.execute(
            "UPDATE holds SET expires_at = now() - interval '1 second' WHERE task_id = ANY($1)", list(task_ids)
        )


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and problem code of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def pointers(answer: httpx.Response) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]
