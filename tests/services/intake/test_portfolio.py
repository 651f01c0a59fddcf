"""A portfolio: many rights into the vault with one file, each held to what one alone is held to."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from shared.contracts.countries import COUNTRIES
from tests.running import Running
from tests.services.intake.conftest import TRADEMARK, Intake
from tests.services.intake.rows import as_csv

StartService = Callable[..., Awaitable[Running]]
HEADER = ["title", "mark_text", "registration_number", "nice_classes"]
COMMON = {
    "type": "trademark", "mark_type": "word", "office": "EUIPO", "owner_name": "Acme GmbH", "owner_country": "de",
    "registered_on": "2020-01-02", "expires_on": "2050-01-02",
}  # fmt: skip


def mark(number: int, *, title: str | None = None) -> list[str]:
    return [title or f"ACME {number}", f"ACME {number}", f"{18_000_000 + number:09}", "18, 25"]


def marks(count: int) -> bytes:
    return as_csv([HEADER, *(mark(number) for number in range(count))])


async def send(
    by: httpx.AsyncClient,
    content: Any,
    *,
    common: Any = COMMON,
    mapping: Any = None,
    key: str | None = None,
    kind: str = "text/csv",
) -> httpx.Response:
    params = {
        name: json.dumps(value) for name, value in (("defaults", common), ("mapping", mapping)) if value is not None
    }
    headers = {"content-type": kind, **({"Idempotency-Key": key} if key else {})}
    return await by.post("/v1/rights/import", content=content, params=params, headers=headers)


def wrong(answer: httpx.Response) -> list[tuple[int, str, str]]:
    return [(error["row"], error["pointer"], error["code"]) for error in answer.json()["errors"]]


def given_back(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.json()["errors_csv"], newline="")))


async def test_two_thousand_marks_are_put_in_with_one_call(intake: Intake) -> None:
    answer = await send(intake.brand, marks(2000))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["created"], found["refused"], found["errors"], found["errors_csv"]) == (2000, 0, [], None)
    assert [row["row"] for row in found["rights"]] == list(range(2, 2002))
    assert (await intake.count("rights"), await intake.count("right_versions")) == (2000, 2000)
    right = (await intake.brand.get(f"/v1/rights/{found['rights'][7]['id']}")).json()
    alone = {
        "type": "trademark", "title": "ACME 7", "mark_text": "ACME 7", "mark_type": "word", "office": "EUIPO",
        "registration_number": "018000007", "owner": {"name": "Acme GmbH", "country": "DE"}, "nice_classes": [18, 25],
        "registered_on": "2020-01-02", "expires_on": "2050-01-02",
    }  # fmt: skip
    other = (await intake.other.post("/v1/rights", json=alone)).json()
    for name in set(other) - {"id", "account_id", "created_at", "updated_at"}:
        assert right[name] == other[name], name
    kept = (await intake.brand.get(f"/v1/rights/{right['id']}/versions/1")).json()
    assert (kept["state"], kept["mark_text"], kept["owner"]) == ("pending", "ACME 7", right["owner"])
    verified = await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    assert verified.json()["state"] == "verified"


async def test_every_type_of_right_can_stand_in_one_file(intake: Intake) -> None:
    rows = [
        ["Type", "Title", "Owner Name", "held as", "office", "registration_number", "registered_on", "expires_on",
         "territories", "kind_of_work", "author", "created_on", "original_url", "views", "product_indication",
         "locarno_classes", "asserted_claim", "features", "distinctiveness", "non_functionality", "name", "kind",
         "product"],
        ["copyright", "W", "A", "agent", "", "", "", "", "", "Photograph", "Ada", "2019-05-04", "https://a.example/w"],
        ["design", "D", "A", "", "EUIPO", "008123456-0001", "2020-01-02", "2045-01-02", "", "", "", "", "",
         "https://a.example/1 https://a.example/2", "Lamps", "26-05"],
        ["patent", "P", "A", "", "EPO", "EP3123456B1", "", "2038-01-02", "de fr", *[""] * 7, "1"],
        ["trade dress", "T", "A", "", "", "", "", "", "US", *[""] * 8, "A waist.", "Known.", "Any other holds."],
        ["geographical_indication", "G", "A", "", "EUIPO", "PDO-1", *[""] * 14, "Formaggio", "Designation of origin",
         "Cheese"],
    ]  # fmt: skip
    answer = await send(intake.brand, as_csv(rows), common=None)
    assert answer.json()["created"] == 5, answer.text
    rights = (await intake.brand.get("/v1/rights")).json()["data"]
    by_type = {right["type"]: right for right in rights}
    assert by_type["copyright"]["held_as"] == "agent"
    assert by_type["design"]["views"] == ["https://a.example/1", "https://a.example/2"]
    assert by_type["patent"]["territories"] == ["DE", "FR"]
    assert by_type["geographical_indication"]["kind"] == "designation_of_origin"


async def test_a_wrong_row_is_refused_with_its_places_and_the_others_are_taken(intake: Intake) -> None:
    rows = [
        HEADER, mark(1), ["", "ACME", "018000002", "25"], ["ACME 3", "ACME 3", "018000003", "25 46 x"],
        ["ACME 4", "", "018000004", "25"], mark(5), ["line\nbreak", "A", "018000006", "25", "one too many"],
        ["ACME 7", "A", "018000007"], [], mark(9),
    ]  # fmt: skip
    answer = await send(intake.brand, as_csv(rows))
    assert (answer.json()["created"], answer.json()["refused"]) == (3, 5)
    assert [row["row"] for row in answer.json()["rights"]] == [2, 6, 10]
    assert wrong(answer) == [
        (3, "/title", "missing"), (4, "/nice_classes/1", "less_than_equal"), (4, "/nice_classes/2", "int_type"),
        (5, "/mark_text", "missing"), (7, "", "row_has_too_many_cells"), (8, "/nice_classes", "missing"),
    ]  # fmt: skip
    back = given_back(answer)
    assert [row["import_row"] for row in back] == ["3", "4", "5", "7", "8"]
    assert back[1]["import_codes"] == "less_than_equal int_type"
    assert back[3]["import_rest"] == "one too many"
    back[0]["title"] = "ACME 2"
    mended = as_csv([list(back[0]), list(back[0].values())])
    assert (await send(intake.brand, mended)).json()["created"] == 1


async def test_a_row_that_repeats_a_right_is_refused(intake: Intake) -> None:
    right = await intake.right(registration_number="018000001")
    await intake.right(by=intake.other, registration_number="018000002")
    rows = [HEADER, mark(1), mark(2), mark(2, title="again"), mark(3)]
    answer = await send(intake.brand, as_csv(rows))
    assert (answer.json()["created"], answer.json()["refused"]) == (2, 2)
    assert wrong(answer) == [(2, "/registration_number", "R_DUPLICATE"), (4, "/registration_number", "R_DUPLICATE")]
    assert right["id"] in answer.json()["errors"][0]["message"]
    assert "row 3" in answer.json()["errors"][1]["message"]
    elsewhere = await send(intake.brand, as_csv([HEADER, mark(1)]), common={**COMMON, "office": "DPMA"})
    assert elsewhere.json()["created"] == 1


async def test_the_same_key_and_file_are_one_import(intake: Intake) -> None:
    first = await send(intake.brand, marks(3), key="portfolio")
    again = await send(intake.brand, marks(3), key="portfolio")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = await send(intake.brand, marks(4), key="portfolio")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    bad = await send(intake.brand, marks(3), key="a key")
    assert (bad.status_code, bad.json()["code"]) == (422, "idempotency_key_invalid")
    assert await intake.count("rights") == 3


async def test_files_that_come_together_repeat_nothing(intake: Intake) -> None:
    answers = await asyncio.gather(*(send(intake.brand, marks(50)) for _ in range(4)))
    assert sorted(answer.json()["created"] for answer in answers) == [0, 0, 0, 50]
    keyed = await asyncio.gather(*(send(intake.other, marks(50), key="k") for _ in range(4)))
    assert {answer.status_code for answer in keyed} <= {200, 409}
    assert await intake.count("rights") == 100


UNREADABLE = [
    (b"", "import_empty", "no row"),
    (b"title,mark_text\n", "import_empty", "no row"),
    (b"title,colour\nA,red\n", "import_columns_wrong", "colour"),
    (b"title,Title\nA,B\n", "import_columns_wrong", "both hold title"),
    (b"mark_text\nA\n", "import_columns_wrong", "title"),
    (b"title\nCaf\xe9\n", "import_encoding", "Line 2"),
    ("title\nA\n".encode("utf-16-le"), "import_encoding", "NUL"),
    (b'title\n"never closed\n', "import_malformed", "line 2"),
]


async def test_a_file_that_cannot_be_read_is_refused_whole(intake: Intake) -> None:
    for content, code, words in UNREADABLE:
        answer = await send(intake.brand, content)
        assert (answer.status_code, answer.json()["code"]) == (422, code), content[:40]
        assert words in answer.json()["detail"] or words in answer.json()["title"]
    assert await intake.count("rights") == 0


async def test_files_are_read_as_people_save_them(intake: Intake) -> None:
    text = 'Mark;Number;class;note\r\n"CAFÉ; ""LE""";018000001;25;x\r\nÉTÉ;018000002;18|25;\r\n'
    mapping = {"Mark": "title", "Number": "registration_number", "class": "nice_classes", "note": None}
    common = {**COMMON, "mark_text": "CAFÉ"}
    for by, encoding in ((intake.brand, "utf-8-sig"), (intake.other, "utf-16")):
        answer = await send(by, text.encode(encoding), common=common, mapping=mapping)
        assert answer.json()["created"] == 2, answer.text
        titles = [right["title"] for right in (await by.get("/v1/rights")).json()["data"]]
        assert titles == ["ÉTÉ", 'CAFÉ; "LE"']


