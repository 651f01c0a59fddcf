import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import Any

import pytest

from services.intake.reports.coalescer import FilingCoalescer
from services.intake.reports.endpoints import answers as written_answers
from services.intake.reports.report_body import ReportIn
from services.intake.reports.schemas import ReportOut
from services.intake.reports.sender import Sender
from shared.contracts.codes import AccountKind
from shared.contracts.events import ReportSubmitted
from shared.contracts.ids import EvidenceId, RightId
from shared.runtime.idempotency import Answer, StoredAnswer
from shared.runtime.ids import new_id
from tests.running import Running
from tests.services.intake.conftest import OTHER_RIGHTS, Intake, a_report
from tests.services.intake.decisions import leave_review


async def _nothing_is_stored(intake: Intake) -> None:
    for table in ("reports", "report_items", "timeline", "idempotency_keys"):
        assert await intake.count(table) == 0, table
    assert await intake.running.recorded(ReportSubmitted) == []


async def test_a_report_is_filed_and_reads_as_it_was_answered(intake: Intake) -> None:
    right = await intake.right()
    report = await intake.file(right["id"], 1, 2)
    assert report["state"] == "received"
    assert (report["right_id"], report["right_version"]) == (right["id"], right["version"])
    assert [item["listing_id"] for item in report["items"]] == ["1", "2"]
    assert [finding["severity"] for finding in report["findings"]] == ["informs"]
    assert report["expected_decision_at"] == report["items"][0]["expected_decision_at"]
    assert ReportOut.model_validate(report).model_dump(mode="json") == report
    read = await intake.read(report)
    shown = {name: read[name] for name in report}
    shown["items"] = [{name: item[name] for name in report["items"][0]} for item in read["items"]]
    assert shown == report
    assert read["contact"] == {"name": "Ada Example", "email": "ada@brand.example"}


async def test_review_hears_of_a_report_with_all_it_needs_and_without_the_contact(intake: Intake) -> None:
    right = await intake.right()
    flagger = intake.running.as_("brand", trusted_flagger=True)
    body = a_report(
        right["id"], 7, items=[{"url": "https://shop.example/item/7", "media_type": "video", "part": "title"}]
    )
    report = (await flagger.post("/v1/reports", json=body)).json()
    (event,) = await intake.running.recorded(ReportSubmitted)
    assert event.version == 1
    assert event.report_id == report["id"]
    assert event.reporter.kind is AccountKind.BRAND
    assert event.reporter.trusted_flagger
    assert event.right.id == right["id"]
    assert event.right.version == right["version"]
    assert event.right.details["mark_type"] == "word"
    (told,) = event.items
    assert told.item_id == report["items"][0]["id"]
    assert (told.listing.marketplace, told.listing.listing_id) == ("shop.example", "7")
    assert (told.listing.media_type, told.part, told.listing.seller_id) == ("video", "title", None)
    assert [finding.code for finding in event.findings] == ["N_TEST_PURCHASE"]
    assert "ada@brand.example" not in event.model_dump_json()
    assert "Ada Example" not in event.model_dump_json()


FINDINGS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a URL of another marketplace": (
        {"items": [{"url": "https://other.example/item/1"}]}, "/items/0/url", "R_NOT_ON_MARKETPLACE"),
    "no URL at all": ({"items": [{"url": "the blue shoe"}]}, "/items/0/url", "N_URL_INVALID"),
    "a store": ({"items": [{"url": "https://shop.example/store/acme"}]}, "/items/0/url", "N_URL_IS_STORE"),
    "another listing's id": (
        {"items": [{"url": "https://shop.example/item/1", "listing_id": "2"}]}, "/items/0/listing_id", "N_URL_INVALID"),
    "a listing named twice": (
        {"items": [{"url": "https://shop.example/item/1"}, {"url": "https://shop.example/item/1?a=b"}]},
        "/items/1", "R_DUPLICATE"),
    "another territory": ({"markets": ["US", "JP"]}, "/markets", "R_TERRITORY_MISMATCH"),
    "no good faith": ({"statements": {"accuracy": True}}, "/statements/good_faith", "N_GOOD_FAITH_MISSING"),
    "no accuracy": ({"statements": {"good_faith": True}}, "/statements/accuracy", "N_ACCURACY_MISSING"),
    "no perjury under the DMCA": (
        {"legal_basis": "dmca", "statements": {"good_faith": True, "accuracy": True}},
        "/statements/perjury", "N_PERJURY_MISSING"),
    "no signature": ({"signature": " "}, "/signature", "N_SIGNATURE_MISSING"),
    "no name": ({"contact": {"email": "ada@brand.example"}}, "/contact/name", "N_IDENTITY_MISSING"),
    "no e-mail": ({"contact": {"name": "Ada"}}, "/contact/email", "N_IDENTITY_MISSING"),
    "too short an explanation": ({"explanation": "It is fake."}, "/explanation", "N_EXPLANATION_MISSING"),
    "evidence that is not there": (
        {"evidence_ids": [str(new_id(EvidenceId))]}, "/evidence_ids/0", "N_EVIDENCE_NOT_FOUND"),
}  # fmt: skip


