"""Files of rows, sent and followed."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import httpx

from tests.services.intake.conftest import Intake

EXPLANATION = "None of our factories makes this shoe."


def defaults(right_id: str, **changes: Any) -> dict[str, Any]:
    """What holds for every row of these files."""
    return {
        "right_id": right_id, "claim": "counterfeit", "language": "en", "markets": ["DE"], "explanation": EXPLANATION,
        "legal_basis": "dsa", "statements": {"good_faith": True, "accuracy": True}, "signature": "Ada Example",
        "contact": {"name": "Ada Example", "email": "ada@brand.example"}, **changes,
    }  # fmt: skip


def url(listing: object) -> str:
    return f"https://shop.example/item/{listing}"


def as_csv(rows: list[list[str]], **dialect: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue().encode()


async def send(
    by: httpx.AsyncClient,
    content: Any,
    common: Mapping[str, Any] | None = None,
    mapping: Mapping[str, Any] | None = None,
    *,
    kind: str = "text/csv",
    key: str | None = None,
) -> httpx.Response:
    params = {
        name: json.dumps(value) for name, value in (("defaults", common), ("mapping", mapping)) if value is not None
    }
    headers = {"content-type": kind, **({"Idempotency-Key": key} if key else {})}
    return await by.post("/v1/imports", content=content, params=params, headers=headers)


async def over(intake: Intake, answer: httpx.Response) -> dict[str, Any]:
    """The import once it is over."""
    assert answer.status_code == 202, answer.text

    async def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = (await intake.brand.get(f"/v1/imports/{answer.json()['id']}")).json()
        return found if found["state"] != "filing" else None

    found: dict[str, Any] = await intake.running.eventually(ended, seconds=20)
    return found


async def refused(intake: Intake, found: dict[str, Any]) -> list[dict[str, str]]:
    answer = await intake.brand.get(f"/v1/imports/{found['id']}/errors")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def items(intake: Intake) -> list[str]:
    async with intake.running.database.pool.acquire() as connection:
        rows = await connection.fetch("SELECT listing_id FROM report_items ORDER BY id")
    return [row["listing_id"] for row in rows]


async def nothing_is_left(intake: Intake) -> None:
    for table in ("imports", "import_batches", "import_refusals", "reports", "report_items"):
        assert await intake.count(table) == 0, table
