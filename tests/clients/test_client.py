"""The client for partners: what it tries again, what it raises, how it reads lists and streams."""

import json
from typing import Any

import pytest

pytest.importorskip("marque_client.core", reason="the client is not made: python -m tools.clients parts")

from marque_client import (
    ApiError,
    AsyncMarque,
    Conflict,
    Invalid,
    LeaseLost,
    Marque,
    MarqueError,
    NotDecidedYet,
    NotFound,
    RateLimited,
    Retries,
    ServerError,
    Unreachable,
)
from marque_client.core.api.accounts import change_account
from marque_client.core.api.severities import delete_severity_rule
from marque_client.core.api.standing import read_standing
from marque_client.core.models.item_state import ItemState
from tests.clients.conftest import Server
from tools.openapi import COMMITTED

QUICK = Retries(tries=3, first_seconds=0.001)
EXAMPLES = json.loads(COMMITTED.read_text(encoding="utf-8"))["components"]["examples"]


def _example(name: str, **changes: Any) -> bytes:
    return json.dumps({**EXAMPLES[name]["value"], **changes}).encode()


def _problem(code: str, **more: Any) -> bytes:
    return json.dumps({"code": code, "title": "No", "detail": "No.", "request_id": "req_1", **more}).encode()


def _marque(server: Server, retries: Retries = QUICK) -> Marque:
    return Marque(server.url, "mq_live_key", retries=retries)


def test_a_post_is_sent_again_under_one_idempotency_key(server: Server) -> None:
    server.answer(503, _problem("service_away"))
    server.answer(0)
    server.answer(201, _example("ReportOut"))
    with _marque(server) as marque:
        report = marque.reports.file({"claim": "counterfeit"})
    assert report.state == "received"
    first, second, third = server.keys()
    assert first is not None
    assert first == second == third
    assert {body for *_, body in server.asked} == {b'{"claim":"counterfeit"}'}
    assert server.asked[0][2]["authorization"] == "Bearer mq_live_key"


def test_a_key_of_the_callers_own_is_kept(server: Server) -> None:
    server.answer(201, _example("ReportOut"))
    with _marque(server) as marque:
        marque.reports.file({}, idempotency_key="case-1042")
    assert server.keys() == ["case-1042"]


def test_an_upload_is_sent_again_whole(server: Server) -> None:
    server.answer(502, b"<html>")
    server.answer(201, _example("EvidenceOut"))
    with _marque(server) as marque:
        marque.evidence.upload(b"\x89PNG--+++--", name="label.png")
    first, second = (body for *_, body in server.asked)
    assert first == second
    assert b'filename="label.png"' in first
    assert b"\x89PNG--+++--" in first
    assert b"--+++\r\n" not in first, "a boundary that could stand in the file"


def test_while_an_earlier_try_is_still_running_the_client_waits_for_it(server: Server) -> None:
    server.answer(409, _problem("idempotency_key_in_use"))
    server.answer(201, _example("ReportOut"))
    with _marque(server) as marque:
        assert marque.reports.file({}).state == "received"


@pytest.mark.parametrize(("status", "headers"), [(500, {}), (409, {}), (404, {})])
def test_what_would_be_answered_alike_is_not_tried_again(server: Server, status: int, headers: dict[str, str]) -> None:
    server.answer(status, _problem("some_code"), **headers)
    with _marque(server) as marque, pytest.raises(ApiError) as raised:
        marque.reports.get("rep_1")
    assert (raised.value.status, raised.value.code, raised.value.request_id) == (status, "some_code", "req_1")
    assert len(server.asked) == 1


def test_what_may_not_be_done_twice_is_not_sent_again_when_the_answer_is_lost(server: Server) -> None:
    server.answer(0)
    with _marque(server) as marque, pytest.raises(Unreachable):
        marque.call(change_account, account_id="acc_1", body={"name": "New"})
    assert len(server.asked) == 1


def test_a_limit_is_waited_for_and_one_of_an_hour_is_raised(server: Server) -> None:
    server.answer(429, _problem("rate_limited"), Retry_After="0")
    server.answer(204, b"")
    server.answer(429, _problem("rate_limited"), Retry_After="3600")
    with _marque(server) as marque:
        marque.call(delete_severity_rule, rule_id="rul_1")
        with pytest.raises(RateLimited) as raised:
            marque.call(delete_severity_rule, rule_id="rul_1")
    assert raised.value.retry_after == 3600
    assert len(server.asked) == 3


def test_after_the_last_try_the_last_refusal_is_raised(server: Server) -> None:
    for _ in range(3):
        server.answer(503, b"no problem details", Retry_After="0")
    with _marque(server) as marque, pytest.raises(ServerError, match="503"):
        marque.reports.get("rep_1")
    assert len(server.asked) == 3