async def test_a_huge_cell_refuses_its_row_alone(intake: Intake) -> None:
    answer = await send(intake.brand, as_csv([HEADER, mark(1, title="A" * 1_000_000), mark(2)]))
    assert (answer.json()["created"], wrong(answer)) == (1, [(2, "/title", "cell_too_long")])
    assert len(answer.text) < 100_000


async def test_what_a_spreadsheet_would_run_is_text_here_and_is_given_back_disarmed(intake: Intake) -> None:
    formula = '=HYPERLINK("https://evil.example")'
    rows = [HEADER, mark(1, title=formula), ["+ONE", "+ONE", "", "25"], ["@HOME", "@HOME", "018000003", "25"]]
    answer = await send(intake.brand, as_csv(rows))
    assert wrong(answer) == [(3, "/registration_number", "missing")]
    titles = {right["title"] for right in (await intake.brand.get("/v1/rights")).json()["data"]}
    assert titles == {formula, "@HOME"}
    (row,) = given_back(answer)
    assert (row["title"], row["mark_text"]) == ("'+ONE", "'+ONE")
    row["registration_number"] = "018000002"
    answer = await send(intake.brand, as_csv([list(row), list(row.values())]))
    right = (await intake.brand.get(f"/v1/rights/{answer.json()['rights'][0]['id']}")).json()
    assert (right["title"], right["mark_text"]) == ("+ONE", "+ONE")


