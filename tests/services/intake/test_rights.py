import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.intake.jobs import ticker
from shared.contracts.codes import RightState
from shared.contracts.events import RightExpired, RightExpiring, RightRejected, RightVerified
from shared.contracts.ids import RightId
from shared.runtime.clock import HeldClock
from shared.runtime.ids import new_id
from tests.days import office_today
from tests.services.intake.conftest import OTHER_RIGHTS, TRADEMARK, Intake

ALL_RIGHTS = {"trademark": TRADEMARK, **OTHER_RIGHTS}


@pytest.mark.parametrize("right_type", ALL_RIGHTS)
async def test_each_right_type_is_kept_as_it_was_given_and_waits_to_be_verified(
    intake: Intake, right_type: str
) -> None:
    given = ALL_RIGHTS[right_type]
    answer = await intake.brand.post("/v1/rights", json=given)
    assert answer.status_code == 201
    right = answer.json()
    assert right["state"] == "pending"
    assert right["version"] == 1
    assert [finding["code"] for finding in right["findings"]] == (
        ["N_ADDRESS_ONLY"] if right_type in {"copyright", "design"} else []
    )
    assert answer.headers["ETag"] == '"1"'
    for name, value in given.items():
        kept = right[name]
        assert kept | {"country": None} == value | {"country": None} if name == "owner" else kept == value, name
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json() == right


@pytest.mark.parametrize(
    ("right_type", "field"),
    [
        ("trademark", "registration_number"), ("trademark", "office"), ("trademark", "nice_classes"),
        ("trademark", "mark_text"), ("trademark", "owner"), ("trademark", "expires_on"), ("trademark", "mark_type"),
        ("copyright", "author"), ("copyright", "original_url"), ("copyright", "created_on"),
        ("copyright", "kind_of_work"),
        ("design", "views"), ("design", "locarno_classes"), ("design", "registration_number"),
        ("patent", "asserted_claim"), ("patent", "expires_on"), ("patent", "territories"),
        ("trade_dress", "features"), ("trade_dress", "non_functionality"), ("trade_dress", "territories"),
        ("geographical_indication", "product"), ("geographical_indication", "registration_number"),
    ],
)  # fmt: skip
async def test_what_a_right_type_cannot_do_without_is_asked_for_at_its_place(
    intake: Intake, right_type: str, field: str
) -> None:
    given = {name: value for name, value in ALL_RIGHTS[right_type].items() if name != field}
    answer = await intake.brand.post("/v1/rights", json=given)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
    assert await intake.count("rights") == 0


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"nice_classes": [0]}, "/nice_classes/0", "greater_than_equal"),
        ({"nice_classes": [46]}, "/nice_classes/0", "less_than_equal"),
        ({"nice_classes": ["25"]}, "/nice_classes/0", "int_type"),
        ({"expires_on": "2019-01-01"}, "/expires_on", "dates_reversed"),
        ({"expires_on": 1700000000}, "/expires_on", "date_not_text"),
        ({"territories": ["US"]}, "/territories", "territory_beyond_office"),
        ({"territories": ["XX"]}, "/territories/0", "country_unknown"),
        ({"owner": {"name": "Acme", "country": "de"}}, "/owner/country", "string_pattern_mismatch"),
        ({"owner": {"name": "Ac\u202eme"}}, "/owner/name", "text_bidi_override"),
        ({"owner": {"name": "Ac\x00me"}}, "/owner/name", "text_control_character"),
        ({"title": "A" * 301}, "/title", "too_long"),
        ({"title": "line\nbreak"}, "/title", "text_line_break"),
        ({"author": "not of a trademark"}, "/author", "extra_forbidden"),
        ({"type": "haiku"}, "/type", "union_tag_invalid"),
        ({"mark_image": "javascript:alert(1)"}, "/mark_image", "string_pattern_mismatch"),
    ],
)
async def test_a_bad_field_is_pointed_to_and_nothing_is_stored(
    intake: Intake, changes: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await intake.brand.post("/v1/rights", json={**TRADEMARK, **changes})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()["errors"]
    assert [(error["pointer"], error["code"]) for error in found] == [(pointer, code)]
    assert await intake.count("rights") == 0


async def test_half_a_character_is_refused_with_its_place(intake: Intake) -> None:
    raw = '{"type": "copyright", "title": "\\ud800", "owner": {"name": "A"}, "kind_of_work": "other", "author": "B", '
    raw += '"created_on": "2020-01-01", "original_url": "https://brand.example/a"}'
    answer = await intake.brand.post("/v1/rights", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/title"


async def test_an_odd_number_is_a_soft_finding(intake: Intake) -> None:
    right = await intake.right(
        verified=False, office="USPTO", registration_number="97123456", territories=[], owner={"name": "Acme Inc"}
    )
    assert right["territories"] == ["US"]
    (finding,) = right["findings"]
    assert (finding["code"], finding["severity"]) == ("N_REGISTRATION_NUMBER_INVALID", "warns")
    assert finding["pointer"] == "/registration_number"
    assert "serial number" in finding["message"]


async def test_only_the_operator_verifies_and_the_owner_is_told(intake: Intake) -> None:
    right = await intake.right(verified=False)
    assert (await intake.brand.post(f"/v1/rights/{right['id']}/verify")).status_code == 404
    assert (
        await intake.brand.post(f"/v1/rights/{right['id']}/reject", json={"code": "R_RIGHT_CANCELLED"})
    ).status_code == 404
    answer = await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    assert answer.status_code == 200
    assert answer.json()["state"] == "verified"
    (event,) = await intake.running.recorded(RightVerified)
    assert event.right.id == right["id"]
    assert event.right.version == event.version == 2
    assert event.right.details["mark_text"] == "ACME"
    again = await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    assert (again.status_code, again.json()["code"]) == (409, "right_state_conflict")


async def test_a_rejected_right_says_why_and_is_looked_at_again_once_mended(intake: Intake) -> None:
    right = await intake.right(verified=False)
    accepting = await intake.operator.post(f"/v1/rights/{right['id']}/reject", json={"code": "A_PATENT"})
    assert (accepting.status_code, accepting.json()["errors"][0]["pointer"]) == (422, "/code")
    body = {"code": "N_REGISTRATION_NOT_FOUND", "note": "No such number."}
    answer = await intake.operator.post(f"/v1/rights/{right['id']}/reject", json=body)
    assert answer.json()["state"] == "rejected"
    assert answer.json()["rejection"] == body
    (event,) = await intake.running.recorded(RightRejected)
    assert (event.code, event.note) == ("N_REGISTRATION_NOT_FOUND", "No such number.")
    mended = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"registration_number": "018012346"})
    assert mended.json()["state"] == "pending"
    assert mended.json()["rejection"] is None