def test_a_platform_that_is_not_there_is_unreachable() -> None:
    with Marque("http://127.0.0.1:9", "key", retries=QUICK) as marque, pytest.raises(Unreachable, match="GET"):
        marque.reports.get("rep_1")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(404, "not_found", NotFound), (409, "lease_lost", LeaseLost), (409, "own_account", Conflict)],
)
def test_each_refusal_has_its_error(server: Server, status: int, code: str, kind: type[ApiError]) -> None:
    server.answer(status, _problem(code))
    with _marque(server) as marque, pytest.raises(ApiError) as raised:
        marque.call(read_standing)
    assert type(raised.value) is kind


def test_an_invalid_field_says_what_was_probably_meant(server: Server) -> None:
    entry = {"pointer": "/claim", "code": "enum", "message": "Not one of them.", "suggestion": "counterfeit"}
    server.answer(422, _problem("validation_failed", errors=[{**entry, "allowed": ["counterfeit", "design"]}]))
    with _marque(server) as marque, pytest.raises(Invalid, match=r"/claim: Not one of them\.") as raised:
        marque.reports.file({"claim": "counterfiet"})
    (found,) = raised.value.errors
    assert (found.pointer, found.suggestion, found.allowed) == ("/claim", "counterfeit", ("counterfeit", "design"))


def test_a_list_is_read_page_by_page(server: Server) -> None:
    page = EXAMPLES["EventPage"]["value"]
    server.answer(200, json.dumps({**page, "next_cursor": "next"}).encode())
    server.answer(200, json.dumps({"data": [], "next_cursor": "last"}).encode())
    server.answer(200, json.dumps(page).encode())
    with _marque(server) as marque:
        events = list(marque.events.each(types=["decision.*"], after="evt_1"))
    assert [event.type_ for event in events] == ["marque.decision.made.v1"] * 2
    assert [path for _, path, _, _ in server.asked] == [
        "/v1/events?types=decision.%2A&after=evt_1&limit=200",
        "/v1/events?types=decision.%2A&limit=200&cursor=next",
        "/v1/events?types=decision.%2A&limit=200&cursor=last",
    ]


def test_a_stream_goes_on_after_the_last_event_when_it_breaks(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marque_client.sync.resources._RECONNECT_SECONDS", 0)
    first, second = ({**EXAMPLES["EventPage"]["value"]["data"][0], "id": f"evt_{one}"} for one in ("one", "two"))
    stream = f"retry: 2000\n\nid: evt_one\nevent: x\ndata: {json.dumps(first)}\n\n: still here\n\ndata: {{cut"
    server.answer(200, stream.encode(), Content_Type="text/event-stream")
    server.answer(200, f"data: {json.dumps(second)}\n\n".encode(), Content_Type="text/event-stream")
    with _marque(server) as marque:
        following = marque.events.follow()
        assert [next(following).id, next(following).id] == ["evt_one", "evt_two"]
        following.close()  # type: ignore[attr-defined] # a generator
    assert [path for _, path, _, _ in server.asked] == ["/v1/events", "/v1/events?after=evt_one"]


def test_waiting_for_a_decision_ends_when_its_time_is_over(server: Server) -> None:
    server.answer(200, _example("ReportInFullOut", completed_at=None, state="in_review"))
    with _marque(server) as marque, pytest.raises(NotDecidedYet, match="is in_review after 0 seconds"):
        marque.reports.wait_for_decision("rep_1", seconds=0)


def test_a_code_of_a_newer_platform_is_taken_as_it_is() -> None:
    assert ItemState("accepted") is ItemState.ACCEPTED
    newer = ItemState("mediated")
    assert (newer, newer.value, str(newer)) == ("mediated", "mediated", "mediated")
    with pytest.raises(ValueError, match="None"):
        ItemState(None)  # type: ignore[arg-type] # what JSON may hold all the same


def test_without_an_address_and_a_key_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MARQUE_URL", raising=False)
    monkeypatch.delenv("MARQUE_KEY", raising=False)
    with pytest.raises(MarqueError, match="MARQUE_URL and MARQUE_KEY"):
        Marque()


async def test_the_client_for_asyncio_does_the_same(server: Server) -> None:
    server.answer(503, _problem("service_away"))
    server.answer(201, _example("ReportOut"))
    server.answer(404, _problem("not_found"))
    async with AsyncMarque(server.url, "key", retries=QUICK) as marque:
        assert (await marque.reports.file({})).state == "received"
        with pytest.raises(NotFound):
            await marque.reports.get("rep_1")
    first, second, _ = server.keys()
    assert first == second