@pytest.mark.parametrize("case", FINDINGS)
async def test_what_speaks_against_a_report_is_told_with_its_place_and_nothing_is_stored(
    intake: Intake, case: str
) -> None:
    changes, pointer, code = FINDINGS[case]
    right = await intake.right()
    body = a_report(right["id"], **changes)
    preflight = (await intake.brand.post("/v1/reports/preflight", json=body)).json()
    answer = await intake.brand.post("/v1/reports", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "report_blocked"
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, code)]
    blocking = [finding for finding in problem["findings"] if finding["severity"] == "blocks"]
    assert blocking[0]["fix"]
    assert preflight == {"would_be_accepted": False, "findings": problem["findings"]}
    await _nothing_is_stored(intake)


async def test_the_dsa_asks_for_no_oath(intake: Intake) -> None:
    right = await intake.right()
    await intake.file(right["id"], statements={"good_faith": True, "accuracy": True})


async def test_a_market_in_which_the_right_does_not_hold_is_a_warning_beside_one_where_it_does(intake: Intake) -> None:
    right = await intake.right()
    report = await intake.file(right["id"], markets=["DE", "US"])
    warning = next(finding for finding in report["findings"] if finding["code"] == "R_TERRITORY_MISMATCH")
    assert (warning["severity"], warning["pointer"]) == ("warns", "/markets")
    assert "US" in warning["message"]


async def test_a_patent_without_a_chart_is_taken_with_a_warning(intake: Intake) -> None:
    answer = await intake.brand.post("/v1/rights", json={**OTHER_RIGHTS["patent"], "claim_chart": []})
    right = answer.json()
    assert [finding["code"] for finding in right["findings"]] == ["N_CLAIM_CHART"]
    await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    report = await intake.file(right["id"], claim="patent")
    assert [(found["code"], found["severity"]) for found in report["findings"]] == [("N_CLAIM_CHART", "warns")]


@pytest.mark.parametrize(
    ("state", "code"), [("pending", "R_RIGHT_PENDING"), ("rejected", "R_RIGHT_PENDING"), ("expired", "R_RIGHT_EXPIRED")]
)
async def test_a_right_that_is_not_verified_carries_no_report(intake: Intake, state: str, code: str) -> None:
    right = await intake.right(verified=False)
    await intake.execute("UPDATE rights SET state = $1", state)
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"]))
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/right_id", code)]
    await _nothing_is_stored(intake)


async def test_a_right_whose_last_day_is_over_carries_no_report_though_no_clock_has_struck(intake: Intake) -> None:
    right = await intake.right()
    await intake.execute("UPDATE rights SET expires_on = '2021-01-02'")
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"]))
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/right_id", "R_RIGHT_EXPIRED")
    ]


async def test_anothers_right_is_answered_like_one_that_does_not_exist(intake: Intake) -> None:
    right = await intake.right()
    anothers = await intake.other.post("/v1/reports", json=a_report(right["id"]))
    missing = await intake.other.post("/v1/reports", json=a_report(new_id(RightId)))
    assert anothers.status_code == missing.status_code == 422
    assert anothers.json()["errors"] == missing.json()["errors"]
    assert anothers.json()["errors"][0]["pointer"] == "/right_id"
    assert "ACME" not in anothers.text


