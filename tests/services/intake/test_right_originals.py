"""Pictures of marks and designs, and originals of works: as evidence they last, at an address they are warned of."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.intake.evidence import records
from services.intake.vault.originals import at_addresses, evidence_of, pictures_of
from shared.contracts.events import RightVerified
from shared.contracts.ids import EvidenceId
from shared.runtime.ids import new_id
from tests.libraries.documents.papers import pdf
from tests.libraries.documents.pictures import exif, jpeg
from tests.services.intake.conftest import OTHER_RIGHTS, TRADEMARK, Intake
from tests.services.intake.rows import as_csv
from tests.services.intake.test_portfolio import given_back, send, wrong

PICTURE, ANOTHER = jpeg(exif(6)), jpeg(exif(3))
ADDRESS = "https://brand.example/a.png"
FIELDS = {
    "mark_image": (TRADEMARK, "/mark_image"),
    "views": (OTHER_RIGHTS["design"], "/views/0"),
    "original_url": (OTHER_RIGHTS["copyright"], "/original_url"),
}
EACH = pytest.mark.parametrize("field", FIELDS)


def given(field: str, shown: Any) -> dict[str, Any]:
    return {**FIELDS[field][0], field: [shown] if field == "views" else shown}


async def put(intake: Intake, field: str, shown: Any, by: httpx.AsyncClient | None = None) -> httpx.Response:
    return await (by or intake.brand).post("/v1/rights", json=given(field, shown))


def refused(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_where_a_right_is_shown() -> None:
    evidence = new_id(EvidenceId)
    details = {"views": [ADDRESS, evidence, evidence], "product_indication": evidence}
    assert evidence_of(details) == {"/views/1": evidence, "/views/2": evidence}
    assert pictures_of(details) == {"/views/0", "/views/1", "/views/2"}
    assert at_addresses(details) == ["/views/0"]
    assert (evidence_of({"original_url": evidence}), pictures_of({"original_url": evidence})) == (
        {"/original_url": evidence}, frozenset())  # fmt: skip
    assert at_addresses({"mark_image": None}) == []


@EACH
async def test_what_is_at_an_address_is_taken_and_warned_of(intake: Intake, field: str) -> None:
    (finding,) = (await put(intake, field, ADDRESS)).json()["findings"]
    assert (finding["code"], finding["severity"], finding["pointer"]) == (
        "N_ADDRESS_ONLY", "warns", FIELDS[field][1])  # fmt: skip
    assert finding["fix"] == "Upload it as evidence, and give the id of that."


@EACH
async def test_evidence_shows_a_right_for_good(intake: Intake, field: str) -> None:
    shown = (await intake.evidence(PICTURE))["id"]
    answer = await put(intake, field, shown)
    assert answer.status_code == 201, answer.text
    right = answer.json()
    assert (right[field], right["findings"]) == (given(field, shown)[field], [])
    assert (await intake.brand.get(f"/v1/evidence/{shown}")).json()["in_use"] is True
    gone = await intake.brand.delete(f"/v1/evidence/{shown}")
    assert (gone.status_code, gone.json()["code"]) == (409, "evidence_in_use")
    room = intake.running.service.resources.evidence
    later = datetime.now(UTC) + timedelta(days=400)
    while await records.tidy(intake.running.database, room.objects, unused_for=timedelta(days=30), now=later):
        pass
    assert (await intake.brand.get(f"/v1/evidence/{shown}")).status_code == 200
    assert (await intake.operator.post(f"/v1/evidence/{shown}/link")).status_code == 200, "who verifies it sees it"
    assert (await intake.operator.post(f"/v1/rights/{right['id']}/verify")).status_code == 200
    (event,) = await intake.running.recorded(RightVerified)
    assert event.right.details[field] == right[field]


@EACH
async def test_another_picture_makes_another_right_of_it(intake: Intake, field: str) -> None:
    first, second = [(await intake.evidence(one))["id"] for one in (PICTURE, ANOTHER)]
    right = (await put(intake, field, ADDRESS)).json()
    path = f"/v1/rights/{right['id']}"
    for shown in (first, second, ADDRESS):
        assert (await intake.operator.post(f"{path}/verify")).json()["state"] == "verified"
        changed = await intake.brand.patch(path, json={field: given(field, shown)[field]})
        assert (changed.status_code, changed.json()["state"]) == (200, "pending"), changed.text
    for before in (first, second):
        assert (await intake.brand.get(f"/v1/evidence/{before}")).json()["in_use"] is True, "earlier versions name it"
    kept = (await intake.brand.get(f"{path}/versions/3")).json()
    assert kept[field] == given(field, first)[field]


@EACH
async def test_evidence_that_is_not_there_or_is_anothers_is_refused_at_its_place(intake: Intake, field: str) -> None:
    others = (await intake.evidence(PICTURE, by=intake.other))["id"]
    deleted = (await intake.evidence(ANOTHER))["id"]
    assert (await intake.brand.delete(f"/v1/evidence/{deleted}")).status_code == 204
    right = (await put(intake, field, ADDRESS)).json()
    for shown in (others, deleted, new_id(EvidenceId)):
        expected = [(FIELDS[field][1], "N_EVIDENCE_NOT_FOUND")]
        assert refused(await put(intake, field, shown)) == expected
        changed = await intake.brand.patch(f"/v1/rights/{right['id']}", json={field: given(field, shown)[field]})
        assert refused(changed) == expected
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json() == right
    assert await intake.count("rights") == 1
    assert await intake.count("evidence_uses") == 0
    assert (await intake.other.get(f"/v1/evidence/{others}")).json()["in_use"] is False


async def test_a_mark_or_a_design_is_shown_by_an_image_and_a_work_by_any_evidence(intake: Intake) -> None:
    for content, name in ((b"A poem.", "poem.txt"), (pdf("A poem."), "poem.pdf")):
        shown = (await intake.evidence(content, name=name))["id"]
        for field in ("mark_image", "views"):
            assert refused(await put(intake, field, shown)) == [(FIELDS[field][1], "evidence_not_image")]
        assert (await put(intake, "original_url", shown)).status_code == 201


@EACH
@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("rgt_01h455vb4pex5vsknk084sn02q", "string_pattern_mismatch"),
        ("evd_", "string_too_short"),
        ("evd_nonsense", "string_pattern_mismatch"),
        ("evd_01h455vb4pex5vsknk084sn02qx", "string_pattern_mismatch"),
        ("EVD_01H455VB4PEX5VSKNK084SN02Q", "string_pattern_mismatch"),
        ("https//evd_01h455vb4pex5vsknk084sn02q", "string_pattern_mismatch"),
        ({"evidence_id": "evd_01h455vb4pex5vsknk084sn02q"}, "string_type"),
        (7, "string_type"),
    ],
)
async def test_what_is_neither_an_address_nor_an_id_of_evidence_is_refused(
    intake: Intake, field: str, shown: Any, code: str
) -> None:
    assert refused(await put(intake, field, shown)) == [(FIELDS[field][1], code)]


async def test_a_design_has_so_many_views_each_held_to_by_itself(intake: Intake) -> None:
    own, text = (await intake.evidence(PICTURE))["id"], (await intake.evidence())["id"]
    design = OTHER_RIGHTS["design"]
    many = await intake.brand.post("/v1/rights", json={**design, "views": [own] * 51})
    assert refused(many) == [("/views", "too_long")]
    mixed = [own, ADDRESS, text, str(new_id(EvidenceId)), own]
    assert refused(await intake.brand.post("/v1/rights", json={**design, "views": mixed})) == [
        ("/views/2", "evidence_not_image"), ("/views/3", "N_EVIDENCE_NOT_FOUND")]  # fmt: skip
    taken = await intake.brand.post("/v1/rights", json={**design, "views": [own, ADDRESS, own]})
    assert (taken.status_code, taken.json()["views"]) == (201, [own, ADDRESS, own])
    assert [finding["pointer"] for finding in taken.json()["findings"]] == ["/views/1"]


async def test_a_picture_is_kept_or_deleted_and_never_both(intake: Intake) -> None:
    for _ in range(5):
        shown = (await intake.evidence(PICTURE))["id"]
        made, gone = await asyncio.gather(
            put(intake, "mark_image", shown), intake.brand.delete(f"/v1/evidence/{shown}")
        )
        assert (made.status_code, gone.status_code) in {(201, 409), (422, 204)}
        if made.status_code == 201:
            assert (await intake.brand.get(f"/v1/evidence/{shown}")).status_code == 200
            return


async def test_a_portfolio_is_shown_by_evidence_and_a_row_with_anothers_is_given_back(intake: Intake) -> None:
    own, text = (await intake.evidence(PICTURE))["id"], (await intake.evidence())["id"]
    others = (await intake.evidence(ANOTHER, by=intake.other))["id"]
    header = ["title", "registration_number", "views"]
    rows = [
        header, ["A", "008123456-0001", f"{own} {ADDRESS}"], ["B", "008123456-0002", f"{ADDRESS} {others}"],
        ["C", "008123456-0003", text], ["D", "008123456-0004", f"{own},{own}"],
    ]  # fmt: skip
    design = {
        "type": "design", "office": "EUIPO", "owner_name": "Acme GmbH", "product_indication": "Lamps",
        "locarno_classes": "26-05", "registered_on": "2020-01-02", "expires_on": "2045-01-02",
    }  # fmt: skip
    answer = await send(intake.brand, as_csv(rows), common=design)
    assert (answer.json()["created"], answer.json()["refused"]) == (2, 2), answer.text
    assert wrong(answer) == [(3, "/views/1", "N_EVIDENCE_NOT_FOUND"), (4, "/views/0", "evidence_not_image")]
    assert [row["import_codes"] for row in given_back(answer)] == ["N_EVIDENCE_NOT_FOUND", "evidence_not_image"]
    assert await intake.count("evidence_uses") == 2
    in_use = {
        one: (await by.get(f"/v1/evidence/{one}")).json()["in_use"]
        for one, by in ((own, intake.brand), (text, intake.brand), (others, intake.other))
    }
    assert in_use == {own: True, text: False, others: False}
