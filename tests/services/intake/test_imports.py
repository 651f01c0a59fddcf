"""Imports of many rows: taken whole or not at all, filed once, refused row by row."""

import csv
import io
import json
from typing import Any

import pytest

from services.intake.imports.fields import FIELDS
from shared.contracts.events import ImportCompleted, ReportSubmitted
from shared.contracts.ids import EvidenceId, RightId
from shared.runtime.ids import new_id
from tests.services.intake.conftest import Intake
from tests.services.intake.rows import EXPLANATION, as_csv, defaults, items, nothing_is_left, over, refused, send, url


async def test_rows_that_agree_become_one_report(intake: Intake) -> None:
    right = await intake.right()
    answer = await send(intake.brand, as_csv([["url"], *([url(n)] for n in range(3))]), defaults(right["id"]))
    assert answer.headers["location"] == f"/v1/imports/{answer.json()['id']}"
    assert answer.json()["rows_seen"] == 3
    found = await over(intake, answer)
    assert (found["state"], found["filed"], found["refused"], found["reports"]) == ("completed", 3, 0, 1)
    (told,) = await intake.running.recorded(ReportSubmitted)
    assert [item.listing.listing_id for item in told.items] == ["0", "1", "2"]
    report = await intake.read({"id": told.report_id})
    assert report["explanation"] == EXPLANATION
    assert report["contact"] == {"name": "Ada Example", "email": "ada@brand.example"}
    (done,) = await intake.running.recorded(ImportCompleted)
    assert (done.import_id, done.filed, done.refused, done.reports) == (found["id"], 3, 0, 1)
    assert await refused(intake, found) == []
    assert await intake.count("import_batches") == 0


async def test_a_row_that_says_something_else_begins_the_next_report(intake: Intake) -> None:
    right = await intake.right()
    rows = [["url", "reference"], [url(1), "A"], [url(2), "A"], [url(3), "B"], [url(4), "A"]]
    found = await over(intake, await send(intake.brand, as_csv(rows), defaults(right["id"])))
    assert (found["filed"], found["reports"]) == (4, 3)
    told = await intake.running.recorded(ReportSubmitted)
    assert [(one.reference, len(one.items)) for one in told] == [("A", 2), ("B", 1), ("A", 1)]


async def test_a_report_has_500_items_at_most(intake: Intake) -> None:
    right = await intake.right()
    rows = [["url"], *([url(n)] for n in range(1203))]
    found = await over(intake, await send(intake.brand, as_csv(rows), defaults(right["id"])))
    assert (found["filed"], found["reports"]) == (1203, 3)
    told = await intake.running.recorded(ReportSubmitted)
    assert sorted(len(one.items) for one in told) == [203, 500, 500]  # whichever of the batches was filed first
    assert sorted(await items(intake), key=int) == [str(n) for n in range(1203)]


async def test_columns_are_named_as_people_name_them_or_as_the_mapping_says(intake: Intake) -> None:
    right = await intake.right()
    rows = [
        ["Adresse", "Preis", "Contact Name", "contact-email", "MARKETS", "good_faith", "Accuracy", "Evidence IDs"],
        [url(1), "9,99", "Grace", "grace@brand.example", "de, fr", "YES", "1", ""],
    ]
    common = {name: value for name, value in defaults(right["id"]).items() if name not in ("statements", "contact")}
    mapping = {"Adresse": "url", "Preis": None}
    found = await over(intake, await send(intake.brand, as_csv(rows, delimiter=";"), common, mapping))
    assert found["filed"] == 1, await refused(intake, found)
    (told,) = await intake.running.recorded(ReportSubmitted)
    assert told.markets == ["DE", "FR"]
    report = await intake.read({"id": told.report_id})
    assert report["contact"] == {"name": "Grace", "email": "grace@brand.example"}
    assert report["statements"] == {"good_faith": True, "accuracy": True, "perjury": False}


async def test_json_lines_are_filed_as_rows_are(intake: Intake) -> None:
    right = await intake.right()
    lines = [
        {"url": url(1), "markets": ["DE", "FR"], "good_faith": True, "accuracy": True, "weight": "1 kg"},
        {"url": url(2), "markets": ["DE", "FR"], "good_faith": True, "accuracy": True, "listing_id": None},
        {"url": url(3), "markets": "DE", "good_faith": "yes", "accuracy": False},
    ]
    content = "\r\n\r\n".join(json.dumps(line) for line in lines)
    common = {**defaults(right["id"]), "statements": {}}
    answer = await send(intake.brand, content, common, {"weight": None}, kind="application/x-ndjson; charset=utf-8")
    found = await over(intake, answer)
    assert (found["rows_seen"], found["filed"], found["refused"], found["reports"]) == (3, 2, 1, 1)
    (row,) = await refused(intake, found)
    assert (row["import_row"], row["import_codes"], row["url"]) == ("5", "N_ACCURACY_MISSING", url(3))
    assert list(row) == ["import_row", "import_codes", "import_errors", "import_rest", *FIELDS]