async def test_a_right_that_was_rejected_a_moment_ago_carries_no_report(intake: Intake) -> None:
    right = await intake.right()
    await intake.file(right["id"], 1)
    await intake.operator.post(f"/v1/rights/{right['id']}/reject", json={"code": "R_RIGHT_CANCELLED"})
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"], 2))
    assert answer.json()["errors"][0]["code"] == "R_RIGHT_PENDING"
    assert await intake.count("reports") == 1


async def test_a_report_points_to_the_version_of_the_right_that_holds_now(intake: Intake) -> None:
    right = await intake.right()
    await intake.file(right["id"], 1)
    await intake.brand.patch(f"/v1/rights/{right['id']}", json={"title": "ACME, renamed"})
    report = await intake.file(right["id"], 2)
    assert report["right_version"] == right["version"] + 1
    events = await intake.running.recorded(ReportSubmitted)
    assert [event.right.title for event in events] == ["ACME", "ACME, renamed"]


async def test_a_listing_is_reported_once_while_the_report_is_open(intake: Intake) -> None:
    right = await intake.right()
    first = await intake.file(right["id"], 1, 2)
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"], 3, 2))
    assert answer.status_code == 422
    problem = answer.json()
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/items/1", "R_DUPLICATE")]
    assert first["id"] in problem["errors"][0]["message"]
    assert problem["open_report_ids"] == [first["id"]]
    assert await intake.count("report_items") == 2
    preflight = await intake.brand.post("/v1/reports/preflight", json=a_report(right["id"], 3, 2))
    assert preflight.json()["would_be_accepted"] is False


async def test_a_listing_can_be_reported_under_another_right_by_another_and_again_once_it_is_closed(
    intake: Intake,
) -> None:
    right, second = await intake.right(), await intake.right()
    report = await intake.file(right["id"], 1)
    await intake.file(second["id"], 1)
    theirs = await intake.right(by=intake.other)
    assert (await intake.other.post("/v1/reports", json=a_report(theirs["id"], 1))).status_code == 201
    await intake.brand.post(f"/v1/reports/{report['id']}/withdraw", json={})
    early = await intake.brand.post("/v1/reports", json=a_report(right["id"], 1))
    assert (early.status_code, early.json()["code"]) == (422, "report_blocked")
    await leave_review(intake, report["id"])
    again = await intake.file(right["id"], 1)
    assert again["id"] != report["id"]


async def test_of_ten_that_report_the_same_listing_at_once_one_is_taken(intake: Intake) -> None:
    right = await intake.right()
    bodies = [a_report(right["id"], 1, 100 + number) for number in range(10)]
    answers = await asyncio.gather(*(intake.brand.post("/v1/reports", json=body) for body in bodies))
    taken = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert len(taken) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert (answer.status_code, answer.json()["code"]) == (422, "report_blocked")
            assert answer.json()["open_report_ids"] == taken
    assert await intake.count("reports") == 1
    assert await intake.count("report_items") == 2


async def test_two_replicas_take_one_of_two_reports_of_the_same_listing(intake: Intake) -> None:
    right = await intake.right()
    service = intake.running.service
    coalescer = service.resources.filing
    replicas = cycle(
        [
            FilingCoalescer(
                service.database, service.clock, coalescer.examiner, coalescer.standings,
                at_once=8, batches=1, limits=service.resources.limits,
                write_answer=written_answers.filed,
            )
            for _ in range(8)
        ]
    )  # fmt: skip

    async def anywhere(body: ReportIn, sender: Sender) -> Answer | StoredAnswer:
        return await next(replicas).file(body, sender)

    coalescer.file = anywhere
    for round_ in range(5):
        bodies = [a_report(right["id"], f"r{round_}", f"x{round_}-{n}") for n in range(8)]
        answers = await asyncio.gather(*(intake.brand.post("/v1/reports", json=body) for body in bodies))
        assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7
    assert await intake.count("reports") == 5
    assert len(await intake.running.recorded(ReportSubmitted)) == 5


