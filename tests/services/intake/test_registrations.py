"""One registration is one right: twice in a vault it is found, under two owners the operator decides."""

import asyncio
import json
from typing import Any

import pytest

from services.intake.vault import statements
from tests.services.intake.conftest import TRADEMARK, Intake
from tests.statistics import forget_statistics, nodes

PLANNED = (statements.SAME_REGISTRATION,)
OTHER_OWNER = {"name": "Zenith Ltd", "country": "GB"}
SPELLED_OTHERWISE = "EUTM No. 18 012 345"
_CSV = "type,title,mark_text,mark_type,office,registration_number,owner_name,nice_classes,registered_on,expires_on\n"
_ROW = "trademark,ACME,ACME,word,EUIPO,{number},{owner},25,2020-01-02,2050-01-02\n"


def duplicate_of(right: dict[str, Any]) -> list[str]:
    """The messages of the findings that a right is one of the vault already."""
    return [one["message"] for one in right["findings"] if one["code"] == "R_DUPLICATE"]


async def conflicting(intake: Intake, **filters: str) -> list[str]:
    """The rights that the operator has to decide about, oldest first."""
    answer = await intake.operator.get("/v1/rights", params={"conflict": "true", **filters})
    assert answer.status_code == 200, answer.text
    return sorted(right["id"] for right in answer.json()["data"])


