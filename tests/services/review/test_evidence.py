"""Evidence on a task: shown by a link to whoever holds the task, and to nobody else."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.contracts.events import ReportInformationProvided
from shared.contracts.ids import EvidenceId, TaskId
from shared.runtime.evidence_links import EvidenceCopy, EvidenceLinks, LinkInvalid
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import ASK, a_report, a_right, claim, claim_one, code_of, judge, let_expire, submit


@pytest.fixture
async def review(start_service: StartService) -> Running:
    return await start_service("review")


async def ask(vendor: httpx.AsyncClient, task: dict[str, Any], evidence_id: str, **changes: str) -> httpx.Response:
    body = {"lease_token": changes.pop("token", task["lease"]["token"])}
    return await vendor.post(f"/v1/tasks/{task['id']}/evidence/{evidence_id}/link", json=body)


async def test_who_holds_the_task_gets_a_link_to_the_copy_for_others(review: Running) -> None:
    shown = new_id(EvidenceId)
    await submit(review, a_report("9001", evidence_ids=[shown]))
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    assert task["items"][0]["evidence"] == [shown]
    answer = await ask(vendor, task, shown)
    assert answer.status_code == 200, answer.text
    url = httpx.URL(answer.json()["url"])
    assert (url.path, url.params["copy"]) == (f"/v1/evidence/{shown}/content", "shared")
    links: EvidenceLinks = review.service.resources.evidence_links
    given: dict[str, Any] = {
        "expires": int(url.params["expires"]),
        "signature": url.params["signature"],
        "now": datetime.now(UTC),
    }
    links.check(shown, EvidenceCopy.SHARED, **given)
    with pytest.raises(LinkInvalid):
        links.check(shown, EvidenceCopy.ORIGINAL, **given)


async def test_evidence_of_an_answer_is_shown_in_the_next_round(review: Running) -> None:
    report, sent = a_report("9001"), new_id(EvidenceId)
    await submit(review, report)
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    assert code_of(await ask(vendor, task, sent)) == (404, "evidence_not_found")
    assert (await judge(vendor, task, ASK)).status_code == 200
    await review.publish(
        ReportInformationProvided(
            version=3, report_id=report.report_id, account_id=report.account_id, explanation="See the photograph.",
            item_ids=[item.item_id for item in report.items], evidence_ids=[sent],
        )
    )  # fmt: skip

    async def again() -> Any:
        return await claim(vendor)

    (returned,) = await review.eventually(again)
    assert (await ask(vendor, returned, sent)).status_code == 200


@pytest.mark.parametrize("field", ["mark_image", "original_url", "views"])
async def test_what_shows_the_right_is_shown_and_nothing_that_only_looks_like_it(review: Running, field: str) -> None:
    """Only these fields are held to be the account's own evidence when the right is put in."""
    picture, other = new_id(EvidenceId), new_id(EvidenceId)
    details: dict[str, Any] = {field: [picture] if field == "views" else picture, "author": other}
    right = a_right().model_copy(update={"details": details})
    await submit(review, a_report("9001", right=right))
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    assert (await ask(vendor, task, picture)).status_code == 200
    assert code_of(await ask(vendor, task, other)) == (404, "evidence_not_found")


async def test_evidence_is_not_shown_without_the_lease(review: Running) -> None:
    shown = new_id(EvidenceId)
    await submit(review, a_report("9001", evidence_ids=[shown]))
    vendor, other = review.as_("vendor"), review.as_("vendor", "two")
    task = await claim_one(vendor)
    assert code_of(await ask(other, task, shown)) == (404, "not_found")
    assert code_of(await ask(vendor, task, shown, token="nonsense")) == (409, "lease_lost")
    assert code_of(await ask(vendor, task, new_id(EvidenceId))) == (404, "evidence_not_found")
    assert code_of(await ask(vendor, {**task, "id": new_id(TaskId)}, shown)) == (404, "not_found")
    assert (await ask(vendor, task, "evd_nonsense")).status_code == 422
    assert code_of(await review.as_("brand").post(f"/v1/tasks/{task['id']}/evidence/{shown}/link", json={})) == (
        404, "not_found")  # fmt: skip
    await let_expire(review, task["id"])
    assert code_of(await ask(vendor, task, shown)) == (409, "lease_lost")