async def test_a_substantial_change_has_a_verified_right_verified_again(intake: Intake) -> None:
    right = await intake.right()
    cosmetic = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"title": "Acme, the word"})
    assert (cosmetic.json()["state"], cosmetic.json()["version"]) == ("verified", 3)
    substantial = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"nice_classes": [18, 25]})
    assert (substantial.json()["state"], substantial.json()["version"]) == ("pending", 4)
    assert substantial.json()["verified_at"] is None
    same = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"nice_classes": [18, 25]})
    assert same.json()["version"] == 4


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"expires_on": "2001-01-01"}, "/expires_on"),
        ({"expires_on": None}, "/expires_on"),
        ({"author": "not of a trademark"}, "/author"),
        ({"state": "verified"}, "/state"),
        ({"nice_classes": [99]}, "/nice_classes/0"),
    ],
)
async def test_a_change_that_leaves_the_right_broken_is_refused(
    intake: Intake, changes: dict[str, Any], pointer: str
) -> None:
    right = await intake.right()
    answer = await intake.brand.patch(f"/v1/rights/{right['id']}", json=changes)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json() == right


async def test_a_change_of_what_was_read_before_someone_elses_is_refused(intake: Intake) -> None:
    right = await intake.right()
    stale = {"If-Match": '"1"'}
    answer = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"title": "B"}, headers=stale)
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    fresh = {"If-Match": '"2"'}
    answer = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"title": "B"}, headers=fresh)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"3"')


