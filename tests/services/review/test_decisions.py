"""Decisions read back: by whom, and how much of them."""

import asyncio
from typing import Any

import httpx

from shared.contracts.codes import ItemPart
from shared.contracts.events import DecisionMade, EnforcementApplied, EnforcementRequested
from shared.contracts.ids import AccountId, DecisionId, EnforcementId
from shared.contracts.things import ReporterAccuracy
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import (
    ACCEPT,
    REJECT,
    a_report,
    a_right,
    claim,
    claim_one,
    code_of,
    judge,
    pointers,
    submit,
)


async def _decided(review: Running, vendor: httpx.AsyncClient, answer: dict[str, Any] = ACCEPT) -> dict[str, Any]:
    """A decision about a listing that two brands reported."""
    right = a_right()
    await submit(
        review,
        *(
            a_report("9001", right=right, account_id=review.caller("brand", which).account_id)
            for which in ("one", "two")
        ),
    )
    judged = await judge(vendor, await claim_one(vendor), {**answer, "note": "Seen on the label."})
    decision: dict[str, Any] = judged.json()["decision"]
    return decision


async def test_a_decision_is_there_for_its_reporters_its_vendor_and_those_who_oversee(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    decision = await _decided(review, review.as_("vendor"))
    path = f"/v1/decisions/{decision['id']}"

    for kind, which in (
        ("brand", "one"),
        ("brand", "two"),
        ("vendor", "one"),
        ("marketplace", "x"),
        ("regulator", "x"),
    ):
        client = review.as_(kind, which)
        assert (await client.get(path)).json() == decision
        assert [found["id"] for found in (await client.get("/v1/decisions")).json()["data"]] == [decision["id"]]
    for kind, which in (("brand", "three"), ("vendor", "two")):
        client = review.as_(kind, which)
        assert code_of(await client.get(path)) == (404, "not_found")
        assert code_of(await client.get(f"{path}/packet")) == (404, "not_found")
        assert (await client.get("/v1/decisions")).json()["data"] == []
    assert code_of(await review.as_("brand").get(f"/v1/decisions/{new_id(DecisionId)}")) == (404, "not_found")
    assert code_of(await review.as_("brand").get("/v1/decisions/dec_1")) == (422, "validation_failed")


async def test_a_packet_shows_each_reporter_its_own_items_and_not_who_judged(start_service: StartService) -> None:
    review = await start_service("review")
    decision = await _decided(review, review.as_("vendor"))
    path = f"/v1/decisions/{decision['id']}/packet"
    mine = review.caller("brand").account_id

    brand, vendor, operator = [(await review.as_(kind).get(path)).json() for kind in ("brand", "vendor", "marketplace")]

    assert [item["account_id"] for item in brand["items"]] == [mine]
    assert len(vendor["items"]) == len(operator["items"]) == 2
    assert brand["decision"] == decision
    assert brand["listing"]["listing_id"] == "9001"
    assert brand["right"]["version"] == 3
    assert (brand["judgements"][0]["reviewer"], brand["judgements"][0]["note"]) == (None, None)
    assert (vendor["judgements"][0]["reviewer"], vendor["judgements"][0]["note"]) == ("r-1", "Seen on the label.")
    assert brand["judgements"][0]["clauses"][0]["code"] == "TM-1.1"
    assert operator["enforcement"]["action"] == "remove_listing"


async def test_a_packet_says_how_accurate_its_reporter_has_been(start_service: StartService) -> None:
    review = await start_service("review")
    accuracy = ReporterAccuracy(decided=30, accepted=28, low=0.8047, high=0.9809, window_days=92)
    await submit(review, a_report(account_id=review.caller("brand").account_id, reporter_accuracy=accuracy))
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    decision = (await judge(vendor, task, ACCEPT)).json()["decision"]
    for kind in ("brand", "vendor", "marketplace"):
        packet = (await review.as_(kind).get(f"/v1/decisions/{decision['id']}/packet")).json()
        assert packet["items"][0]["reporter_accuracy"] == accuracy.model_dump()


async def test_decisions_are_listed_newest_first_page_by_page_and_filtered(start_service: StartService) -> None:
    review = await start_service("review")
    account = review.caller("brand").account_id
    await submit(review, a_report(*(str(n) for n in range(5)), account_id=account))
    vendor, brand = review.as_("vendor"), review.as_("brand")
    ids = []
    for n, task in enumerate(await claim(vendor, max=5)):
        ids.append((await judge(vendor, task, ACCEPT if n else REJECT)).json()["decision"]["id"])

    page = (await brand.get("/v1/decisions?limit=2")).json()
    seen = [decision["id"] for decision in page["data"]]
    while page["next_cursor"]:
        page = (await brand.get(f"/v1/decisions?limit=2&cursor={page['next_cursor']}")).json()
        seen += [decision["id"] for decision in page["data"]]

    assert seen == sorted(ids, reverse=True)
    rejected = (await brand.get("/v1/decisions?verdict=rejected")).json()["data"]
    assert [decision["id"] for decision in rejected] == [ids[0]]
    assert (await brand.get("/v1/decisions?right_type=patent")).json()["data"] == []
    assert code_of(await brand.get("/v1/decisions?verdict=perhaps")) == (422, "validation_failed")
    assert code_of(await brand.get("/v1/decisions?limit=201")) == (422, "validation_failed")


async def test_an_enforcement_is_applied_once_and_by_the_operator_alone(start_service: StartService) -> None:
    review = await start_service("review")
    decision = await _decided(review, review.as_("vendor"))
    operator = review.as_("marketplace")
    path = f"/v1/enforcements/{decision['enforcement_id']}/applied"
    body = {"applied_at": "2026-11-23T12:00:00Z", "note": "Removed."}

    answers = await asyncio.gather(*(operator.post(path, json=body) for _ in range(5)))
    later = await operator.post(path, json={"applied_at": "2027-01-01T00:00:00Z"})

    assert {answer.status_code for answer in answers} == {200}
    assert later.json()["applied_at"] == "2026-11-23T12:00:00Z"
    (applied,) = await review.recorded(EnforcementApplied)
    (requested,) = await review.recorded(EnforcementRequested)
    assert applied.enforcement_id == requested.enforcement_id
    assert applied.version > requested.version
    assert code_of(await review.as_("vendor").post(path, json=body)) == (404, "not_found")
    missing = f"/v1/enforcements/{new_id(EnforcementId)}/applied"
    assert code_of(await operator.post(missing, json=body)) == (404, "not_found")
    refused = await operator.post(path, json={"applied_at": 5})
    assert code_of(refused) == (422, "validation_failed")
    assert pointers(refused) == ["/applied_at"]


async def test_what_is_asked_of_the_marketplace_fits_what_was_reported(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    german, french = (
        a_report("1", right=right),
        a_report("1", right=right, account_id=new_id(AccountId), markets=["FR"]),
    )
    image = a_report("2", right=right, markets=[])
    image = image.model_copy(
        update={"items": [item.model_copy(update={"part": ItemPart.IMAGE}) for item in image.items]}
    )
    await submit(review, german, french, image)
    vendor = review.as_("vendor")
    for task in await claim(vendor, max=5):
        await judge(vendor, task, ACCEPT)

    asked = {event.listing.listing_id: event for event in await review.recorded(EnforcementRequested)}

    assert (asked["1"].action, asked["1"].markets) == ("remove_listing", ["DE", "FR"])
    assert (asked["2"].action, asked["2"].markets) == ("remove_part", [])


async def test_records_of_one_registration_are_one_question_and_each_reporter_is_told_of_its_own(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    owner, agent = (review.caller("brand", which).account_id for which in ("one", "two"))
    registered = {"office": "EUIPO", "registration_number": "018012345"}
    right = a_right(account_id=owner).model_copy(update=registered)
    record = a_right(account_id=agent).model_copy(update={**registered, "registration_number": "18 012 345"})
    other = a_right(account_id=agent).model_copy(update={**registered, "registration_number": "018012346"})
    await submit(review, a_report("9001", right=right))
    await submit(review, a_report("9001", right=record), a_report("9001", right=other))
    vendor = review.as_("vendor")

    joined, alone = sorted(await claim(vendor, max=5), key=lambda task: -len(task["items"]))
    decision = (await judge(vendor, joined, ACCEPT)).json()["decision"]

    assert (len(joined["items"]), len(alone["items"])) == (2, 1)
    assert joined["right"]["id"] == right.id
    assert {item["account_id"]: (item["right"] or joined["right"])["id"] for item in joined["items"]} == {
        owner: right.id,
        agent: record.id,
    }
    told = {event.account_id: event.right.id for event in await review.recorded(DecisionMade)}
    assert told == {owner: right.id, agent: record.id}
    for which, mine in (("one", right), ("two", record)):
        packet = (await review.as_("brand", which).get(f"/v1/decisions/{decision['id']}/packet")).json()
        assert packet["right"]["id"] == mine.id
        assert len(packet["items"]) == 1