async def test_wrong_parameters_are_pointed_to(intake: Intake) -> None:
    for common, mapping, pointer in (
        ({"colour": "red"}, None, "/defaults/colour"),
        ({"type": 1}, None, "/defaults/type"),
        ([], None, "/defaults"),
        (COMMON, {"title": 1}, "/mapping/title"),
    ):
        answer = await send(intake.brand, marks(1), common=common, mapping=mapping)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    unknown = await send(intake.brand, marks(1), mapping={"title": "colour"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "import_columns_wrong")


async def test_a_file_has_its_limits(start_service: StartService) -> None:
    intake = Intake(await start_service("intake", vault_import_rows="10", vault_import_bytes="2000"))
    answer = await send(intake.brand, as_csv([HEADER, *(mark(n) for n in range(11))]))
    assert (answer.status_code, answer.json()["code"]) == (422, "import_too_many_rows")
    answer = await send(intake.brand, marks(200))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert (await send(intake.brand, marks(10))).json()["created"] == 10


async def test_nobody_else_imports(intake: Intake) -> None:
    answer = await send(intake.brand, b"{}", kind="application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert (await send(intake.running.anonymous, marks(1))).status_code == 401
    reader = intake.running.as_("brand", scopes=frozenset({"rights:read"}))
    assert (await send(reader, marks(1))).status_code == 403
    assert await intake.count("rights") == 0


async def test_one_number_however_it_is_written_is_one_right(intake: Intake) -> None:
    written = ["018000001", "18000001", "018 000 001", "Reg. No. 018.000.001", "EUTM018000001", "018000002"]
    rows = [HEADER, *(["ACME", "ACME", number, "25"] for number in written)]
    answer = await send(intake.brand, as_csv(rows))
    assert [row["row"] for row in answer.json()["rights"]] == [2, 7]
    assert wrong(answer) == [(row, "/registration_number", "R_DUPLICATE") for row in (3, 4, 5, 6)]
    again = await send(intake.brand, as_csv([HEADER, ["ACME", "ACME", "18 000 001", "25"]]))
    assert wrong(again) == [(2, "/registration_number", "R_DUPLICATE")]
    changed = (await intake.brand.get(f"/v1/rights/{answer.json()['rights'][0]['id']}")).json()
    assert changed["registration_number"] == "018000001"
    moved = await intake.brand.patch(f"/v1/rights/{changed['id']}", json={"registration_number": "EU 018 000 009"})
    assert moved.status_code == 200
    rows = [HEADER, ["ACME", "ACME", "018000009", "25"], ["ACME", "ACME", "018000001", "25"]]
    after = await send(intake.brand, as_csv(rows))
    assert (after.json()["created"], wrong(after)) == (1, [(2, "/registration_number", "R_DUPLICATE")])


async def test_a_number_that_a_spreadsheet_damaged_is_refused_and_why(intake: Intake) -> None:
    damaged = ["1.8E+07", '="018000001"', "#####", "018000001.0", "12-Jan"]
    answer = await send(intake.brand, as_csv([HEADER, *(["ACME", "ACME", number, "25"] for number in damaged)]))
    assert wrong(answer) == [(row, "/registration_number", "number_damaged") for row in range(2, 7)]
    assert "shortened" in answer.json()["errors"][0]["message"]
    alone = await intake.brand.post("/v1/rights", json={**TRADEMARK, "registration_number": "1.8E+07"})
    assert [(one["pointer"], one["code"]) for one in alone.json()["errors"]] == [
        ("/registration_number", "number_damaged")
    ]


async def test_dates_of_a_file_are_no_digits(intake: Intake) -> None:
    header = [*HEADER, "registered_on", "expires_on"]
    dates = [("0", "4102444800"), ("20200102", "20500102"), ("43832", "2050-01-02"), ("02.01.2020", "2050-01-02")]
    rows = [header, *([*mark(place), *given] for place, given in enumerate(dates))]
    answer = await send(intake.brand, as_csv(rows))
    assert wrong(answer) == [
        (2, "/registered_on", "date_digits"), (2, "/expires_on", "date_digits"), (3, "/registered_on", "date_digits"),
        (3, "/expires_on", "date_digits"), (4, "/registered_on", "date_digits"), (5, "/registered_on", "date_form"),
    ]  # fmt: skip
    assert all("YYYY-MM-DD" in error["message"] for error in answer.json()["errors"])


IR_HEADER = ["title", "registration_number", "territories", "nice_classes"]
IR = {**COMMON, "office": "WIPO", "mark_text": "ASH"}


async def test_the_designations_of_one_international_registration_are_one_right(intake: Intake) -> None:
    rows = [
        IR_HEADER, ["ASH", "1234567", "EU", "25"], ["ASH", "1 234 567", "GB", "25"], ["ASH", "7654321", "US", "25"],
        ["ASH", "IR1234567", "JP, KR", "25"], ["ASH", "1234567", "GB", "25"], ["ASH", "1234567", "CN", "18"],
    ]  # fmt: skip
    answer = await send(intake.brand, as_csv(rows), common=IR)
    found = answer.json()
    (first, second) = found["rights"]
    assert (found["created"], found["refused"], first["row"], second["row"]) == (2, 2, 2, 4)
    assert found["merged"] == [{"row": 3, "id": first["id"]}, {"row": 5, "id": first["id"]}]
    assert wrong(answer) == [(row, "/registration_number", "R_DUPLICATE") for row in (6, 7)]
    assert "already" in found["errors"][0]["message"]
    assert "nice_classes" in found["errors"][1]["message"]
    right = (await intake.brand.get(f"/v1/rights/{first['id']}")).json()
    assert (right["territories"], right["registration_number"]) == (["EU", "GB", "JP", "KR"], "1234567")
    assert (await intake.brand.get(f"/v1/rights/{first['id']}/versions/1")).json()["territories"] == right[
        "territories"
    ]
    later = await send(intake.brand, as_csv([IR_HEADER, ["ASH", "1234567", "BR", "25"]]), common=IR)
    assert wrong(later) == [(2, "/registration_number", "R_DUPLICATE")]
    assert "PATCH" in later.json()["errors"][0]["message"]


async def test_a_national_number_is_not_gathered_from_rows(intake: Intake) -> None:
    rows = [IR_HEADER, ["ASH", "018000001", "DE", "25"], ["ASH", "018000001", "FR", "25"]]
    answer = await send(intake.brand, as_csv(rows), common={**IR, "office": "EUIPO"})
    assert (answer.json()["created"], answer.json()["merged"]) == (1, [])
    assert wrong(answer) == [(3, "/registration_number", "R_DUPLICATE")]


async def test_an_export_whose_columns_share_a_name_is_mapped_by_place(intake: Intake) -> None:
    content = (
        (
            "ref;country;number;from;to;code;value;code;value\n"
            '1;FR;4000001;2018-05-03;2058-05-03;TIT;ASH;CL;3\n"2;FR;4000002;x\n'
        )
        .replace('"2;', '2;"x\\"')
        .encode()
    )
    mapping = [None, "territories", "registration_number", "registered_on", "expires_on", None, "title", None,
               "nice_classes"]  # fmt: skip
    common = {"type": "trademark", "mark_type": "word", "mark_text": "ASH", "office": "INPI", "owner_name": "Ash"}
    answer = await send(intake.brand, content, common=common, mapping=mapping)
    assert (answer.json()["created"], wrong(answer)) == (1, [(3, "", "row_backslash_quotes")])
    again = await send(intake.other, content, common=common, mapping={"ref": None, "value": "title"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "column_twice")


async def test_a_declared_charset_is_honoured(intake: Intake) -> None:
    content = as_csv([HEADER, mark(1, title="CAF\u00c9 \u201cLE\u201d")]).decode().encode("cp1252")
    refused = await send(intake.brand, content)
    assert (refused.status_code, refused.json()["code"]) == (422, "import_encoding")
    answer = await send(intake.brand, content, kind='text/csv; header=present; charset="Windows-1252"')
    assert answer.json()["created"] == 1, answer.text
    right = (await intake.brand.get(f"/v1/rights/{answer.json()['rights'][0]['id']}")).json()
    assert right["title"] == "CAF\u00c9 \u201cLE\u201d"
    unknown = await send(intake.brand, content, kind="text/csv; charset=nonsense")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "import_encoding")
    assert "nonsense" in unknown.json()["detail"]


async def test_designations_of_the_world_swallow_the_others_and_the_right_can_be_read(intake: Intake) -> None:
    nearly_all = ", ".join(sorted(COUNTRIES)) + ", EU"
    rows = [IR_HEADER, ["ASH", "1234567", nearly_all, "25"], ["ASH", "1234567", "WW", "25"]]
    found = (await send(intake.brand, as_csv(rows), common=IR)).json()
    assert (found["created"], found["refused"]) == (1, 0)
    read = await intake.brand.get(f"/v1/rights/{found['rights'][0]['id']}")
    assert (read.status_code, read.json()["territories"]) == (200, ["WW"])
