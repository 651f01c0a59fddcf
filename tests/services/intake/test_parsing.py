from pathlib import Path

import pytest

from services.intake.domain.report_body import ReportBody
from tests.services.intake.conftest import Intake

FOLDER = Path(__file__).parents[3] / "examples" / "notices"
EXAMPLES = sorted(FOLDER.iterdir())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
async def test_every_example_is_read_and_every_span_is_in_its_text(intake: Intake, path: Path) -> None:
    text = _text(path)
    answer = await intake.brand.post("/v1/reports/parse", json={"text": text})
    assert answer.status_code == 200, answer.text
    read = answer.json()
    assert set(read) == {
        "kind", "complete", "language", "title", "urls", "elements", "missing", "substantially_complies", "findings",
        "draft", "text", "parts",
    }  # fmt: skip
    assert read["complete"] == (read["kind"] == "notice" and not read["missing"])
    for element in read["elements"].values():
        if element["present"]:
            assert element["text"] == text[element["start"] : element["end"]]
    complained = [url["url"] for url in read["urls"] if url["role"] == "complained"]
    assert [item["url"] for item in read["draft"]["items"]] == complained
    assert read["draft"]["right_id"] is None
    assert set(read["draft"]) == set(ReportBody.model_fields)


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


@pytest.mark.parametrize("path", ["/v1/reports/parse", "/v1/reports/preflight"])
async def test_a_key_that_is_none_is_refused_also_where_nothing_is_kept(intake: Intake, path: str) -> None:
    answer = await intake.brand.post(path, json={"text": "a letter"}, headers={"Idempotency-Key": "two words"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_invalid"
