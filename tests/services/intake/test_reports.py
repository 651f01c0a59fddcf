from shared.contracts.ids import EvidenceId
from shared.runtime.ids import new_id
from tests.services.intake.conftest import Intake, a_report
from tests.services.intake.decisions import leave_review


async def test_reports_are_listed_by_what_was_asked_in_pages(intake: Intake) -> None:
    right, second = await intake.right(), await intake.right()
    filed = [await intake.file(right["id"], n, reference=f"CASE-{n}") for n in range(3)]
    other = await intake.file(second["id"], 1, claim="trademark")
    await leave_review(intake, filed[0]["id"])
    for params, wanted in (
        ({}, [other["id"], filed[2]["id"], filed[1]["id"], filed[0]["id"]]),
        ({"state": "withdrawn"}, [filed[0]["id"]]),
        ({"right_id": second["id"]}, [other["id"]]),
        ({"reference": "CASE-2"}, [filed[2]["id"]]),
        ({"claim": "trademark"}, [other["id"]]),
        ({"claim": "trademark", "state": "withdrawn"}, []),
        ({"state": ["withdrawn", "received"], "claim": ["trademark", "patent"]}, [other["id"]]),
        ({"state": ["withdrawn", "received"], "right_id": right["id"], "reference": "CASE-0"}, [filed[0]["id"]]),
    ):
        listed = (await intake.brand.get("/v1/reports", params=params)).json()["data"]
        assert [report["id"] for report in listed] == wanted, params
    first = (await intake.brand.get("/v1/reports", params={"limit": 3})).json()
    rest = (await intake.brand.get("/v1/reports", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [report["id"] for report in rest["data"]] == [filed[0]["id"]]
    assert len((await intake.operator.get("/v1/reports")).json()["data"]) == 4


async def test_a_cursor_that_was_tampered_with_is_refused(intake: Intake) -> None:
    right = await intake.right()
    for number in range(2):
        await intake.file(right["id"], number)
    cursor = (await intake.brand.get("/v1/reports", params={"limit": 1})).json()["next_cursor"]
    swapped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for params in ({"cursor": swapped}, {"cursor": "AAAA"}, {"cursor": cursor, "state": "withdrawn"}):
        answer = await intake.brand.get("/v1/reports", params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), params
    for params in ({"limit": "0"}, {"limit": "201"}, {"state": "x"}, {"right_id": "rep_1"}, {"claim": "vibes"}):
        answer = await intake.brand.get("/v1/reports", params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), params


async def test_a_report_with_more_findings_than_are_shown_is_refused_with_the_first_thousand(intake: Intake) -> None:
    """An answer has a bound, however much is wrong: 500 listings that each name three files which are not there."""
    right = await intake.right()
    items = [
        {"url": f"https://shop.example/item/{n}", "evidence_ids": [str(new_id(EvidenceId)) for _ in range(3)]}
        for n in range(500)
    ]
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"], items=items))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "report_blocked")
    assert len(problem["findings"]) == 1000
    assert len(problem["errors"]) == 1000
    assert problem["errors"][0]["pointer"] == "/items/0/evidence_ids/0"
    assert problem["errors"][-1]["pointer"] == "/items/333/evidence_ids/0"


async def test_a_timeline_is_read_in_pages_oldest_first(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2, 3)
    await leave_review(intake, report["id"])
    path, states, cursor = f"/v1/reports/{report['id']}/timeline", [], None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await intake.brand.get(path, params=params)).json()
        states += [entry["state"] for entry in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert states == ["received", "withdrawn", "withdrawn", "withdrawn", "withdrawn"]