ROWS: dict[str, tuple[dict[str, str], str, str]] = {
    "no URL": ({"url": ""}, "missing", "url"),
    "a URL of another marketplace": ({"url": "https://other.example/item/1"}, "R_NOT_ON_MARKETPLACE", "url"),
    "another listing's id": ({"listing_id": "2"}, "N_URL_INVALID", "listing_id"),
    "an unknown media type": ({"media_type": "smell"}, "enum", "media_type"),
    "a claim that is none": ({"claim": "vibes"}, "enum", "claim"),
    "a right that is not there": ({"right_id": str(new_id(RightId))}, "R_NOT_RIGHTS_HOLDER", "right_id"),
    "an id that is none": ({"right_id": "018012345"}, "value_error", "right_id"),
    "a market that is none": ({"markets": "DE QQ"}, "country_unknown", "markets"),
    "another territory": ({"markets": "US"}, "R_TERRITORY_MISMATCH", "markets"),
    "a truth that is none": ({"good_faith": "perhaps"}, "bool_type", "good_faith"),
    "a statement not made": ({"accuracy": "no"}, "N_ACCURACY_MISSING", "accuracy"),
    "too short an explanation": ({"explanation": "Fake."}, "N_EXPLANATION_MISSING", "explanation"),
    "too long an explanation": ({"explanation": "x" * 10_001}, "too_long", "explanation"),
    "a cell of 1 MB": ({"explanation": "x" * 1_000_000}, "cell_too_long", ""),
    "a NUL": ({"explanation": EXPLANATION + "\x00"}, "text_control_character", "explanation"),
    "a right-to-left override": ({"reference": "\u202eabc"}, "text_bidi_override", "reference"),
    "an e-mail address that is none": ({"contact_email": "ada"}, "string_pattern_mismatch", "contact_email"),
    "evidence that is not there": ({"evidence_ids": str(new_id(EvidenceId))}, "N_EVIDENCE_NOT_FOUND", "evidence_ids"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
async def test_what_speaks_against_one_row_refuses_it_alone(intake: Intake, case: str) -> None:
    changes, code, field = ROWS[case]
    right = await intake.right()
    columns = [name for name in FIELDS if name in {"url", "listing_id", "reference", *changes}]
    bad = {"url": url(1), "reference": "A", **changes}
    rows = [
        columns,
        [{"url": url(8), "reference": "A"}.get(name, "") for name in columns],
        [bad.get(name, "") for name in columns],
        [{"url": url(9), "reference": "A"}.get(name, "") for name in columns],
    ]
    found = await over(intake, await send(intake.brand, as_csv(rows), defaults(right["id"])))
    assert (found["rows_seen"], found["filed"], found["refused"]) == (3, 2, 1)
    (row,) = await refused(intake, found)
    assert row["import_row"] == "3"
    assert code in row["import_codes"].split()[0]
    assert row["import_errors"].startswith(f"{field}: " if field else "A cell")
    assert sorted(await items(intake)) == ["8", "9"]


async def test_a_row_with_too_many_cells_is_refused_and_a_short_one_is_not(intake: Intake) -> None:
    right = await intake.right()
    content = f"url,reference\n{url(1)},A,B,C\n{url(2)}\n\n,\n{url(3)},A,,\n".encode()
    found = await over(intake, await send(intake.brand, content, defaults(right["id"])))
    assert (found["rows_seen"], found["filed"], found["refused"]) == (3, 2, 1)
    (row,) = await refused(intake, found)
    assert (row["import_row"], row["import_codes"], row["import_rest"]) == ("2", "row_has_too_many_cells", "B\nC")


LINES: dict[str, tuple[str, str]] = {
    "no JSON": ("{", "row_malformed"),
    "no object": ('["a"]', "row_malformed"),
    "nested deep": ('{"url": ' + "[" * 5000 + "]" * 5000 + "}", "row_malformed"),
    "nested": ('{"url": {"a": 1}}', "field_type"),
    "a number": ('{"url": "x", "listing_id": 7}', "field_type"),
    "half a character": ('{"url": "\\ud800"}', "row_malformed"),
    "an unknown field": ('{"url": "x", "seller": "y"}', "field_unknown"),
    "a cell of 1 MB": (json.dumps({"url": url(1), "explanation": "x" * 1_000_000}), "cell_too_long"),
    "a long list": (json.dumps({"url": url(1), "evidence_ids": ["x" * 500] * 1000}), "cell_too_long"),
}


@pytest.mark.parametrize("case", LINES)
async def test_a_line_that_cannot_be_read_refuses_itself_alone(intake: Intake, case: str) -> None:
    line, code = LINES[case]
    right = await intake.right()
    content = "\n".join([json.dumps({"url": url(8)}), line, json.dumps({"url": url(9)})])
    answer = await send(intake.brand, content, defaults(right["id"]), kind="application/x-ndjson")
    found = await over(intake, answer)
    assert (found["rows_seen"], found["filed"], found["refused"]) == (3, 2, 1)
    (row,) = await refused(intake, found)
    assert (row["import_row"], row["import_codes"]) == ("2", code)
    if code != "cell_too_long":
        assert row["import_rest"].lstrip("'") == line[:20_000]


@pytest.mark.parametrize("content", ["url,reference\nx,y\n", '[{"url": "x"}]', "\n\nnull", "\x00"])
async def test_what_does_not_begin_as_json_lines_is_refused_whole(intake: Intake, content: str) -> None:
    answer = await send(intake.brand, content, defaults(str(new_id(RightId))), kind="application/x-ndjson")
    assert (answer.status_code, answer.json()["code"]) in [(422, "import_malformed"), (422, "import_encoding")]
    await nothing_is_left(intake)


async def test_two_names_of_one_field_in_a_line_refuse_it(intake: Intake) -> None:
    right = await intake.right()
    content = json.dumps({"url": url(1), "address": url(2)})
    common, mapping = defaults(right["id"]), {"address": "url"}
    found = await over(intake, await send(intake.brand, content, common, mapping, kind="application/x-ndjson"))
    assert (await refused(intake, found))[0]["import_codes"] == "field_twice"


async def test_a_listing_is_filed_once_and_every_other_row_is_told_so(intake: Intake) -> None:
    right = await intake.right()
    report = await intake.file(right["id"], 1)
    rows = [["url", "reference"], [url(1), "A"], [url(2), "A"], [url(2) + "?a=b", "A"], [url(2), "B"], [url(3), "B"]]
    found = await over(intake, await send(intake.brand, as_csv(rows), defaults(right["id"])))
    assert (found["filed"], found["refused"], found["reports"]) == (2, 3, 2)
    wrong = await refused(intake, found)
    assert [row["import_row"] for row in wrong] == ["2", "4", "5"]
    assert {row["import_codes"] for row in wrong} == {"R_DUPLICATE"}
    assert report["id"] in wrong[0]["import_errors"]
    assert await items(intake) == ["1", "2", "3"]


async def test_the_same_file_twice_is_filed_once(intake: Intake) -> None:
    right = await intake.right()
    content = as_csv([["url", "reference"], *([url(n), str(n % 7)] for n in range(700))])
    first = await over(intake, await send(intake.brand, content, defaults(right["id"])))
    second = await over(intake, await send(intake.brand, content, defaults(right["id"])))
    assert (first["filed"], second["filed"], second["refused"]) == (700, 0, 700)
    assert len(await items(intake)) == 700


async def test_the_same_listing_from_another_reporter_is_counted_again(intake: Intake) -> None:
    own, others = await intake.right(), await intake.right(by=intake.other)
    content = as_csv([["url"], [url(1)], [url(2)]])
    await over(intake, await send(intake.brand, content, defaults(own["id"])))
    answer = await send(intake.other, content, defaults(others["id"]))

    async def filed() -> bool:
        found = (await intake.other.get(f"/v1/imports/{answer.json()['id']}")).json()
        return bool(found["filed"] == 2)

    await intake.running.eventually(filed)
    assert sorted(await items(intake)) == ["1", "1", "2", "2"]


async def test_refused_rows_come_back_defused_and_can_be_sent_again_once_mended(intake: Intake) -> None:
    right = await intake.right()
    rows = [["url", "reference", "=cmd"]]
    rows += [[f"{sign}HYPERLINK(1)", f"{sign}2", f"{sign}3"] for sign in "=+-@"]
    rows += [["\tx", "", ""]]
    answer = await send(intake.brand, as_csv(rows), defaults(right["id"]), {"=cmd": None})
    found = await over(intake, answer)
    assert found["refused"] == 5
    text = (await intake.brand.get(f"/v1/imports/{found['id']}/errors")).text
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    mended = text.replace("'=HYPERLINK(1)", url(1)).replace("'=cmd", "cmd")
    again = await over(intake, await send(intake.brand, mended.encode(), defaults(right["id"]), {"cmd": None}))
    assert (again["filed"], again["refused"]) == (1, 4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
async def test_text_is_read_as_its_byte_order_mark_says(intake: Intake, encoding: str) -> None:
    right = await intake.right()
    text = f'url,signature\r\n{url(1)},"Zoë ""Z"" Łódź, 例"\r{url(2)},"Zoë\r\n"'
    found = await over(intake, await send(intake.brand, text.encode(encoding), defaults(right["id"])))
    assert found["filed"] == 2, await refused(intake, found)
    told = await intake.running.recorded(ReportSubmitted)
    assert (await intake.read({"id": told[0].report_id}))["signature"] == 'Zoë "Z" Łódź, 例'


HEADER = b"url,reference\n"
FILES: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "import_empty", ""),
    "a byte order mark": (b"\xef\xbb\xbf", "import_empty", ""),
    "empty lines": (b"\n\r\n\n", "import_empty", ""),
    "a header alone": (HEADER, "import_empty", ""),
    "Latin-1": (HEADER + b"a,b\n" * 3 + "x,Zoë\n".encode("latin-1"), "import_encoding", "Line 5"),
    "UTF-16 without its mark": (HEADER.decode().encode("utf-16-le"), "import_encoding", "UTF-16"),
    "UTF-16 cut off": ((HEADER * 3).decode().encode("utf-16")[:-1], "import_encoding", "cut off"),
    "UTF-8 cut off": (HEADER + "a,ë".encode()[:-1], "import_encoding", "Line 2 is cut off"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "import_encoding", "Line 1"),
    "an unknown column": (b"url,price\nx,1\n", "import_columns_wrong", "price"),
    "a column twice": (b"url,URL\nx,y\n", "import_columns_wrong", "both hold url"),
    "no column for the address": (b"reference\nx\n", "import_columns_wrong", "url"),
    "too many columns": (b",".join([b"url"] * 201) + b"\n", "import_columns_wrong", "200 columns"),
    "a long name": (b"url," + b"x" * 1000 + b"\n", "import_columns_wrong", "200 characters"),
    "a quotation mark never closed": (HEADER + b'a,b\nx,"y\nz\n', "import_malformed", "line 3"),
    "a row without end": (HEADER + b"x" * 2_200_000, "import_malformed", "line 2"),
    "a cell without end": (HEADER + b'"' + b"x\n" * 1_100_000, "import_malformed", "line 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
async def test_a_file_that_cannot_be_read_is_refused_whole(intake: Intake, case: str) -> None:
    content, code, says = FILES[case]
    answer = await send(intake.brand, content, defaults(str(new_id(RightId))))
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert says in answer.json()["detail"]
    await nothing_is_left(intake)


PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "defaults that are no JSON": ({"defaults": "{"}, "/defaults"),
    "defaults that are no object": ({"defaults": "[]"}, "/defaults"),
    "an unknown default": ({"defaults": '{"seller": "x"}'}, "/defaults/seller"),
    "items among the defaults": ({"defaults": '{"items": []}'}, "/defaults/items"),
    "a claim that is none": ({"defaults": '{"claim": "vibes"}'}, "/defaults/claim"),
    "a name that is none": ({"defaults": '{"contact": {"name": 7}}'}, "/defaults/contact/name"),
    "a mapping that is no object": ({"mapping": '"url"'}, "/mapping"),
    "a mapping to a number": ({"mapping": '{"a": 1}'}, "/mapping/a"),
}  # fmt: skip


@pytest.mark.parametrize("case", PARAMETERS)
async def test_a_parameter_that_is_not_valid_is_pointed_to(intake: Intake, case: str) -> None:
    params, pointer = PARAMETERS[case]
    answer = await intake.brand.post(
        "/v1/imports", content=b"url\n", params=params, headers={"content-type": "text/csv"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_mapping_to_what_is_no_field_or_no_column_is_refused(intake: Intake) -> None:
    common = defaults(str(new_id(RightId)))
    for mapping in ({"url": "price"}, {"URL": "url"}):
        answer = await send(intake.brand, b"url\nx\n", common, mapping)
        assert (answer.status_code, answer.json()["code"]) == (422, "import_columns_wrong")
    answer = await send(intake.brand, b"{}", common, {"a": "price"}, kind="application/x-ndjson")
    assert (answer.status_code, answer.json()["code"]) == (422, "import_columns_wrong")
    answer = await send(intake.brand, b"url\nx\n", {})
    assert answer.json()["errors"][0]["message"] == "No column holds right_id."


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "multipart/form-data; boundary=x"])
async def test_another_content_type_is_415(intake: Intake, kind: str) -> None:
    answer = await send(intake.brand, b"url\n", kind=kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
