"""Files that are not what they seem, through the gateway: each is refused with a code, and nothing of it is kept."""

import csv
import io
import json
from typing import Any

import pytest

from deploy.local.api import Api
from shared.contracts.ids import RightId
from shared.runtime.ids import new_id
from tests.libraries.documents.papers import archive, encrypted, pdf
from tests.platform.people import People
from tests.running import eventually
from tests.services.intake.rows import as_csv, defaults, url

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

MAIL, PDF = "message/rfc822", "application/pdf"
HEAD = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
LETTERS: dict[str, tuple[bytes, str, int, str]] = {
    "corrupted": (pdf("A letter")[:300], PDF, 422, "letter_unreadable"),
    "encrypted": (encrypted(pdf("A letter"), "a password"), PDF, 422, "letter_encrypted"),
    "10,000 pages": (pdf("again", count=10_000), PDF, 422, "letter_too_many_pages"),
    "a picture and a PDF": (b"GIF89a" + pdf("A letter"), PDF, 422, "letter_unreadable"),
    "a PDF and an archive": (pdf("A letter") + archive(), PDF, 422, "letter_unreadable"),
    "a mail and an archive": (HEAD + b"--b\n\nx\n--b--\n" + archive(), MAIL, 422, "letter_unreadable"),
    "a PDF for a mail": (pdf("A letter"), MAIL, 422, "letter_unreadable"),
    "10,000 parts": (HEAD + b"--b\n\nx\n" * 10_000 + b"--b--\n", MAIL, 422, "letter_too_many_parts"),
    "more than 10 MiB": (b"x" * 10_485_761, MAIL, 413, "body_too_large"),
    "neither": (b"A letter", "text/plain", 415, "unsupported_media_type"),
}  # fmt: skip
TEXT = "url,reference\nhttps://shop.example/item/1,Zoë\n"
TABLES: dict[str, tuple[bytes, str]] = {
    "Latin-1": (TEXT.encode("latin-1"), "import_encoding"),
    "UTF-16 without its mark": (TEXT.encode("utf-16-le"), "import_encoding"),
    "UTF-8 cut off": (TEXT.encode()[:-2], "import_encoding"),
    "an archive": (archive(), "import_encoding"),
    "a cell without end": (b"url,reference\nx," + b'"' + b"x\n" * 900_000, "import_malformed"),
    "a formula for a column": (b"url,=HYPERLINK(1)\nx,y\n", "import_columns_wrong"),
}
FORMULA = '=HYPERLINK("https://evil.example")'


async def _send(api: Api, path: str, content: bytes, media_type: str, **params: Any) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": media_type}
    query = {name: json.dumps(value) for name, value in params.items()}
    async with api.session.post(api.base_url + path, data=io.BytesIO(content), params=query, headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("case", LETTERS)
async def test_a_letter_that_is_not_read_is_told_why(people: People, case: str) -> None:
    content, media_type, status, code = LETTERS[case]
    found = await _send(people.brand, "/v1/reports/parse", content, media_type)
    assert (found[0], found[1]["code"]) == (status, code)


@pytest.mark.parametrize("case", TABLES)
async def test_a_table_that_is_not_read_is_refused_whole(people: People, case: str) -> None:
    one = await people.with_brand(f"Tables, {case}")
    content, code = TABLES[case]
    portfolio = {"type": "trademark", "owner_name": "A"}
    for path, common, mapping in (
        ("/v1/imports", defaults(str(new_id(RightId))), {}),
        ("/v1/rights/import", portfolio, {"url": "title", "reference": "mark_text"}),
    ):
        params = {"defaults": common, "mapping": mapping}
        status, found = await _send(one.brand, path, content, "text/csv", **params)
        assert (status, found["code"]) == (422, code), path
    for path in ("/v1/imports", "/v1/rights", "/v1/reports"):
        assert await one.brand.each(path) == []


async def test_a_cell_of_a_megabyte_and_one_that_a_spreadsheet_would_run_refuse_their_rows_alone(
    people: People,
) -> None:
    one = await people.with_brand("Cells")
    right = await one.right()
    rows = [["url", "reference"], [url("cell-1"), "x" * 1_000_000], [FORMULA, "+1"], [url("cell-2"), FORMULA]]
    status, sent = await _send(one.brand, "/v1/imports", as_csv(rows), "text/csv", defaults=defaults(right["id"]))
    assert status == 202, sent

    async def over() -> dict[str, Any] | None:
        found: dict[str, Any] = await one.brand.get(f"/v1/imports/{sent['id']}")
        return found if found["state"] == "completed" else None

    found = await eventually(over)
    assert (found["filed"], found["refused"]) == (1, 2)
    headers = {"Authorization": f"Bearer {one.brand.key}"}
    errors = f"{one.brand.base_url}/v1/imports/{sent['id']}/errors"
    async with one.brand.session.get(errors, headers=headers) as answer:
        text = await answer.text()
    long, formula = csv.DictReader(io.StringIO(text, newline=""))
    assert (long["import_codes"], len(long["reference"])) == ("cell_too_long", 20_000)
    assert (formula["import_codes"], formula["url"], formula["reference"]) == ("N_URL_INVALID", "'" + FORMULA, "'+1")
    (report,) = await one.brand.each("/v1/reports")
    assert report["reference"] == FORMULA, "what is read as text is kept as it came"
    await one.withdrawn()