async def test_reports_that_come_at_once_are_all_filed(intake: Intake) -> None:
    right = await intake.right()
    answers = await asyncio.gather(
        *(intake.brand.post("/v1/reports", json=a_report(right["id"], n)) for n in range(100))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert await intake.count("reports") == await intake.count("report_items") == await intake.count("timeline") == 100
    assert len({event.report_id for event in await intake.running.recorded(ReportSubmitted)}) == 100


async def test_a_repeated_request_is_answered_as_the_first_was_even_when_the_right_is_gone(intake: Intake) -> None:
    right = await intake.right()
    key, body = {"Idempotency-Key": "case-1"}, a_report(right["id"])
    first = await intake.brand.post("/v1/reports", json=body, headers=key)
    second = await intake.brand.post("/v1/reports", json=body, headers=key)
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["content-type"] == first.headers["content-type"]
    await intake.operator.post(f"/v1/rights/{right['id']}/reject", json={"code": "R_RIGHT_CANCELLED"})
    third = await intake.brand.post("/v1/reports", json=body, headers=key)
    assert (third.status_code, third.content) == (201, first.content)
    assert await intake.count("reports") == 1


async def test_a_key_that_was_used_for_another_report_is_refused(intake: Intake) -> None:
    right = await intake.right()
    key = {"Idempotency-Key": "case-1"}
    await intake.brand.post("/v1/reports", json=a_report(right["id"], 1), headers=key)
    for body in (a_report(right["id"], 2), a_report(right["id"], 2, signature="")):
        answer = await intake.brand.post("/v1/reports", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await intake.count("reports") == 1
    anothers = intake.running.as_("brand", "two")
    theirs = await intake.right(by=anothers)
    assert (await anothers.post("/v1/reports", json=a_report(theirs["id"], 2), headers=key)).status_code == 201


async def test_one_key_sent_ten_times_at_once_files_one_report(intake: Intake) -> None:
    right = await intake.right()
    key, body = {"Idempotency-Key": "case-1"}, a_report(right["id"])
    answers = await asyncio.gather(*(intake.brand.post("/v1/reports", json=body, headers=key) for _ in range(10)))
    filed = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json()["id"] for answer in filed}) == 1
    refused = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert refused <= {"idempotency_key_in_use"}
    assert await intake.count("reports") == 1


async def test_a_key_that_another_process_is_using_is_in_use(intake: Intake) -> None:
    right = await intake.right()
    client = intake.running.caller("brand").client_id
    async with intake.running.database.direct() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{client} case-1")
        answer = await intake.brand.post(
            "/v1/reports", json=a_report(right["id"]), headers={"Idempotency-Key": "case-1"}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_use")
    await _nothing_is_stored(intake)


async def test_a_refused_report_can_be_sent_again_under_its_key_once_it_is_mended(intake: Intake) -> None:
    right = await intake.right()
    key = {"Idempotency-Key": "case-1"}
    assert (
        await intake.brand.post("/v1/reports", json=a_report(right["id"], signature=""), headers=key)
    ).status_code == 422
    assert (await intake.brand.post("/v1/reports", json=a_report(right["id"]), headers=key)).status_code == 201


def _deep(depth: int) -> str:
    return '{"right_id": ' + "[" * depth + "]" * depth + "}"


MALFORMED: dict[str, tuple[str | bytes, int, str]] = {
    "not JSON": ("{", 400, "malformed_body"),
    "nested 10,000 deep": (_deep(10_000), 400, "malformed_body"),
    "not an object": ("[]", 422, "validation_failed"),
    "an empty body": ("", 422, "validation_failed"),
    "not UTF-8": (b'{"right_id": "\xff"}', 400, "malformed_body"),
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_a_body_that_cannot_be_read_is_refused(intake: Intake, case: str) -> None:
    content, status, code = MALFORMED[case]
    answer = await intake.brand.post("/v1/reports", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    await _nothing_is_stored(intake)


BAD_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"priority": "high"}, "/priority"),
    "501 items": ({"items": [{"url": f"https://shop.example/item/{n}"} for n in range(501)]}, "/items"),
    "no items": ({"items": []}, "/items"),
    "a number for a text": ({"reference": 7}, "/reference"),
    "a text for a truth": ({"statements": {"good_faith": "yes"}}, "/statements/good_faith"),
    "an unknown claim": ({"claim": "vibes"}, "/claim"),
    "an unknown legal basis": ({"legal_basis": "folklore"}, "/legal_basis"),
    "a country that is none": ({"markets": ["DE", "QQ"]}, "/markets/1"),
    "a union for a country": ({"markets": ["EU"]}, "/markets/0"),
    "a language that is none": ({"language": "English, please"}, "/language"),
    "too long a URL": ({"items": [{"url": "https://shop.example/item/" + "1" * 2048}]}, "/items/0/url"),
    "an unknown field of an item": (
        {"items": [{"url": "https://shop.example/item/1", "seller": "x"}]},
        "/items/0/seller",
    ),
    "another kind of id": ({"right_id": "rep_01j9zq4m2te5rv8c3kx7w0nh6b"}, "/right_id"),
    "a NUL": ({"explanation": "none of our factories \x00 makes this"}, "/explanation"),
    "a right-to-left override": ({"signature": "Ada \u202eelpmaxE"}, "/signature"),
    "an e-mail address that is none": ({"contact": {"name": "Ada", "email": "ada"}}, "/contact/email"),
    "too long an explanation": ({"explanation": "a" * 10_001}, "/explanation"),
}


