from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from services.intake.parsing.endpoints.notices import ParsedOut
from services.intake.parsing.readers import Readers
from services.intake.reports.report_body import ReportIn
from tests.services.intake.conftest import Intake

FOLDER = Path(__file__).parents[4] / "examples" / "notices"
EXAMPLES = sorted(FOLDER.iterdir())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def test_every_example_is_read_and_every_span_is_in_its_text(intake: Intake) -> None:
    for path in EXAMPLES:
        text = _text(path)
        answer = await intake.brand.post("/v1/reports/parse", json={"text": text})
        assert answer.status_code == 200, answer.text
        _check(text, answer.json())


def _check(text: str, read: dict[str, Any]) -> None:
    assert ParsedOut.model_validate(read).model_dump(mode="json") == read
    assert set(read) == {
        "kind", "complete", "language", "language_read", "title", "urls", "elements", "missing",
        "substantially_complies", "findings", "draft", "text", "parts",
    }  # fmt: skip
    assert read["complete"] == (read["kind"] == "notice" and not read["missing"])
    for element in read["elements"].values():
        if element["present"]:
            assert element["text"] == text[element["start"] : element["end"]]
    complained = [url["url"] for url in read["urls"] if url["role"] == "complained"]
    assert [item["url"] for item in read["draft"]["items"]] == complained
    assert read["draft"]["right_id"] is None
    assert set(read["draft"]) == set(ReportIn.model_fields)


async def test_a_letter_in_a_language_that_is_not_read_says_so(intake: Intake) -> None:
    text = "Denna annons säljer förfalskade varor: https://shop.example/item/9001. Vi äger varumärket. Ta bort den."
    read = (await intake.brand.post("/v1/reports/parse", json={"text": text})).json()
    assert (read["language"], read["language_read"], read["kind"]) == ("sv", False, "other")
    assert (read["missing"], [finding["code"] for finding in read["findings"]]) == (
        ["N_LANGUAGE_NOT_READ"], ["N_LANGUAGE_NOT_READ"]
    )  # fmt: skip
    assert (read["draft"]["claim"], read["draft"]["legal_basis"]) == ("undetermined", "undetermined")
    assert [item["listing_id"] for item in read["draft"]["items"]] == ["9001"]


async def test_a_complete_letter_becomes_a_report(intake: Intake) -> None:
    text = _text(FOLDER / "dmca-letter.md")
    draft = (await intake.brand.post("/v1/reports/parse", json={"text": text})).json()["draft"]
    work = {
        "type": "copyright", "title": "Photographs", "owner": {"name": "Photographer"}, "kind_of_work": "photograph",
        "author": "Photographer", "created_on": "2019-05-04", "original_url": "https://brand.example/a",
    }  # fmt: skip
    answer = await intake.brand.post("/v1/rights", json=work)
    right = answer.json()
    await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    filed = await intake.brand.post("/v1/reports", json={**draft, "right_id": right["id"]})
    assert filed.status_code == 201, filed.text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": ""}, "/text"),
        ({"text": 7}, "/text"),
        ({"text": "a" * 200_001}, "/text"),
        ({"text": "a\x00b"}, "/text"),
        ({"text": "hello", "language": "en"}, "/language"),
        ({}, "/text"),
    ],
)
async def test_a_text_that_is_none_is_pointed_to(intake: Intake, body: dict[str, object], pointer: str) -> None:
    answer = await intake.brand.post("/v1/reports/parse", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_text_of_nothing_is_something_else(intake: Intake) -> None:
    read = (await intake.brand.post("/v1/reports/parse", json={"text": "\u202eThank you for everything.\x0c"})).json()
    assert (read["kind"], read["complete"], read["urls"]) == ("other", False, [])


async def test_an_account_whose_share_is_taken_is_told_to_wait_and_another_is_answered(intake: Intake) -> None:
    readers: Readers = intake.running.service.resources.readers
    letter = {"text": "Thank you for everything."}
    with ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(readers.place(intake.running.caller("brand").account_id))
        refused = await intake.brand.post("/v1/reports/parse", json=letter)
        other = await intake.other.post("/v1/reports/parse", json=letter)
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (503, "unavailable", "1")
    assert other.status_code == 200, other.text
    assert (await intake.brand.post("/v1/reports/parse", json=letter)).status_code == 200


async def test_a_body_beyond_two_megabytes_is_no_letter(intake: Intake) -> None:
    body = b'{"text": "' + b"x" * 2_097_152 + b'"}'
    answer = await intake.brand.post("/v1/reports/parse", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/v1/reports/parse", "/v1/reports/preflight"])
async def test_a_key_that_is_none_is_refused_also_where_nothing_is_kept(intake: Intake, path: str) -> None:
    answer = await intake.brand.post(path, json={"text": "a letter"}, headers={"Idempotency-Key": "two words"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_invalid"
