"""Authorities: what an agent or a licensee needs before it reports under another's right."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.jobs import ticker
from services.intake.vault.authorities.states import AuthorityStep, authority_after
from shared.contracts.authority_codes import AuthorityState
from shared.contracts.events import (
    AuthorityExpired,
    AuthorityExpiring,
    AuthorityRejected,
    AuthorityRevoked,
    AuthorityVerified,
    ReportSubmitted,
)
from shared.contracts.ids import AuthorityId, EvidenceId, RightId
from shared.runtime.clock import HeldClock
from shared.runtime.ids import new_id
from tests.days import office_today
from tests.services.intake.conftest import Intake, a_report
from tests.services.intake.decisions import leave_review
from tests.services.intake.rows import as_csv, defaults, over, refused, send, url

AUTHORITY: dict[str, Any] = {
    "kind": "power_of_attorney", "principal": {"name": "Acme GmbH", "country": "DE"}, "right_types": ["trademark"],
    "territories": ["EU"], "valid_from": "2020-01-01", "valid_to": "2050-01-01",
}  # fmt: skip


async def an_authority(intake: Intake, *, verified: bool = True, **changes: Any) -> dict[str, Any]:
    """An authority in the brand's vault. What is None is left out."""
    body = {name: value for name, value in {**AUTHORITY, **changes}.items() if value is not None}
    answer = await intake.brand.post("/v1/authorities", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return await operate(intake, found, "verify") if verified else found


async def operate(intake: Intake, authority: dict[str, Any], step: str, body: Any = None) -> dict[str, Any]:
    answer = await intake.operator.post(f"/v1/authorities/{authority['id']}/{step}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def codes(intake: Intake, right: dict[str, Any], **changes: Any) -> list[str]:
    """What filing under a right and looking before find, which must be the same: the codes that block."""
    body = a_report(right["id"], **changes)
    looked = (await intake.brand.post("/v1/reports/preflight", json=body)).json()
    found = [finding["code"] for finding in looked["findings"] if finding["severity"] == "blocks"]
    filed = await intake.brand.post("/v1/reports", json=body)
    assert filed.status_code == (422 if found else 201), filed.text
    if found:
        assert [error["code"] for error in filed.json()["errors"]] == found
    else:
        withdrawn = await intake.brand.post(f"/v1/reports/{filed.json()['id']}/withdraw", json={})
        assert withdrawn.status_code == 202, withdrawn.text
        await leave_review(intake, filed.json()["id"])
    return found


async def test_an_owner_needs_no_authority_and_a_right_is_held_as_owner_unless_said_otherwise(intake: Intake) -> None:
    right = await intake.right()
    assert right["held_as"] == "owner"
    report = await intake.file(right["id"])
    assert (report["authority_id"], report["authority_version"]) == (None, None)
    (event,) = await intake.running.recorded(ReportSubmitted)
    assert (event.authority, event.right.held_as) == (None, "owner")


@pytest.mark.parametrize("held_as", ["agent", "licensee"])
async def test_who_does_not_own_a_right_reports_by_a_verified_authority(intake: Intake, held_as: str) -> None:
    right = await intake.right(held_as=held_as)
    assert await codes(intake, right) == ["N_AUTHORITY_MISSING"]
    authority = await an_authority(intake, verified=False)
    assert (authority["state"], authority["version"], authority["right_ids"]) == ("pending", 1, None)
    assert await codes(intake, right) == ["N_AUTHORITY_MISSING"]
    authority = await operate(intake, authority, "verify")
    report = await intake.file(right["id"])
    assert (report["authority_id"], report["authority_version"]) == (authority["id"], 2)
    read = await intake.read(report)
    assert (read["authority_id"], read["authority_version"]) == (authority["id"], 2)
    (event,) = await intake.running.recorded(ReportSubmitted)
    assert event.authority is not None
    assert (event.authority.id, event.authority.version, event.right.held_as) == (authority["id"], 2, held_as)
    (told,) = await intake.running.recorded(AuthorityVerified)
    assert (told.version, told.authority.id, told.authority.principal.name) == (2, authority["id"], "Acme GmbH")


async def test_the_authority_of_one_principal_says_nothing_of_anothers_rights(intake: Intake) -> None:
    right = await intake.right(held_as="agent", owner={"name": "Beta SA", "country": "FR"})
    await an_authority(intake)
    assert await codes(intake, right) == ["N_AUTHORITY_SCOPE"]
    await an_authority(intake, principal={"name": "beta  sa"})
    assert await codes(intake, right) == []


async def test_an_authority_of_another_account_does_not_help(intake: Intake) -> None:
    right = await intake.right(held_as="agent", by=intake.other)
    await an_authority(intake)
    answer = await intake.other.post("/v1/reports", json=a_report(right["id"]))
    assert [error["code"] for error in answer.json()["errors"]] == ["N_AUTHORITY_MISSING"]


@pytest.mark.parametrize(
    ("changes", "report", "expected"),
    [
        ({"right_types": ["copyright"]}, {}, ["N_AUTHORITY_SCOPE"]),
        ({"right_types": []}, {}, []),
        ({"territories": ["DE"]}, {"markets": ["DE", "FR"]}, ["N_AUTHORITY_SCOPE"]),
        ({"territories": ["DE"]}, {"markets": ["DE"]}, []),
        ({"territories": ["DE"]}, {"markets": []}, ["N_AUTHORITY_SCOPE"]),
        ({"territories": []}, {"markets": []}, []),
        ({"territories": ["DE"]}, {"markets": ["DE", "US"]}, []),  # that the right does not hold there is said anyway
        ({"valid_to": None}, {}, []),
        ({"valid_from": "2049-12-31"}, {}, ["N_AUTHORITY_MISSING"]),
    ],
)
async def test_an_authority_reaches_as_far_as_it_says(
    intake: Intake, changes: dict[str, Any], report: dict[str, Any], expected: list[str]
) -> None:
    right = await intake.right(held_as="agent")
    await an_authority(intake, **changes)
    assert await codes(intake, right, **report) == expected


async def test_an_authority_may_name_its_rights(intake: Intake) -> None:
    named = await intake.right(held_as="licensee", owner={"name": "Someone else"})
    other = await intake.right(held_as="licensee", registration_number="018012346")
    authority = await an_authority(intake, right_ids=[named["id"], named["id"]])
    assert authority["right_ids"] == [named["id"]]
    assert await codes(intake, named) == []
    assert await codes(intake, other) == ["N_AUTHORITY_SCOPE"]


async def test_of_several_authorities_one_that_reaches_is_enough(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    german = await an_authority(intake, territories=["DE"])
    await an_authority(intake, territories=["FR"])
    report = await intake.file(right["id"], 1, markets=["DE"])
    assert report["authority_id"] == german["id"]
    assert await codes(intake, right, markets=["DE", "FR"]) == ["N_AUTHORITY_SCOPE"]


async def test_a_revoked_authority_is_caught_although_the_right_was_at_hand(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    authority = await an_authority(intake)
    await intake.file(right["id"], 1)
    answer = await intake.brand.post(f"/v1/authorities/{authority['id']}/revoke")
    assert (answer.status_code, answer.json()["state"], answer.headers["ETag"]) == (200, "revoked", '"3"')
    (told,) = await intake.running.recorded(AuthorityRevoked)
    assert (told.version, told.authority_id) == (3, authority["id"])
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"], 2))
    assert [error["code"] for error in answer.json()["errors"]] == ["N_AUTHORITY_EXPIRED"]
    assert await codes(intake, right) == ["N_AUTHORITY_EXPIRED"]
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json()["version"] == right["version"]
    again = await intake.brand.post(f"/v1/authorities/{authority['id']}/revoke")
    assert (again.status_code, again.json()["code"]) == (409, "authority_state_conflict")
    verified = await intake.operator.post(f"/v1/authorities/{authority['id']}/verify")
    assert (verified.status_code, verified.json()["code"]) == (409, "authority_state_conflict")
    changed = await intake.brand.patch(f"/v1/authorities/{authority['id']}", json={"territories": ["DE"]})
    assert (changed.status_code, changed.json()["code"]) == (409, "authority_state_conflict")


async def test_an_authority_revoked_while_reports_come_in_is_in_none_that_came_later(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    authority = await an_authority(intake)
    await intake.file(right["id"], 0)
    *filed, revoked = await asyncio.gather(
        *(intake.brand.post("/v1/reports", json=a_report(right["id"], n)) for n in range(1, 21)),
        intake.brand.post(f"/v1/authorities/{authority['id']}/revoke"),
    )
    assert revoked.status_code == 200
    assert {answer.status_code for answer in filed} <= {201, 422}
    taken = [answer.json() for answer in filed if answer.status_code == 201]
    assert {report["authority_version"] for report in taken} <= {2}
    assert await intake.count("reports") == 1 + len(taken)
    late = await intake.brand.post("/v1/reports", json=a_report(right["id"], 21))
    assert [error["code"] for error in late.json()["errors"]] == ["N_AUTHORITY_EXPIRED"]


async def test_a_right_that_turns_out_to_be_anothers_is_looked_at_again(intake: Intake) -> None:
    right = await intake.right()
    changed = (await intake.brand.patch(f"/v1/rights/{right['id']}", json={"held_as": "licensee"})).json()
    assert (changed["state"], changed["held_as"]) == ("pending", "licensee")
    assert await codes(intake, right) == ["R_RIGHT_PENDING", "N_AUTHORITY_MISSING"]
    wrong = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"held_as": "friend"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/held_as")


async def test_another_authority_steps_in_for_a_revoked_one(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    first, second = await an_authority(intake), await an_authority(intake, kind="licence")
    assert (await intake.file(right["id"], 1))["authority_id"] == second["id"]
    await intake.brand.post(f"/v1/authorities/{second['id']}/revoke")
    assert (await intake.file(right["id"], 2))["authority_id"] == first["id"]


async def test_one_that_was_never_verified_did_not_end(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    authority = await an_authority(intake, verified=False)
    await intake.brand.post(f"/v1/authorities/{authority['id']}/revoke")
    assert await codes(intake, right) == ["N_AUTHORITY_MISSING"]


async def test_a_changed_authority_is_read_again_before_it_counts(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    authority = await an_authority(intake)
    await intake.file(right["id"], 1)
    same = await intake.brand.patch(f"/v1/authorities/{authority['id']}", json={"territories": ["EU"]})
    assert (same.json()["state"], same.json()["version"]) == ("verified", 2)
    changed = await intake.brand.patch(f"/v1/authorities/{authority['id']}", json={"territories": ["DE"]})
    assert (changed.json()["state"], changed.json()["version"], changed.json()["verified_at"]) == ("pending", 3, None)
    assert await codes(intake, right) == ["N_AUTHORITY_MISSING"]
    await operate(intake, authority, "verify")
    assert await codes(intake, right, markets=["DE"]) == []


async def test_a_rejected_authority_says_why(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    authority = await an_authority(intake)
    await intake.file(right["id"], 1)
    accepting = await intake.operator.post(f"/v1/authorities/{authority['id']}/reject", json={"code": "A_PATENT"})
    assert (accepting.status_code, accepting.json()["errors"][0]["pointer"]) == (422, "/code")
    why = {"code": "R_IMPERSONATION", "note": "The principal knows nothing of it."}
    rejected = await operate(intake, authority, "reject", why)
    assert (rejected["state"], rejected["rejection"]) == ("rejected", why)
    (told,) = await intake.running.recorded(AuthorityRejected)
    assert (told.code, told.note) == ("R_IMPERSONATION", why["note"])
    assert await codes(intake, right) == ["N_AUTHORITY_MISSING"]


def _at(day: date) -> HeldClock:
    return HeldClock(datetime(day.year, day.month, day.day, 1, tzinfo=UTC))


async def test_the_end_of_an_authority_is_announced_each_time_once_and_then_comes(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    ends = office_today() + timedelta(days=60)
    authority = await an_authority(intake, valid_to=ends.isoformat())
    await intake.file(right["id"], 1)
    for days, told in ((31, []), (30, [30]), (29, [30]), (7, [30, 7]), (0, [30, 7])):
        await ticker.tick(intake.running.database, _at(ends - timedelta(days=days)))
        assert [event.days_left for event in await intake.running.recorded(AuthorityExpiring)] == told
    await ticker.tick(intake.running.database, _at(ends + timedelta(days=1)))
    (event,) = await intake.running.recorded(AuthorityExpired)
    assert (event.authority_id, event.valid_to, event.version) == (authority["id"], ends, 3)
    assert await codes(intake, right) == ["N_AUTHORITY_EXPIRED"]
    assert (await intake.brand.get("/v1/authorities?state=expired")).json()["data"][0]["id"] == authority["id"]


async def test_one_that_is_verified_late_is_announced_at_once(intake: Intake) -> None:
    ends = office_today() + timedelta(days=5)
    await an_authority(intake, valid_to=ends.isoformat())
    assert [event.days_left for event in await intake.running.recorded(AuthorityExpiring)] == [5]
    over = await an_authority(intake, verified=False, valid_to="2021-01-01")
    answer = await intake.operator.post(f"/v1/authorities/{over['id']}/verify")
    assert (answer.status_code, answer.json()["code"]) == (409, "authority_over")


async def test_imports_are_held_to_the_same_authorities(intake: Intake) -> None:
    right = await intake.right(held_as="agent")
    await an_authority(intake, territories=["DE"])
    file = as_csv([["url", "markets"], [url(1), "DE"], [url(2), "FR"]])
    found = await over(intake, await send(intake.brand, file, defaults(right["id"])))
    assert (found["filed"], found["refused"]) == (1, 1)
    (row,) = await refused(intake, found)
    assert (row["import_row"], row["import_codes"]) == ("3", "N_AUTHORITY_SCOPE")


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "hearsay"}, "/kind", "enum"),
    ({"principal": {"country": "DE"}}, "/principal/name", "missing"),
    ({"principal": {"name": "Acme", "country": "XX"}}, "/principal/country", "country_unknown"),
    ({"valid_to": "2019-01-01"}, "/valid_to", "dates_reversed"),
    ({"valid_from": None}, "/valid_from", "date_not_text"),
    ({"valid_from": 20200101}, "/valid_from", "date_not_text"),
    ({"evidence_id": "evd_nonsense"}, "/evidence_id", "value_error"),
    ({"right_ids": []}, "/right_ids", "too_short"),
    ({"right_types": ["haiku"]}, "/right_types/0", "enum"),
    ({"territories": ["EU"] * 251}, "/territories", "too_long"),
    ({"state": "verified"}, "/state", "extra_forbidden"),
]


async def test_a_bad_field_is_pointed_to_and_nothing_is_stored(intake: Intake) -> None:
    for changes, pointer, code in BAD:
        answer = await intake.brand.post("/v1/authorities", json={**AUTHORITY, **changes})
        assert answer.status_code == 422, changes
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert await intake.count("authorities") == 0


async def test_an_authority_names_rights_and_evidence_of_its_own_account_alone(intake: Intake) -> None:
    own, others = await intake.right(), await intake.right(by=intake.other)
    for wrong in (others["id"], str(new_id(RightId))):
        answer = await intake.brand.post("/v1/authorities", json={**AUTHORITY, "right_ids": [own["id"], wrong]})
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/right_ids/1", "right_not_found")]
    for strange in (str(new_id(EvidenceId)), (await intake.evidence(by=intake.other))["id"]):
        answer = await intake.brand.post("/v1/authorities", json={**AUTHORITY, "evidence_id": strange})
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            ("/evidence_id", "N_EVIDENCE_NOT_FOUND")
        ]
    authority = await an_authority(intake, verified=False, evidence_id=(await intake.evidence())["id"])
    answer = await intake.brand.patch(f"/v1/authorities/{authority['id']}", json={"right_ids": [others["id"]]})
    assert answer.status_code == 422
    cleared = await intake.brand.patch(f"/v1/authorities/{authority['id']}", json={"evidence_id": None})
    assert (cleared.json()["evidence_id"], cleared.json()["version"]) == (None, 2)


async def test_every_version_of_an_authority_can_be_read_and_none_changed(intake: Intake) -> None:
    authority = await an_authority(intake)
    await intake.brand.patch(f"/v1/authorities/{authority['id']}", json={"territories": ["DE"]})
    path = f"/v1/authorities/{authority['id']}/versions"
    first = (await intake.brand.get(path, params={"limit": 2})).json()
    rest = (await intake.brand.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    kept = [*first["data"], *rest["data"]]
    assert [(one["version"], one["state"], one["territories"]) for one in kept] == [
        (3, "pending", ["DE"]), (2, "verified", ["EU"]), (1, "pending", ["EU"]),
    ]  # fmt: skip
    assert (await intake.brand.get(f"{path}/2")).json() == kept[1]
    missing = await intake.brand.get(f"{path}/4")
    assert (missing.status_code, missing.json()["code"]) == (404, "version_not_found")
    async with intake.running.database.pool.acquire() as connection:
        with pytest.raises(asyncpg.RaiseError, match="immutable"):
            await connection.execute("UPDATE authority_versions SET snapshot = '{}'")


async def test_anothers_authority_is_not_there(intake: Intake) -> None:
    authority = await an_authority(intake)
    for method, path, body in (
        ("GET", "", None), ("PATCH", "", {"territories": ["DE"]}), ("POST", "/verify", None), ("POST", "/revoke", None),
        ("POST", "/reject", {"code": "R_IMPERSONATION"}), ("GET", "/versions", None), ("GET", "/versions/1", None),
    ):  # fmt: skip
        answer = await intake.other.request(method, f"/v1/authorities/{authority['id']}{path}", json=body)
        assert answer.status_code == 404, method + path
    for step in ("verify", "reject"):
        answer = await intake.brand.post(f"/v1/authorities/{authority['id']}/{step}", json={"code": "R_IMPERSONATION"})
        assert answer.status_code == 404, step
    assert (await intake.operator.post(f"/v1/authorities/{authority['id']}/revoke")).status_code == 404
    assert (await intake.other.get("/v1/authorities")).json()["data"] == []
    assert len((await intake.operator.get("/v1/authorities")).json()["data"]) == 1
    missing = await intake.brand.get(f"/v1/authorities/{new_id(AuthorityId)}")
    assert (missing.status_code, missing.json()["code"]) == (404, "authority_not_found")


async def test_of_concurrent_changes_under_one_version_one_is_made_and_a_repeated_request_makes_one(
    intake: Intake,
) -> None:
    key = {"Idempotency-Key": "an-authority"}
    first = await intake.brand.post("/v1/authorities", json=AUTHORITY, headers=key)
    again = await intake.brand.post("/v1/authorities", json=AUTHORITY, headers=key)
    assert again.json() == first.json()
    assert (await intake.count("authorities"), first.headers["ETag"]) == (1, '"1"')
    path = f"/v1/authorities/{first.json()['id']}"
    answers = await asyncio.gather(
        *(
            intake.brand.patch(path, json={"territories": [land]}, headers={"If-Match": '"1"'})
            for land in ("DE", "FR", "IT", "ES")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["verify", "reject", "revise", "revoke"]), min_size=1, max_size=6))
async def test_calls_move_an_authority_as_its_table_says(intake: Intake, steps: list[str]) -> None:
    authority = await an_authority(intake, verified=False)
    state, version = AuthorityState.PENDING, 1
    for number, step in enumerate(steps, start=1):
        path = f"/v1/authorities/{authority['id']}"
        if step == "revise":
            answer = await intake.brand.patch(path, json={"valid_to": f"2051-01-{number:02}"})
        elif step == "revoke":
            answer = await intake.brand.post(f"{path}/revoke")
        else:
            answer = await intake.operator.post(f"{path}/{step}", json={"code": "R_IMPERSONATION"})
        after = authority_after(state, AuthorityStep(step))
        assert answer.status_code == (200 if after else 409)
        if after:
            state, version = after, version + 1
            assert (answer.json()["state"], answer.json()["version"]) == (state, version)
