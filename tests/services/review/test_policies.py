"""Rule books: dated, immutable, in force one after the other."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.review.policies import built_in
from services.review.policies.built_in import load_pack, read_pack
from shared.contracts.codes import ReasonCode, RightType
from shared.contracts.ids import PolicyId
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.services.review.making import (
    ACCEPT,
    a_report,
    claim_one,
    code_of,
    fetchval,
    judge,
    pointers,
    submit,
)

CLAUSE: dict[str, Any] = {
    "code": "TM-1.1", "title": "Counterfeits", "text": "None.", "law": "TRIPS, Art. 51",
    "accept_codes": ["A_COUNTERFEIT"], "reject_codes": [],
}  # fmt: skip


async def policy_of(client: httpx.AsyncClient, right_type: str = "trademark") -> dict[str, Any]:
    policies = (await client.get("/v1/policies")).json()["data"]
    found: dict[str, Any] = next(policy for policy in policies if policy["right_type"] == right_type)
    return found


def test_every_decision_code_can_be_reached_through_a_clause_of_the_first_pack() -> None:
    reachable = {
        right_type: {code for clause in read_pack(right_type)[1] for code in clause.accept_codes + clause.reject_codes}
        for right_type in RightType
    }
    everywhere = {
        ReasonCode.R_NOT_RIGHTS_HOLDER, ReasonCode.R_AGENT_BARRED, ReasonCode.R_RIGHT_PENDING,
        ReasonCode.R_RIGHT_EXPIRED, ReasonCode.R_RIGHT_CANCELLED, ReasonCode.R_TERRITORY_MISMATCH,
        ReasonCode.R_LISTING_GONE, ReasonCode.R_DUPLICATE, ReasonCode.R_NOT_ON_MARKETPLACE,
        ReasonCode.R_NOT_INTELLECTUAL_PROPERTY, ReasonCode.R_MANIFESTLY_UNFOUNDED,
        ReasonCode.R_FRAUDULENT_EVIDENCE, ReasonCode.R_IMPERSONATION, ReasonCode.R_REPORTER_SUSPENDED,
        ReasonCode.R_INSUFFICIENT_SIMILARITY, ReasonCode.R_EXHAUSTION, ReasonCode.R_FUNCTIONAL,
        ReasonCode.R_DESCRIPTIVE_USE, ReasonCode.R_FAIR_USE,
    }  # fmt: skip
    for codes in reachable.values():
        assert everywhere <= codes
    # The one re-routes, the other is the answer to a filing: neither decides a task.
    decides = {code for code in ReasonCode if not code.asks}
    decides -= {ReasonCode.R_WRONG_RIGHT_TYPE, ReasonCode.R_REPORTER_LIMIT}
    assert set().union(*reachable.values()) == decides


@pytest.mark.parametrize("right_type", RightType)
def test_every_clause_of_the_first_pack_says_what_and_by_which_law(right_type: RightType) -> None:
    title, clauses = read_pack(right_type)

    assert title
    assert any(clause.accept_codes for clause in clauses)
    for clause in clauses:
        assert len(clause.text) > 80
        assert clause.title
        assert clause.law
        assert bool(clause.reject_codes) == (clause.reporter_text is not None)
        assert clause.reporter_text is None or len(clause.reporter_text) > 40


async def test_the_first_pack_is_in_force_once_however_many_replicas_start(start_service: StartService) -> None:
    review = await start_service("review")
    now = datetime.now(UTC)

    async def start() -> None:
        async with review.database.direct() as connection:
            await load_pack(connection, clock=lambda: now)

    await asyncio.gather(*(start() for _ in range(6)))

    policies = (await review.as_("brand").get("/v1/policies")).json()["data"]
    assert sorted(policy["right_type"] for policy in policies) == sorted(RightType)
    assert {policy["version_in_force"] for policy in policies} == {1}
    assert await fetchval(review, "SELECT count(*) FROM policy_versions") == len(RightType)


def test_the_number_of_the_pack_changes_with_the_pack() -> None:
    """Without a new number nobody who has the pack gets what is new in it."""
    folder = Path(built_in.__file__).parent / "rule_books"
    texts = b"".join(path.read_bytes() for path in sorted(folder.glob("*.yaml")))
    assert (built_in.PACK, hashlib.sha256(texts).hexdigest()[:16]) == (2, "731af91098eea997")


async def test_one_version_is_read_by_its_number_and_a_draft_by_the_operator_alone(start_service: StartService) -> None:
    review = await start_service("review")
    operator, vendor = review.as_("marketplace"), review.as_("vendor")
    path = f"/v1/policies/{(await policy_of(operator))['id']}/versions"
    await operator.post(path, json={"clauses": [CLAUSE], "note": "Simpler."})

    (draft, first) = (await operator.get(path)).json()["data"]
    assert (await vendor.get(f"{path}/1")).json() == first
    assert first["clauses"][0]["reporter_text"]
    assert (await operator.get(f"{path}/2")).json() == draft
    assert code_of(await vendor.get(f"{path}/2")) == (404, "not_found")
    assert code_of(await operator.get(f"{path}/3")) == (404, "not_found")
    assert code_of(await operator.get(f"{path}/0")) == (422, "validation_failed")


async def test_a_pack_follows_an_earlier_one_and_nobodys_own_version(start_service: StartService) -> None:
    review = await start_service("review")
    operator = review.as_("marketplace")
    policies = {one["right_type"]: one["id"] for one in (await operator.get("/v1/policies")).json()["data"]}
    drafted = await operator.post(f"/v1/policies/{policies['patent']}/versions", json={"clauses": [CLAUSE]})
    assert drafted.status_code == 201
    async with review.database.pool.acquire() as connection:  # as an earlier release left them
        await connection.execute("ALTER TABLE policy_versions DISABLE TRIGGER policy_versions_stand")
        await connection.execute("UPDATE policy_versions SET pack = pack - 1, note = 'earlier'")
        await connection.execute("ALTER TABLE policy_versions ENABLE TRIGGER policy_versions_stand")

    async def start() -> None:
        async with review.database.direct() as connection:
            await load_pack(connection, clock=lambda: datetime.now(UTC))

    await asyncio.gather(*(start() for _ in range(3)))

    in_force = {
        one["right_type"]: one["version_in_force"] for one in (await operator.get("/v1/policies")).json()["data"]
    }
    assert in_force == {right_type.value: 1 if right_type == "patent" else 2 for right_type in RightType}
    (version, first) = (await operator.get(f"/v1/policies/{policies['design']}/versions")).json()["data"]
    assert (version["number"], version["note"]) == (2, "Pack 2 of the project's rule books.")
    assert (first["number"], first["note"]) == (1, "earlier")


async def test_a_draft_changes_nothing_until_it_is_published_and_then_stands(start_service: StartService) -> None:
    review = await start_service("review")
    operator, vendor = review.as_("marketplace"), review.as_("vendor")
    await submit(review, a_report("1"), a_report("2"))
    first, second = await claim_one(vendor), await claim_one(vendor)
    path = f"/v1/policies/{(await policy_of(operator))['id']}/versions"
    clause = {**CLAUSE, "code": "TM-5.1"}

    draft = await operator.post(path, json={"clauses": [clause], "note": "Simpler."})
    assert draft.status_code == 201
    assert (draft.json()["number"], draft.json()["state"]) == (2, "draft")
    refused = await judge(vendor, first, {**ACCEPT, "clauses": ["TM-5.1"]})
    assert code_of(refused) == (422, "clause_not_in_force")
    decided = (await judge(vendor, first, ACCEPT)).json()["decision"]

    published = await operator.post(f"{path}/2/publish", json={})
    assert published.json()["state"] == "published"
    assert code_of(await judge(vendor, second, ACCEPT)) == (422, "clause_not_in_force")
    later = (await judge(vendor, second, {**ACCEPT, "clauses": ["TM-5.1"]})).json()["decision"]

    assert (decided["clauses"][0]["version"], later["clauses"][0]["version"]) == (1, 2)
    kept = (await vendor.get(f"/v1/decisions/{decided['id']}")).json()
    assert kept["clauses"][0]["text"] == decided["clauses"][0]["text"] != later["clauses"][0]["text"]
    assert code_of(await operator.post(f"{path}/2/publish", json={})) == (409, "policy_version_published")
    with pytest.raises(asyncpg.RaiseError, match="immutable"):
        await fetchval(review, "UPDATE policy_versions SET clauses = '[]' WHERE number = 2 RETURNING 1")


async def test_a_version_takes_effect_at_its_time_and_never_before(start_service: StartService) -> None:
    review = await start_service("review")
    operator = review.as_("marketplace")
    policy = await policy_of(operator)
    path = f"/v1/policies/{policy['id']}/versions"
    await operator.post(path, json={"clauses": [CLAUSE]})
    yesterday, tomorrow = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))

    past = await operator.post(f"{path}/2/publish", json={"effective_from": yesterday.isoformat()})
    naive = await operator.post(f"{path}/2/publish", json={"effective_from": "2027-01-01T00:00:00"})
    number = await operator.post(f"{path}/2/publish", json={"effective_from": 1_800_000_000})
    future = await operator.post(f"{path}/2/publish", json={"effective_from": tomorrow.isoformat()})

    assert code_of(past) == (422, "effective_from_in_the_past")
    assert code_of(naive) == code_of(number) == (422, "validation_failed")
    assert pointers(past) == pointers(naive) == pointers(number) == ["/effective_from"]
    assert future.status_code == 200
    assert (await policy_of(operator))["version_in_force"] == 1


async def test_a_publication_waits_for_those_who_judge_and_dates_itself_after_them(start_service: StartService) -> None:
    review = await start_service("review")
    operator = review.as_("marketplace")
    path = f"/v1/policies/{(await policy_of(operator))['id']}/versions"
    await operator.post(path, json={"clauses": [CLAUSE]})

    async with review.database.direct() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock_shared(7302)")
        publishing = asyncio.create_task(operator.post(f"{path}/2/publish", json={}))
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        await review.eventually(lambda: fetchval(review, waits))
        judged_at = datetime.now(UTC)

    effective = datetime.fromisoformat((await publishing).json()["effective_from"])
    assert effective > judged_at


async def test_only_the_operator_writes_rules_and_sees_drafts(start_service: StartService) -> None:
    review = await start_service("review")
    operator, brand = review.as_("marketplace"), review.as_("brand")
    policy = await policy_of(brand)
    path = f"/v1/policies/{policy['id']}/versions"
    await operator.post(path, json={"clauses": [CLAUSE]})
    new = {"right_type": "trademark", "title": "Mine", "clauses": [CLAUSE]}

    assert code_of(await brand.post(path, json={"clauses": [CLAUSE]})) == (404, "not_found")
    assert code_of(await brand.post(f"{path}/2/publish", json={})) == (404, "not_found")
    assert code_of(await brand.post("/v1/policies", json=new)) == (403, "account_kind_not_allowed")
    assert [version["number"] for version in (await brand.get(path)).json()["data"]] == [1]
    newest = (await operator.get(f"{path}?limit=1")).json()
    older = (await operator.get(f"{path}?limit=1&cursor={newest['next_cursor']}")).json()
    assert [page["data"][0]["number"] for page in (newest, older)] == [2, 1]
    assert code_of(await operator.post("/v1/policies", json=new)) == (409, "policy_exists")
    for missing in (f"/v1/policies/{new_id(PolicyId)}", f"/v1/policies/{new_id(PolicyId)}/versions"):
        assert code_of(await brand.get(missing)) == (404, "not_found")
    assert code_of(await operator.post(f"{path}/99/publish", json={})) == (404, "not_found")
    assert code_of(await operator.get(f"{path}?cursor=tampered")) == (422, "cursor_invalid")


@pytest.mark.parametrize(
    ("clauses", "code", "where"),
    [
        ([], "validation_failed", "/clauses"),
        ([CLAUSE] * 201, "validation_failed", "/clauses"),
        ([CLAUSE, CLAUSE], "clauses_invalid", "/clauses/1/code"),
        ([{**CLAUSE, "accept_codes": []}], "clauses_invalid", "/clauses/0"),
        ([{**CLAUSE, "accept_codes": ["R_DUPLICATE"]}], "clauses_invalid", "/clauses/0/accept_codes/0"),
        ([{**CLAUSE, "reject_codes": ["N_COMPARISON"]}], "clauses_invalid", "/clauses/0/reject_codes/0"),
        ([{**CLAUSE, "accept_codes": ["A_NICE"]}], "validation_failed", "/clauses/0/accept_codes/0"),
        ([{**CLAUSE, "code": "one"}], "validation_failed", "/clauses/0/code"),
        ([{**CLAUSE, "text": ""}], "validation_failed", "/clauses/0/text"),
        ([{**CLAUSE, "law": 17}], "validation_failed", "/clauses/0/law"),
        ([{**CLAUSE, "title": "a\u202eb"}], "validation_failed", "/clauses/0/title"),
        ([{**CLAUSE, "weight": 1}], "validation_failed", "/clauses/0/weight"),
    ],
)
async def test_clauses_that_do_not_hold_together_are_refused_with_their_place(
    start_service: StartService, clauses: list[Any], code: str, where: str
) -> None:
    review = await start_service("review")
    operator = review.as_("marketplace")
    path = f"/v1/policies/{(await policy_of(operator))['id']}/versions"

    answer = await operator.post(path, json={"clauses": clauses})

    assert code_of(answer) == (422, code)
    assert pointers(answer) == [where]
    assert await fetchval(review, "SELECT count(*) FROM policy_versions") == len(RightType)


async def test_an_edit_of_a_policy_that_has_changed_meanwhile_is_refused(start_service: StartService) -> None:
    review = await start_service("review")
    operator = review.as_("marketplace")
    path = f"/v1/policies/{(await policy_of(operator))['id']}"
    read = (await operator.get(path)).headers["ETag"]

    first = await operator.post(f"{path}/versions", json={"clauses": [CLAUSE]}, headers={"If-Match": read})
    second = await operator.post(f"{path}/versions", json={"clauses": [CLAUSE]}, headers={"If-Match": read})

    assert first.status_code == 201
    assert code_of(second) == (412, "precondition_failed")


async def test_drafts_written_at_once_get_numbers_of_their_own(start_service: StartService) -> None:
    review = await start_service("review")
    operator = review.as_("marketplace")
    path = f"/v1/policies/{(await policy_of(operator))['id']}/versions"

    answers = await asyncio.gather(*(operator.post(path, json={"clauses": [CLAUSE]}) for _ in range(8)))

    assert sorted(answer.json()["number"] for answer in answers) == list(range(2, 10))
