"""Goods in packets: what the listing looked like when it was reported, whenever that comes in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.review.captures.captures import keep_captures
from shared.contracts.events import DecisionMade, ListingCaptured, SellersErased
from shared.contracts.events.captures import CapturedImage, CapturedItem, CapturedListing
from shared.contracts.events.reports import ReportSubmitted
from shared.contracts.ids import AccountId, CaptureId, EvidenceId
from shared.contracts.listing_codes import CaptureSource, ListingState, PictureProblem
from shared.contracts.things import Price, Seller
from shared.runtime.evidence_links import EvidenceCopy, EvidenceLinks, LinkInvalid
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import (
    ACCEPT,
    a_report,
    a_right,
    claim_one,
    fetchval,
    judge,
    let_expire,
    submit,
    withdrawal_of,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SHA = "ab" * 32


def a_capture(*reports: ReportSubmitted, at: datetime = NOON, **changes: Any) -> ListingCaptured:
    """A capture of the first listing of these reports, for their first items."""
    listing: dict[str, Any] = {
        "title": "Trail shoe", "description": "New.", "brand": "ACME", "price": Price(amount=1999, currency="EUR"),
        "markets": ["DE"], "seller": Seller(seller_id="s-7", name="Best Shoes Ltd", country="CN"), "version": 3,
    }  # fmt: skip
    of_listing = CapturedListing.model_fields.keys() - {"version"}
    given = {name: changes.pop(name) for name in list(changes) if name in of_listing}
    first, late = changes.pop("first", True), changes.pop("late", False)
    values: dict[str, Any] = {
        "version": 7, "capture_id": new_id(CaptureId), "marketplace": "shop", "listing_id": "9001", "hash": "cd" * 32,
        "source": CaptureSource.LISTINGS, "captured_at": at, "listing": CapturedListing(**{**listing, **given}),
        "items": [
            CapturedItem(report_id=one.report_id, item_id=one.items[0].item_id, first=first, late=late)
            for one in reports
        ],
    }  # fmt: skip
    return ListingCaptured(**{**values, **changes})


async def captured(review: Running, *captures: ListingCaptured) -> None:
    """Put captures on the stream and wait until they are kept."""
    for one in captures:
        await review.publish(one)
    ids = [one.capture_id for one in captures]

    async def kept() -> bool:
        return bool(await fetchval(review, "SELECT count(*) FROM captures WHERE id = ANY($1)", ids) == len(ids))

    await review.eventually(kept)


@pytest.mark.parametrize("before", [True, False], ids=["before the report", "after it"])
async def test_a_packet_shows_the_listing_as_it_was_reported(start_service: StartService, *, before: bool) -> None:
    review = await start_service("review")
    report = a_report()
    capture = a_capture(report)
    if before:
        await captured(review, capture)
    await submit(review, report)
    if not before:
        await captured(review, capture)

    task = await claim_one(review.as_("vendor"))

    shown = task["capture"]
    assert (shown["id"], shown["hash"], shown["source"]) == (capture.capture_id, "cd" * 32, "listings")
    assert (shown["captured_at"], shown["late"]) == ("2026-11-02T12:00:00.000000Z", False)
    assert (shown["changed_from"], shown["changed"]) == (None, [])
    assert shown["item_ids"] == [report.items[0].item_id]
    assert (shown["listing"]["title"], shown["listing"]["price"]) == ("Trail shoe", {"amount": 1999, "currency": "EUR"})
    assert (shown["listing"]["marketplace"], shown["listing"]["listing_id"]) == ("shop", "9001")
    assert shown["listing"]["seller"]["name"] == "Best Shoes Ltd"
    assert (task["shown_by"], task["later_captures"], task["suggested_codes"]) == ("marketplace", [], [])


async def test_without_a_capture_there_is_what_the_reporter_says(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    task = await claim_one(review.as_("vendor"))
    assert (task["shown_by"], task["capture"], task["later_captures"]) == ("reporter", None, [])


async def test_what_comes_while_a_reviewer_has_the_task_is_there_when_it_is_read_again(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    await captured(review, a_capture(report, late=True))

    again = (await vendor.get(f"/v1/tasks/{task['id']}")).json()

    assert (again["capture"]["listing"]["title"], again["capture"]["late"]) == ("Trail shoe", True)


async def test_a_later_capture_is_shown_beside_the_first_with_what_differs(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    report, second = a_report(right=right), a_report(right=right, account_id=new_id(AccountId))
    await submit(review, report, second)
    first = a_capture(report)
    later = a_capture(
        report, at=NOON + timedelta(hours=2), version=9, title="Shoe", first=False, changed_from=first.capture_id,
        changed=["title", "images"], state=ListingState.GONE,
    )  # fmt: skip
    others = a_capture(second, at=NOON + timedelta(hours=1), version=8, title="Trail shoe, blue")
    await captured(review, later, first, others)

    task = await claim_one(review.as_("vendor"))

    assert task["capture"]["id"] == first.capture_id
    assert [one["id"] for one in task["later_captures"]] == [others.capture_id, later.capture_id]
    changed = task["later_captures"][1]
    assert (changed["changed_from"], changed["changed"]) == (first.capture_id, ["title", "images"])
    assert changed["item_ids"] == [report.items[0].item_id]
    assert task["suggested_codes"] == ["R_LISTING_GONE"]


@pytest.mark.parametrize(("state", "suggested"), [("live", []), ("removed", ["R_LISTING_GONE"])])
async def test_that_a_listing_is_gone_is_offered_and_decides_nothing(
    start_service: StartService, state: str, suggested: list[str]
) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    await captured(review, a_capture(report, state=ListingState(state)))
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    assert task["suggested_codes"] == suggested
    assert (await judge(vendor, task, ACCEPT)).json()["decision"]["verdict"] == "accepted"


async def test_the_same_told_twice_is_one_and_what_was_withdrawn_shows_nothing(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    report, other = a_report(right=right), a_report(right=right, account_id=new_id(AccountId))
    await submit(review, report, other)
    capture = a_capture(report)
    await captured(review, capture)
    await captured(review, capture.model_copy(update={"items": a_capture(other).items, "hash": "ef" * 32}))
    await review.eventually(lambda: fetchval(review, "SELECT count(*) = 2 FROM item_captures"))
    vendor = review.as_("vendor")

    task = await claim_one(vendor)
    assert task["capture"]["item_ids"] == sorted([report.items[0].item_id, other.items[0].item_id])
    assert (task["capture"]["hash"], task["later_captures"]) == ("cd" * 32, [])
    for one in (report, other):
        await review.publish(withdrawal_of(one))
    await review.eventually(lambda: fetchval(review, "SELECT state = 'cancelled' FROM tasks"))
    assert (await vendor.get(f"/v1/tasks/{task['id']}")).json()["shown_by"] == "reporter"


async def test_one_capture_may_be_a_change_for_one_item_and_the_first_of_another(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    report, second = a_report(right=right), a_report(right=right, account_id=new_id(AccountId))
    await submit(review, report, second)
    first = a_capture(report, version=1)
    changed = a_capture(report, version=2, first=False, changed_from=first.capture_id, changed=["price"])
    same = changed.model_copy(update={"items": a_capture(second).items, "changed_from": None, "changed": []})
    await captured(review, first, changed)
    await review.publish(same)
    await review.eventually(lambda: fetchval(review, "SELECT count(*) = 3 FROM item_captures"))

    task = await claim_one(review.as_("vendor"))

    shown = [task["capture"], *task["later_captures"]]
    assert [(one["id"], one["item_ids"], one["changed_from"], one["changed"]) for one in shown] == [
        (first.capture_id, [report.items[0].item_id], None, []),
        (changed.capture_id, [second.items[0].item_id], None, []),
        (changed.capture_id, [report.items[0].item_id], first.capture_id, ["price"]),
    ]


async def test_what_the_listing_is_now_goes_by_its_version_and_not_by_when_it_was_frozen(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    right = a_right()
    report, late = a_report(right=right), a_report(right=right, account_id=new_id(AccountId))
    await submit(review, report, late)
    gone = a_capture(report, version=8, state=ListingState.GONE)
    before = a_capture(late, version=7, at=NOON + timedelta(hours=1))
    await captured(review, gone, before)
    task = await claim_one(review.as_("vendor"))
    assert task["suggested_codes"] == ["R_LISTING_GONE"]
    assert [task["capture"]["id"], task["later_captures"][0]["id"]] == [before.capture_id, gone.capture_id]


async def test_however_often_a_listing_changes_the_oldest_and_the_newest_are_shown(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    first = a_capture(report, version=100)
    async with review.database.direct() as connection:
        later = [a_capture(report, version=100 + n, first=False, hash=f"{n:064x}") for n in range(1, 1200)]
        await keep_captures(connection, [first, *later])
    vendor = review.as_("vendor")

    task = await claim_one(vendor)
    decision = (await judge(vendor, task, ACCEPT)).json()["decision"]

    assert task["capture"]["id"] == first.capture_id
    numbers = [int(one["hash"], 16) for one in task["later_captures"]]
    assert numbers == [*range(1, 20), *range(1180, 1200)]
    assert len(decision["captures"]) == 40
    for path in ("", f"/{decision['id']}", f"/{decision['id']}/packet"):
        assert (await vendor.get(f"/v1/decisions{path}")).status_code == 200


async def test_a_decision_names_no_capture_of_what_was_taken_back(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    report, back = a_report(right=right), a_report(right=right, account_id=new_id(AccountId))
    await submit(review, report, back)
    kept = a_capture(report, version=1)
    await captured(review, kept, a_capture(back, version=2))
    await review.publish(withdrawal_of(back))
    await review.eventually(lambda: fetchval(review, "SELECT bool_or(withdrawn_at IS NOT NULL) FROM task_items"))
    vendor = review.as_("vendor")

    decision = (await judge(vendor, await claim_one(vendor), ACCEPT)).json()["decision"]

    assert [one["id"] for one in decision["captures"]] == [kept.capture_id]


async def test_a_seller_that_is_known_stays_and_one_learnt_later_is_noted_of_decisions(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    report = a_report()
    listing = report.items[0].listing.model_copy(update={"seller_id": None})
    item = report.items[0].model_copy(update={"listing": listing})
    await submit(review, report.model_copy(update={"items": [item]}))
    await judge(vendor, await claim_one(vendor), ACCEPT)
    await captured(review, a_capture(report))
    await review.eventually(lambda: fetchval(review, "SELECT seller_id = 's-7' FROM decisions"))
    other = a_capture(report, version=9, seller=Seller(seller_id="s-8"), first=False)
    await captured(review, other)
    assert await fetchval(review, "SELECT seller_id FROM decisions") == "s-7"


async def test_a_vendor_reads_decisions_of_its_marketplaces_alone(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    decision = (await judge(vendor, await claim_one(vendor), ACCEPT)).json()["decision"]
    elsewhere = review.as_("vendor", marketplaces=frozenset({"elsewhere"}))
    assert (await elsewhere.get("/v1/decisions")).json()["data"] == []
    for path in ("", "/packet"):
        assert (await elsewhere.get(f"/v1/decisions/{decision['id']}{path}")).status_code == 404
        assert (await vendor.get(f"/v1/decisions/{decision['id']}{path}")).status_code == 200


def _checks(links: EvidenceLinks, link: str, capture_id: CaptureId) -> None:
    url = httpx.URL(link)
    assert url.path == f"/v1/captures/{capture_id}/images/{SHA}/content"
    given: dict[str, Any] = {
        "expires": int(url.params["expires"]), "signature": url.params["signature"], "now": datetime.now(UTC),
    }  # fmt: skip
    links.check_picture(capture_id, SHA, **given)
    with pytest.raises(LinkInvalid):
        links.check_picture(new_id(CaptureId), SHA, **given)


async def test_pictures_open_by_links_for_whoever_holds_the_task(start_service: StartService) -> None:
    review = await start_service("review")
    report, evidence = a_report(), new_id(EvidenceId)
    await submit(review, report)
    images = [
        CapturedImage(
            url="https://cdn.shop.example/1.jpg", sha256=SHA, media_type="image/jpeg", size=9, width=3, height=3
        ),
        CapturedImage(evidence_id=evidence, sha256="cd" * 32, media_type="image/png", size=9, width=3, height=3),
        CapturedImage(url="https://cdn.shop.example/2.jpg", problem=PictureProblem.TOO_SLOW),
    ]
    capture = a_capture(report, images=images)
    await captured(review, capture)
    vendor, links = review.as_("vendor"), review.service.resources.evidence_links

    task = await claim_one(vendor)

    kept, proof, missing = task["capture"]["images"]
    _checks(links, kept["link"], capture.capture_id)
    url = httpx.URL(proof["link"])
    assert (url.path, url.params["copy"]) == (f"/v1/evidence/{evidence}/content", EvidenceCopy.SHARED.value)
    assert (missing["sha256"], missing["problem"], missing["link"]) == (None, "too_slow", None)
    again = (await vendor.get(f"/v1/tasks/{task['id']}")).json()
    _checks(links, again["capture"]["images"][0]["link"], capture.capture_id)
    await let_expire(review, task["id"])
    lost = (await vendor.get(f"/v1/tasks/{task['id']}")).json()
    assert [image.get("link") for image in lost["capture"]["images"]] == [None, None, None]
    read = (await review.as_("marketplace").get(f"/v1/tasks/{task['id']}")).json()
    _checks(links, read["capture"]["images"][0]["link"], capture.capture_id)


@pytest.mark.parametrize("before", [True, False])
async def test_the_seller_of_the_capture_has_the_history(start_service: StartService, *, before: bool) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    for number in ("1", "2"):
        report = a_report(number)
        item = report.items[0]
        listing = item.listing.model_copy(update={"seller_id": None})
        report = report.model_copy(update={"items": [item.model_copy(update={"listing": listing})]})
        capture = a_capture(report, listing_id=number)
        if before:
            await captured(review, capture)
        await submit(review, report)
        if not before:
            await captured(review, capture)
            await review.eventually(lambda: fetchval(review, "SELECT bool_and(seller_id = 's-7') FROM tasks"))
        task = await claim_one(vendor)
        await judge(vendor, task, ACCEPT)

    assert task["history"]["seller"]["accepted"] == 1


async def test_a_decision_names_the_captures_that_it_rests_on(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    first = a_capture(report)
    later = a_capture(report, at=NOON + timedelta(hours=2), title="Shoe", first=False, hash="ef" * 32)
    await captured(review, first, later)
    vendor = review.as_("vendor")

    decision = (await judge(vendor, await claim_one(vendor), ACCEPT)).json()["decision"]
    await captured(review, a_capture(report, at=NOON + timedelta(hours=3), title="Sandal", first=False))

    named = sorted([(first.capture_id, "cd" * 32), (later.capture_id, "ef" * 32)])
    assert sorted((one["id"], one["hash"]) for one in decision["captures"]) == named
    (made,) = await review.recorded(DecisionMade)
    assert sorted((one.id, one.hash) for one in made.captures) == named
    packet = (await review.as_("marketplace").get(f"/v1/decisions/{decision['id']}/packet")).json()
    assert [one["listing"]["title"] for one in packet["captures"]] == ["Trail shoe", "Shoe"]
    assert packet["captures"][0]["listing"]["seller"]["name"] == "Best Shoes Ltd"


async def test_a_reporter_sees_the_goods_and_not_the_sellers_name(start_service: StartService) -> None:
    review = await start_service("review")
    account_id = AccountId(review.caller("brand").account_id)
    report = a_report(account_id=account_id)
    await submit(review, report)
    await captured(review, a_capture(report))
    vendor = review.as_("vendor")
    decision = (await judge(vendor, await claim_one(vendor), ACCEPT)).json()["decision"]

    packet = await review.as_("brand").get(f"/v1/decisions/{decision['id']}/packet")

    (shown,) = packet.json()["captures"]
    assert shown["listing"]["title"] == "Trail shoe"
    assert (shown["listing"]["seller"]["seller_id"], shown["listing"]["seller"]["name"]) == ("s-7", None)
    assert "Best Shoes" not in packet.text


async def test_the_name_of_a_seller_goes_when_its_time_is_over_and_nothing_else(start_service: StartService) -> None:
    review = await start_service("review")
    report, other = a_report("9001"), a_report("9002")
    await submit(review, report, other)
    capture, kept = a_capture(report), a_capture(other, listing_id="9002")
    await captured(review, capture, kept)

    await review.publish(SellersErased(version=1, capture_ids=[capture.capture_id]))
    names = "SELECT array_agg(listing #>> '{seller,name}' ORDER BY listing ->> 'listing_id') FROM captures"

    async def erased() -> bool:
        return bool(await fetchval(review, names) == [None, "Best Shoes Ltd"])

    await review.eventually(erased)
    task = await claim_one(review.as_("vendor"))
    seller = task["capture"]["listing"]["seller"]
    assert (seller["seller_id"], seller["name"], seller["country"]) == ("s-7", None, "CN")
    assert (task["capture"]["hash"], task["capture"]["listing"]["title"]) == ("cd" * 32, "Trail shoe")