async def seen(intake: Intake, right: dict[str, Any]) -> dict[str, Any]:
    answer = await intake.operator.get(f"/v1/rights/{right['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def decide(intake: Intake, right: dict[str, Any], *others: dict[str, Any]) -> Any:
    body = {"rights": [other["id"] for other in others], "reason": "The mark was assigned in part."}
    return await intake.operator.post(f"/v1/rights/{right['id']}/conflict/decide", json=body)


async def test_the_second_record_of_a_registration_names_the_first(intake: Intake) -> None:
    first = await intake.right()
    second = await intake.right(verified=False, registration_number=SPELLED_OTHERWISE)
    [finding] = [one for one in second["findings"] if one["code"] == "R_DUPLICATE"]
    assert (finding["severity"], finding["pointer"]) == ("warns", "/registration_number")
    assert finding["message"] == f"This is the registration of your right {first['id']}."
    listed = (await intake.brand.get("/v1/rights")).json()["data"]
    assert [(right["id"], len(duplicate_of(right))) for right in listed] == [(second["id"], 1), (first["id"], 0)]
    assert duplicate_of(await intake.right(verified=False, registration_number="018012346")) == []
    assert duplicate_of(await intake.right(verified=False, office="WIPO")) == []


async def test_a_right_changed_to_a_registration_of_the_vault_names_it(intake: Intake) -> None:
    older = await intake.right(verified=False, registration_number="018099999")
    verified = await intake.right()
    change = {"registration_number": SPELLED_OTHERWISE}
    changed = (await intake.brand.patch(f"/v1/rights/{older['id']}", json=change)).json()
    assert duplicate_of(changed) == [f"This is the registration of your right {verified['id']}."]
    assert duplicate_of(await seen(intake, verified)) == []


async def test_of_two_put_in_at_once_one_names_the_other(intake: Intake) -> None:
    answers = await asyncio.gather(*(intake.brand.post("/v1/rights", json=TRADEMARK) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    rights = [answer.json() for answer in answers]
    [first] = [right for right in rights if not duplicate_of(right)]
    named = {message for right in rights for message in duplicate_of(right)}
    assert named == {f"This is the registration of your right {first['id']}."}


async def test_rights_that_were_rejected_or_have_ended_count_no_longer(intake: Intake) -> None:
    first = await intake.right()
    await intake.operator.post(f"/v1/rights/{first['id']}/reject", json={"code": "R_RIGHT_CANCELLED"})
    second = await intake.right(verified=False)
    assert duplicate_of(second) == []
    elsewhere = await intake.right(verified=False, by=intake.other, owner=OTHER_OWNER)
    assert (await seen(intake, elsewhere))["conflicts_with"] == [second["id"]]
    assert await conflicting(intake) == [second["id"], elsewhere["id"]], "the rejected one waits for no decision"
    await intake.execute("UPDATE rights SET state = 'expired' WHERE id = $1", second["id"])
    assert await conflicting(intake) == []
    assert (await intake.operator.post(f"/v1/rights/{elsewhere['id']}/verify")).json()["state"] == "verified"


async def test_under_two_owners_the_operator_sees_both_and_decides(intake: Intake) -> None:
    first = await intake.right()
    other = await intake.right(verified=False, by=intake.other, owner=OTHER_OWNER)
    assert (await seen(intake, first))["conflicts_with"] == [other["id"]]
    assert (await seen(intake, first))["state"] == "verified", "a stranger's record ends nobody's right"
    assert await conflicting(intake) == [first["id"], other["id"]]
    assert await conflicting(intake, state="pending") == [other["id"]]
    refused = await intake.operator.post(f"/v1/rights/{other['id']}/verify")
    assert (refused.status_code, refused.json()["code"]) == (409, "right_in_conflict")
    assert refused.json()["conflicts_with"] == [first["id"]]

    decided = (await decide(intake, other, first)).json()
    assert (decided["state"], decided["version"]) == ("pending", 2)
    assert decided["conflict_decision"]["rights"] == [first["id"]]
    assert decided["conflict_decision"]["reason"] == "The mark was assigned in part."
    assert (await intake.operator.post(f"/v1/rights/{other['id']}/verify")).json()["state"] == "verified"
    assert await conflicting(intake) == [first["id"]], "each right is decided about by itself"
    kept = (await intake.operator.get(f"/v1/rights/{other['id']}/versions")).json()["data"]
    assert [version["conflict_decision"] for version in kept] == [decided["conflict_decision"]] * 2 + [None]


async def test_a_third_owner_and_a_change_of_the_right_need_another_decision(intake: Intake) -> None:
    first = await intake.right(verified=False)
    second = await intake.right(verified=False, by=intake.other, owner=OTHER_OWNER)
    await decide(intake, first, second)
    third_brand = intake.running.as_("brand", "three")
    third = await intake.right(verified=False, by=third_brand, owner={"name": "Third SARL"})
    refused = await intake.operator.post(f"/v1/rights/{first['id']}/verify")
    assert refused.json()["conflicts_with"] == [third["id"]]
    assert (await decide(intake, first, second, third)).status_code == 200
    assert (await intake.operator.post(f"/v1/rights/{first['id']}/verify")).status_code == 200
    await intake.brand.patch(f"/v1/rights/{first['id']}", json={"owner": {"name": "Acme Holding"}})
    assert (await seen(intake, first))["conflict_decision"] is None
    refused = await intake.operator.post(f"/v1/rights/{first['id']}/verify")
    assert refused.json()["conflicts_with"] == [second["id"], third["id"]]


@pytest.mark.parametrize("held_as", ["owner", "agent", "licensee"])
async def test_one_owner_in_two_vaults_is_no_conflict(intake: Intake, held_as: str) -> None:
    await intake.right()
    owner = {"name": "ACME  G.m.b.H.", "country": "DE"}
    other = await intake.right(by=intake.other, held_as=held_as, owner=owner)
    assert (await seen(intake, other))["conflicts_with"] is None
    assert await conflicting(intake) == []


async def test_an_agent_who_names_another_owner_is_in_conflict(intake: Intake) -> None:
    first = await intake.right()
    agent = await intake.right(verified=False, by=intake.other, held_as="agent", owner=OTHER_OWNER)
    assert (await seen(intake, agent))["conflicts_with"] == [first["id"]]


async def test_a_portfolio_s_rights_are_found_like_others(intake: Intake) -> None:
    first = await intake.right()
    rows = _ROW.format(number="18012345", owner="Zenith Ltd") + _ROW.format(number="18012346", owner="Zenith Ltd")
    sent: dict[str, Any] = {"content": (_CSV + rows).encode(), "headers": {"content-type": "text/csv"}}
    imported = (await intake.other.post("/v1/rights/import", **sent)).json()
    assert imported["created"] == 2, imported
    assert await conflicting(intake) == [first["id"], imported["rights"][0]["id"]]
    again = (await intake.brand.post("/v1/rights/import", **sent)).json()
    [error] = again["errors"]
    assert (error["row"], error["code"]) == (2, "R_DUPLICATE")
    assert first["id"] in error["message"]


async def test_a_brand_learns_nothing_of_other_vaults(intake: Intake) -> None:
    first = await intake.right(verified=False)
    other = await intake.right(verified=False, by=intake.other, owner=OTHER_OWNER)
    await decide(intake, other, first)
    for path in (f"/v1/rights/{other['id']}", f"/v1/rights/{other['id']}/versions", "/v1/rights"):
        answer = await intake.other.get(path)
        assert answer.status_code == 200
        assert first["id"] not in answer.text, path
        assert "assigned in part" not in answer.text, path
    read = (await intake.other.get(f"/v1/rights/{other['id']}")).json()
    assert (read["findings"], read["conflicts_with"], read["conflict_decision"]) == ([], None, None)
    for value in ("true", "false"):
        refused = await intake.other.get("/v1/rights", params={"conflict": value})
        assert (refused.status_code, refused.json()["code"]) == (403, "account_kind_not_allowed")
        assert refused.json()["required_account_kinds"] == ["marketplace"]
    body = {"rights": [first["id"]], "reason": "It is ours."}
    assert (await intake.other.post(f"/v1/rights/{other['id']}/conflict/decide", json=body)).status_code == 404


async def test_only_rights_in_conflict_are_decided_about(intake: Intake) -> None:
    first = await intake.right(verified=False)
    same_vault = await intake.right(verified=False)
    other = await intake.right(verified=False, by=intake.other, owner=OTHER_OWNER)
    refused = await decide(intake, first, other, same_vault)
    assert refused.status_code == 422
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/rights/1", "right_not_in_conflict")]
    nothing = await decide(intake, first)
    assert [(e["pointer"], e["code"]) for e in nothing.json()["errors"]] == [("/rights", "too_short")]
    body = {"rights": [other["id"]], "reason": "The register says so."}
    path = f"/v1/rights/{first['id']}/conflict/decide"
    stale = await intake.operator.post(path, json=body, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert (await seen(intake, first))["conflict_decision"] is None


@pytest.mark.parametrize("statistics", ["fresh", "analyzed"])
async def test_a_registration_is_found_without_reading_others(intake: Intake, statistics: str) -> None:
    """Every answer of the vault asks for it."""
    async with intake.running.database.pool.acquire() as connection, connection.transaction():
        await forget_statistics(connection, "rights")
        await connection.execute(_MANY)
        if statistics == "analyzed":
            await connection.execute("ANALYZE rights")
        statement = statements.SAME_REGISTRATION
        found = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.arguments(ids=["rgt_3000", "rgt_9"])
        )
        [explained] = json.loads(found) if isinstance(found, str) else found
        scans = [node for node in nodes(explained["Plan"]) if node.get("Relation Name") == "rights"]
        assert "Seq Scan" not in [node["Node Type"] for node in scans], scans
        read = sum(n["Actual Rows"] * n["Actual Loops"] + n.get("Rows Removed by Filter", 0) for n in scans)
        assert read <= 20, scans


_MANY = """
INSERT INTO rights (id, account_id, type, state, version, title, owner, territories, office, registration_number,
                    number_key, nice_classes, details, held_as, verified_at, created_at, updated_at)
SELECT 'rgt_' || i, 'acc_' || i % 10, 'trademark', 'verified', 1, 'Acme', jsonb_build_object('name', 'Owner ' || i),
       '{}', 'EUIPO', (i / 2)::text, (i / 2)::text, '{}', '{}', 'owner', now(), now(), now()
FROM generate_series(1, 3000) i
"""