async def test_of_concurrent_changes_under_one_version_one_is_made(intake: Intake) -> None:
    right = await intake.right()
    answers = await asyncio.gather(
        *(
            intake.brand.patch(f"/v1/rights/{right['id']}", json={"title": f"T{n}"}, headers={"If-Match": '"2"'})
            for n in range(5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_every_version_is_kept_and_none_can_be_changed(intake: Intake) -> None:
    right = await intake.right()
    await intake.brand.patch(f"/v1/rights/{right['id']}", json={"nice_classes": [18]})
    async with intake.running.database.pool.acquire() as connection:
        rows = await connection.fetch("SELECT version, snapshot FROM right_versions ORDER BY version")
        assert [(row["version"], row["snapshot"]["state"]) for row in rows] == [
            (1, "pending"), (2, "verified"), (3, "pending"),
        ]  # fmt: skip
        assert [row["snapshot"]["nice_classes"] for row in rows] == [[25], [25], [18]]
        with pytest.raises(asyncpg.RaiseError, match="immutable"):
            await connection.execute("UPDATE right_versions SET snapshot = '{}'")


async def test_anothers_right_is_not_there(intake: Intake) -> None:
    right = await intake.right()
    for method, path, body in (
        ("GET", "", None), ("PATCH", "", {"title": "mine"}), ("POST", "/verify", None),
        ("POST", "/reject", {"code": "R_RIGHT_CANCELLED"}),
    ):  # fmt: skip
        answer = await intake.other.request(method, f"/v1/rights/{right['id']}{path}", json=body)
        assert answer.status_code == 404, method + path
    assert (await intake.other.get("/v1/rights")).json()["data"] == []
    assert (await intake.brand.get(f"/v1/rights/{new_id(RightId)}")).json()["code"] == "right_not_found"
    assert (await intake.brand.get("/v1/rights/rgt_nonsense")).status_code == 422


async def test_rights_are_listed_by_type_and_state_in_pages(intake: Intake) -> None:
    for number in range(3):
        await intake.right(verified=False, title=f"T{number}")
    assert (await intake.brand.post("/v1/rights", json=OTHER_RIGHTS["copyright"])).status_code == 201
    verified = await intake.right(title="V")
    listed = (await intake.brand.get("/v1/rights", params={"state": "verified"})).json()["data"]
    assert [right["id"] for right in listed] == [verified["id"]]
    listed = (await intake.brand.get("/v1/rights", params={"type": "copyright"})).json()["data"]
    assert [right["title"] for right in listed] == ["The Lighthouse"]
    first = (await intake.brand.get("/v1/rights", params={"limit": 3})).json()
    second = (await intake.brand.get("/v1/rights", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    titles = [right["title"] for right in first["data"] + second["data"]]
    assert titles == ["V", "The Lighthouse", "T2", "T1", "T0"]
    assert second["next_cursor"] is None
    tampered = first["next_cursor"][:-2] + "AA"
    answer = await intake.brand.get("/v1/rights", params={"limit": 3, "cursor": tampered})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
    assert (await intake.brand.get("/v1/rights", params={"state": "on fire"})).status_code == 422
    assert len((await intake.operator.get("/v1/rights")).json()["data"]) == 5


async def test_a_repeated_request_makes_one_right(intake: Intake) -> None:
    key = {"Idempotency-Key": "a-right"}
    first = await intake.brand.post("/v1/rights", json=TRADEMARK, headers=key)
    second = await intake.brand.post("/v1/rights", json=TRADEMARK, headers=key)
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    reused = await intake.brand.post("/v1/rights", json={**TRADEMARK, "title": "B"}, headers=key)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert await intake.count("rights") == 1


def _at(day: date) -> HeldClock:
    return HeldClock(datetime(day.year, day.month, day.day, 1, tzinfo=UTC))


async def test_the_end_of_a_right_is_announced_30_and_7_days_before_and_then_comes(intake: Intake) -> None:
    ends = office_today() + timedelta(days=60)
    right = await intake.right(expires_on=ends.isoformat())
    database = intake.running.database
    for days, told in ((31, []), (30, [30]), (8, [30]), (7, [30, 7]), (0, [30, 7])):
        await ticker.tick(database, _at(ends - timedelta(days=days)))
        assert [event.days_left for event in await intake.running.recorded(RightExpiring)] == told
    assert await intake.running.recorded(RightExpired) == []
    await ticker.tick(database, _at(ends + timedelta(days=1)))
    (event,) = await intake.running.recorded(RightExpired)
    assert (event.right_id, event.expires_on, event.version) == (right["id"], ends, 3)
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json()["state"] == RightState.EXPIRED
    renewed = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"expires_on": "2060-01-01"})
    assert renewed.json()["state"] == "pending"


async def test_a_right_that_is_renewed_in_time_does_not_end(intake: Intake) -> None:
    ends = office_today() + timedelta(days=10)
    right = await intake.right(expires_on=ends.isoformat())
    await intake.brand.patch(f"/v1/rights/{right['id']}", json={"expires_on": "2060-01-01"})
    await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    await ticker.tick(intake.running.database, _at(ends + timedelta(days=1)))
    assert await intake.running.recorded(RightExpired) == []
    assert [event.expires_on for event in await intake.running.recorded(RightExpiring)] == [ends]


@pytest.mark.parametrize(
    ("days", "told", "later"), [(60, [], [30, 7]), (30, [30], [7]), (20, [20], [7]), (7, [7], []), (3, [3], [])]
)
async def test_a_right_that_is_verified_late_is_announced_at_once_and_each_reminder_once(
    intake: Intake, days: int, told: list[int], later: list[int]
) -> None:
    ends = office_today() + timedelta(days=days)
    right = await intake.right(expires_on=ends.isoformat())
    assert [event.days_left for event in await intake.running.recorded(RightExpiring)] == told
    await intake.brand.patch(f"/v1/rights/{right['id']}", json={"nice_classes": [18]})
    await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    for left in range(min(days, 31), -1, -1):
        await ticker.tick(intake.running.database, _at(ends - timedelta(days=left)))
    assert [event.days_left for event in await intake.running.recorded(RightExpiring)] == told + later


async def test_reminders_that_come_due_together_are_one(intake: Intake) -> None:
    ends = office_today() + timedelta(days=60)
    await intake.right(expires_on=ends.isoformat())
    await ticker.tick(intake.running.database, _at(ends - timedelta(days=5)))
    assert [event.days_left for event in await intake.running.recorded(RightExpiring)] == [5]


async def test_a_right_that_is_over_cannot_be_verified(intake: Intake) -> None:
    right = await intake.right(verified=False, expires_on="2021-01-02")
    assert [finding["code"] for finding in right["findings"]] == ["R_RIGHT_EXPIRED"]
    answer = await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    assert (answer.status_code, answer.json()["code"]) == (409, "right_over")
