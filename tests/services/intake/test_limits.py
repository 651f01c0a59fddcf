"""What an account may use of the platform: exact whatever comes at once, given back when it is no longer used."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.contracts.codes import AccountKind, ReasonCode
from shared.contracts.events import AccountChanged, AccountLimits, AccountState
from shared.contracts.ids import AccountId, EvidenceId, RightId
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.services.intake.conftest import OTHER_RIGHTS, TRADEMARK, Intake, a_report
from tests.services.intake.decisions import Filings, hear
from tests.services.intake.rows import as_csv, defaults, over, refused, send, url

AT_ONCE = 32


def changed(intake: Intake, version: int = 2, **limits: int) -> AccountChanged:
    """The operator has set limits for the brand."""
    return AccountChanged(
        version=version, account_id=intake.running.caller("brand").account_id, kind=AccountKind.BRAND,
        state=AccountState.OPEN, limits=AccountLimits(**limits), changed_at=datetime.now(UTC),
    )  # fmt: skip


async def used(by: httpx.AsyncClient, **query: Any) -> dict[str, tuple[int, int, bool]]:
    answer = await by.get("/v1/limits", params=query)
    assert answer.status_code == 200, answer.text
    return {one["name"]: (one["used"], one["limit"], one["own"]) for one in answer.json()["data"]}


def outcomes(answers: Sequence[httpx.Response]) -> Counter[str]:
    return Counter(answer.json().get("code", "taken") for answer in answers)


async def test_nobody_files_past_the_limit_however_many_come_at_once(intake: Intake) -> None:
    right = await intake.right()
    await hear(intake, changed(intake, open_reports=20))
    bodies = [a_report(right["id"], f"n{n}") for n in range(AT_ONCE)]
    answers = await asyncio.gather(*(intake.brand.post("/v1/reports", json=body) for body in bodies))
    assert outcomes(answers) == {"taken": 20, "limit_reached": 12}
    assert await intake.count("reports") == 20
    problem = next(answer for answer in answers if answer.status_code != 201)
    assert (problem.status_code, problem.headers["content-type"]) == (422, "application/problem+json")
    assert problem.json()["limit"] == {"name": "open_reports", "used": 20, "limit": 20}
    assert "may have 20 open reports" in problem.json()["detail"]
    assert (await used(intake.brand))["open_reports"] == (20, 20, True)
    other = await intake.right(by=intake.other)
    answer = await intake.other.post("/v1/reports", json=a_report(other["id"], "n1"))
    assert answer.status_code == 201, "another account has room of its own"


async def test_a_request_that_was_answered_is_answered_so_again_at_the_limit(intake: Intake) -> None:
    right = await intake.right()
    await hear(intake, changed(intake, open_reports=1))
    first = await intake.brand.post("/v1/reports", json=a_report(right["id"]), headers={"Idempotency-Key": "one"})
    again = await intake.brand.post("/v1/reports", json=a_report(right["id"]), headers={"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (await intake.brand.post("/v1/reports", json=a_report(right["id"], "x"))).status_code == 422


async def test_reports_that_end_make_room_and_a_reopened_one_takes_it_again(intake: Intake) -> None:
    filings = Filings(intake)
    await filings.filed(1)
    await filings.decided(2, ReasonCode.A_COUNTERFEIT)
    assert (await used(intake.brand))["open_reports"][0] == 1
    await hear(intake, changed(intake, open_reports=2))
    await filings.filed(1)
    refused = await intake.brand.post("/v1/reports", json=await filings.body())
    assert refused.json()["code"] == "limit_reached"


async def test_limits_are_taken_from_the_newest_event_alone(intake: Intake) -> None:
    await hear(intake, changed(intake, version=5, rights=7))
    await hear(intake, changed(intake, version=4, rights=9))
    assert (await used(intake.brand))["rights"] == (0, 7, True)
    await hear(intake, changed(intake, version=6))
    assert (await used(intake.brand))["rights"] == (0, 100_000, False)


async def test_the_default_holds_where_nothing_is_set(start_service: StartService) -> None:
    intake = Intake(await start_service("intake", limit_rights="1", limit_open_reports="0"))
    right = await intake.right()
    assert (await intake.brand.post("/v1/rights", json=TRADEMARK)).json()["code"] == "limit_reached"
    assert (await intake.brand.post("/v1/reports", json=a_report(right["id"]))).json()["code"] == "limit_reached"
    assert await used(intake.brand) == {
        "open_reports": (0, 0, False), "rights": (1, 1, False), "evidence_bytes": (0, 107_374_182_400, False),
    }  # fmt: skip


async def test_nobody_puts_rights_into_the_vault_past_the_limit(intake: Intake) -> None:
    await hear(intake, changed(intake, rights=10))
    body = OTHER_RIGHTS["copyright"]
    answers = await asyncio.gather(
        *(intake.brand.post("/v1/rights", json={**body, "title": f"{n}"}) for n in range(AT_ONCE))
    )
    assert outcomes(answers) == {"taken": 10, "limit_reached": 22}
    assert await intake.count("rights") == await intake.count("right_versions") == 10
    columns = ["type", "title", "owner_name", "kind_of_work", "author", "created_on", "original_url"]
    more = ["copyright", "One more", "Acme", "photograph", "Ada", "2019-05-04", "https://brand.example/a"]
    rows = as_csv([columns, more])
    answer = await intake.brand.post("/v1/rights/import", content=rows, headers={"content-type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (422, "limit_reached"), answer.text
    assert (await used(intake.brand))["rights"] == (10, 10, True)


async def test_nobody_stores_evidence_past_the_limit_and_what_is_deleted_makes_room(intake: Intake) -> None:
    await hear(intake, changed(intake, evidence_bytes=100))
    files = [{"file": (f"{n}.txt", f"note number {n:08d}".encode())} for n in range(AT_ONCE)]
    answers = await asyncio.gather(*(intake.brand.post("/v1/evidence", files=file) for file in files))
    assert outcomes(answers) == {"taken": 5, "limit_reached": 27}, "five files of twenty bytes"
    assert (await used(intake.brand))["evidence_bytes"] == (100, 100, True)
    there = next(number for number, answer in enumerate(answers) if answer.status_code == 201)
    assert (await intake.brand.post("/v1/evidence", files=files[there])).status_code == 201, "sent again it is the same"
    assert (await used(intake.brand))["evidence_bytes"][0] == 100
    gone = await intake.brand.delete(f"/v1/evidence/{answers[there].json()['id']}")
    assert gone.status_code == 204, gone.text
    assert (await used(intake.brand))["evidence_bytes"][0] == 80
    assert (await intake.brand.post("/v1/evidence", files=files[there])).status_code == 201


async def test_an_import_stops_at_the_limit_and_says_which_rows(intake: Intake) -> None:
    right = await intake.right()
    await hear(intake, changed(intake, open_reports=3))
    rows = as_csv([["url", "reference"], *([url(n), f"case-{n}"] for n in range(5))])
    found = await over(intake, await send(intake.brand, rows, defaults(right["id"])))
    assert await intake.count("reports") == 3
    rows_back = await refused(intake, found)
    assert len(rows_back) == 2
    assert all("limit_reached" in str(row) for row in rows_back)
    assert (await used(intake.brand))["open_reports"] == (3, 3, True)


async def test_what_was_not_committed_is_not_counted(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    right = await intake.right()
    twice = await asyncio.gather(*(intake.brand.post("/v1/reports", json=a_report(right["id"])) for _ in range(8)))
    assert outcomes(twice) == {"taken": 1, "report_blocked": 7}
    assert (await used(intake.brand))["open_reports"][0] == 1
    await intake.brand.post("/v1/reports", json=a_report(str(new_id(RightId))))
    await intake.brand.post("/v1/reports", json=a_report(right["id"], "x", evidence_ids=[str(new_id(EvidenceId))]))
    assert (await used(intake.brand))["open_reports"][0] == 1


async def test_changes_are_added_up_and_come_to_the_same(intake: Intake) -> None:
    right = await intake.right()
    for number in range(3):
        await intake.file(right["id"], number)

    async def added_up() -> bool:
        return await intake.count("account_use_changes") == 0

    await intake.running.eventually(added_up)
    assert (await used(intake.brand))["open_reports"][0] == 3
    assert (await used(intake.brand))["rights"][0] == 1


async def test_an_account_sees_its_own_limits_and_the_operator_everyones(intake: Intake) -> None:
    own = intake.running.caller("brand").account_id
    await intake.right()
    assert (await used(intake.operator, account_id=own))["rights"][0] == 1
    assert (await used(intake.brand, account_id=own))["rights"][0] == 1
    stranger = await intake.other.get("/v1/limits", params={"account_id": own})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")
    assert (await used(intake.operator, account_id=str(new_id(AccountId))))["rights"][0] == 0


async def test_a_file_for_which_there_is_no_room_is_not_stored_at_all(intake: Intake) -> None:
    await hear(intake, changed(intake, evidence_bytes=10))
    for n in range(3):
        answer = await intake.brand.post("/v1/evidence", files={"file": (f"{n}.txt", f"refused note {n:08d}".encode())})
        assert answer.json()["code"] == "limit_reached"
    async with intake.running.database.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM evidence_files WHERE loose_since IS NULL") == 0
    assert _stored(Path(intake.running.service.settings.evidence_url)) == []


def _stored(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.read_bytes().startswith(b"refused note")]