@pytest.mark.parametrize("case", BAD_FIELDS)
async def test_a_field_that_is_not_valid_is_pointed_to_and_nothing_is_stored(intake: Intake, case: str) -> None:
    changes, pointer = BAD_FIELDS[case]
    body = {**a_report(new_id(RightId)), **changes}
    for path in ("/v1/reports", "/v1/reports/preflight"):
        answer = await intake.brand.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    await _nothing_is_stored(intake)


async def test_half_a_character_is_pointed_to(intake: Intake) -> None:
    body = json.dumps(a_report(new_id(RightId), signature="Ada \ud800"))
    answer = await intake.brand.post("/v1/reports", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/signature"]


async def test_a_report_may_name_500_listings(intake: Intake) -> None:
    right = await intake.right()
    report = await intake.file(right["id"], *range(500))
    assert len(report["items"]) == 500
    read = await intake.read(report)
    assert [item["listing_id"] for item in read["items"]] == [str(n) for n in range(500)]


async def test_nobody_files_without_a_key_or_its_scope(intake: Intake) -> None:
    body = a_report(new_id(RightId))
    assert (await intake.running.anonymous.post("/v1/reports", json=body)).status_code == 401
    reader = intake.running.as_("brand", scopes=frozenset({"reports:read"}))
    answer = await reader.post("/v1/reports", json=body)
    assert (answer.status_code, answer.json()["required_scope"]) == (403, "reports:write")


async def test_another_content_type_goes_the_same_way(intake: Intake) -> None:
    right = await intake.right()
    body = json.dumps(a_report(right["id"]))
    answer = await intake.brand.post(
        "/v1/reports", content=body, headers={"content-type": "application/json; charset=utf-8"}
    )
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("marketplaces", "url"),
    [
        (
            '[{"name": "bazaar", "patterns": ["bazaar\\\\.example/(?P<listing_id>\\\\d+)$"]}]',
            "https://bazaar.example/77",
        ),
    ],
)
async def test_the_marketplaces_are_the_operators_to_set(
    start_service: Callable[..., Awaitable[Running]], marketplaces: str, url: str
) -> None:
    intake = Intake(await start_service("intake", marketplaces=marketplaces))
    right = await intake.right()
    report = await intake.file(right["id"], items=[{"url": url}])
    assert report["items"][0]["listing_id"] == "77"
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"]))
    assert answer.json()["errors"][0]["code"] == "R_NOT_ON_MARKETPLACE"


async def test_the_largest_report_that_the_gateway_takes_leaves_the_outbox(intake: Intake) -> None:
    """Its event holds all that was filed; one that the broker refuses for its size would hold up all that follow."""
    right = await intake.right()
    body = a_report(right["id"], *range(700_000, 700_500))
    for item in body["items"]:
        item["explanation"] = "x" * 4000
    assert 2_000_000 < len(json.dumps(body)) < 2_097_152
    answer = await intake.brand.post("/v1/reports", json=body)
    assert answer.status_code == 201, answer.text

    async def published() -> bool:
        async with intake.running.database.pool.acquire() as connection:
            return not await connection.fetchval("SELECT count(*) FROM outbox WHERE stream_seq IS NULL")

    assert await intake.running.eventually(published)
