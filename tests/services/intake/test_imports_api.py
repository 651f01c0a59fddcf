"""Imports as a caller meets them: keys, limits, other people's, cancelling, lists."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest

from services.intake.imports.records import tidy
from shared.contracts.codes import AccountKind
from shared.contracts.events import AccountChanged, AccountState, ImportCompleted
from shared.contracts.ids import ImportId, RightId
from shared.runtime.ids import new_id
from tests.running import Running
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import hear
from tests.services.intake.importing import file_one_batch
from tests.services.intake.rows import as_csv, defaults, items, nothing_is_left, over, send, url

StartService = Callable[..., Awaitable[Running]]
FILE = as_csv([["url", "reference"], *([url(n), str(n)] for n in range(1200))])


@pytest.fixture
async def still(start_service: StartService) -> Intake:
    """An intake whose imports only go on when a test says so."""
    return Intake(await start_service("intake", import_workers="0", imports_at_work="3", import_rows="1200"))


async def test_the_same_key_and_file_are_one_import(intake: Intake) -> None:
    right = await intake.right()
    first = await send(intake.brand, FILE, defaults(right["id"]), key="file-1")
    await over(intake, first)
    again = await send(intake.brand, FILE, defaults(right["id"]), key="file-1")
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert (await intake.count("imports"), await intake.count("report_items")) == (1, 1200)
    other = await send(intake.brand, FILE + b"x,y\n", defaults(right["id"]), key="file-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    changed = await send(intake.brand, FILE, defaults(right["id"], signature="Grace"), key="file-1")
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")
    assert await intake.count("imports") == 1


async def test_the_same_key_at_once_is_one_import(intake: Intake) -> None:
    right = await intake.right()
    answers = await asyncio.gather(*(send(intake.brand, FILE, defaults(right["id"]), key="file-1") for _ in range(4)))
    taken = [answer for answer in answers if answer.status_code == 202]
    assert {answer.json()["id"] for answer in taken} == {taken[0].json()["id"]}
    assert {answer.json()["code"] for answer in answers if answer not in taken} <= {"idempotency_key_in_use"}
    await over(intake, taken[0])
    assert (await intake.count("imports"), await intake.count("report_items")) == (1, 1200)


async def test_a_refused_file_does_not_use_up_its_key(intake: Intake) -> None:
    right = await intake.right()
    assert (await send(intake.brand, b"", defaults(right["id"]), key="file-1")).status_code == 422
    assert (await send(intake.brand, FILE, defaults(right["id"]), key="file-1")).status_code == 202
    bad = await send(intake.brand, FILE, defaults(right["id"]), key="file 1")
    assert (bad.status_code, bad.json()["code"]) == (422, "idempotency_key_invalid")


async def test_what_another_account_imports_is_not_there(still: Intake) -> None:
    right = await still.right()
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()
    unknown = str(new_id(ImportId))
    for by, name in ((still.other, found["id"]), (still.brand, unknown)):
        for method, path in (("GET", ""), ("GET", "/errors"), ("POST", "/cancel")):
            answer = await by.request(method, f"/v1/imports/{name}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "import_not_found")
    assert (await still.other.get("/v1/imports")).json()["data"] == []
    (seen,) = (await still.operator.get("/v1/imports")).json()["data"]
    assert seen == found
    assert (await still.brand.get("/v1/imports/rep_01j9zq4m2te5rv8c3kx7w0nh6b")).status_code == 422


async def test_nobody_imports_without_a_key_or_its_scope(intake: Intake) -> None:
    assert (await send(intake.running.anonymous, FILE)).status_code == 401
    reader = intake.running.as_("brand", scopes=frozenset({"reports:read"}))
    answer = await send(reader, FILE)
    assert (answer.status_code, answer.json()["required_scope"]) == (403, "reports:write")
    cancel = await reader.post(f"/v1/imports/{new_id(ImportId)}/cancel")
    assert cancel.status_code == 403
    writer = intake.running.as_("brand", scopes=frozenset({"rights:write"}))
    assert (await writer.get("/v1/imports")).status_code == 403
    await nothing_is_left(intake)


async def test_a_cancelled_import_files_no_further_row(still: Intake) -> None:
    right = await still.right()
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()
    assert await file_one_batch(still)
    answers = await asyncio.gather(*(still.brand.post(f"/v1/imports/{found['id']}/cancel") for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    cancelled = answers[0].json()
    assert (cancelled["state"], cancelled["filed"], cancelled["rows_seen"]) == ("cancelled", 1000, 1200)
    assert not await file_one_batch(still)
    assert (await still.count("report_items"), await still.count("import_batches")) == (1000, 0)
    (told,) = await still.running.recorded(ImportCompleted)
    assert (told.state, told.filed) == ("cancelled", 1000)
    assert (await still.brand.get(f"/v1/imports/{found['id']}/errors")).text.count("\r\n") == 1


async def test_an_import_that_is_over_cannot_be_cancelled(intake: Intake) -> None:
    right = await intake.right()
    found = await over(intake, await send(intake.brand, FILE, defaults(right["id"])))
    answer = await intake.brand.post(f"/v1/imports/{found['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "import_over")


async def test_cancelling_while_rows_are_filed_loses_none_of_those_counted(intake: Intake) -> None:
    right = await intake.right()
    found = (await send(intake.brand, FILE, defaults(right["id"]))).json()
    answer = await intake.brand.post(f"/v1/imports/{found['id']}/cancel")
    state = (
        answer.json() if answer.status_code == 200 else (await intake.brand.get(f"/v1/imports/{found['id']}")).json()
    )
    assert state["filed"] == await intake.count("report_items")


async def test_progress_has_a_version(still: Intake) -> None:
    right = await still.right()
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()
    before = await still.brand.get(f"/v1/imports/{found['id']}")
    assert (before.json()["filed"], before.json()["state"]) == (0, "filing")
    assert await file_one_batch(still)
    after = await still.brand.get(f"/v1/imports/{found['id']}")
    assert (after.json()["filed"], after.json()["reports"]) == (1000, 1000)
    assert before.headers["etag"] != after.headers["etag"]


async def test_imports_take_turns(still: Intake) -> None:
    right, others = await still.right(), await still.right(by=still.other)
    long = (await send(still.brand, FILE, defaults(right["id"]))).json()
    short = (await send(still.other, as_csv([["url"], [url(1)]]), defaults(others["id"]))).json()
    assert await file_one_batch(still)
    assert await file_one_batch(still)
    assert (await still.brand.get(f"/v1/imports/{long['id']}")).json()["filed"] == 1000
    assert (await still.other.get(f"/v1/imports/{short['id']}")).json()["state"] == "completed"


async def test_imports_are_listed_newest_first(still: Intake) -> None:
    right = await still.right()
    sent = [(await send(still.brand, as_csv([["url"], [url(n)]]), defaults(right["id"]))).json() for n in range(3)]
    assert await file_one_batch(still)
    page = (await still.brand.get("/v1/imports?limit=2")).json()
    assert [found["id"] for found in page["data"]] == [sent[2]["id"], sent[1]["id"]]
    rest = (await still.brand.get(f"/v1/imports?limit=2&cursor={page['next_cursor']}")).json()
    assert ([found["id"] for found in rest["data"]], rest["next_cursor"]) == ([sent[0]["id"]], None)
    done = (await still.brand.get("/v1/imports?state=completed")).json()["data"]
    assert [found["id"] for found in done] == [sent[0]["id"]]
    assert (await still.brand.get("/v1/imports?state=receiving")).status_code == 422
    assert (await still.brand.get("/v1/imports?cursor=x")).json()["code"] == "cursor_invalid"


async def test_an_account_has_so_many_imports_at_work_and_no_more(still: Intake) -> None:
    right = await still.right()
    answers = await asyncio.gather(*(send(still.brand, FILE, defaults(right["id"])) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 202, 202, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too_many_imports"}
    others = await still.right(by=still.other)
    assert (await send(still.other, FILE, defaults(others["id"]))).status_code == 202


async def test_a_row_over_the_limit_refuses_the_file(still: Intake) -> None:
    answer = await send(still.brand, FILE + b"x,y\n", defaults(str(new_id(RightId))))
    assert (answer.status_code, answer.json()["code"]) == (422, "import_too_many_rows")
    lines = "\n".join(json.dumps({"url": url(n)}) for n in range(1201))
    answer = await send(still.brand, lines, defaults(str(new_id(RightId))), kind="application/x-ndjson")
    assert (answer.status_code, answer.json()["code"]) == (422, "import_too_many_rows")
    await nothing_is_left(still)


async def test_a_file_over_the_limit_is_413(start_service: StartService) -> None:
    intake = Intake(await start_service("intake", import_bytes="10000"))
    answer = await send(intake.brand, FILE, defaults(str(new_id(RightId))))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    await nothing_is_left(intake)


async def test_a_file_may_come_in_the_smallest_of_pieces(intake: Intake) -> None:
    right = await intake.right()
    text = 'url,reference\r\n"https://shop.example/item/é1","a ""quoted""\r\nline"\r\n' + url(2) + ",b"

    async def pieces() -> AsyncIterator[bytes]:
        for byte in text.encode("utf-16"):
            yield bytes([byte])

    found = await over(intake, await send(intake.brand, pieces(), defaults(right["id"])))
    assert (found["rows_seen"], found["filed"]) == (2, 1)
    assert await items(intake) == ["2"]


def _standing(intake: Intake, version: int, state: AccountState) -> AccountChanged:
    return AccountChanged(
        version=version, account_id=intake.running.caller("brand").account_id, kind=AccountKind.BRAND, state=state,
        changed_at=datetime.now(UTC),
    )  # fmt: skip


async def test_the_import_of_a_suspended_account_waits_and_goes_on_when_it_is_let_in_again(still: Intake) -> None:
    right, others = await still.right(), await still.right(by=still.other)
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()
    assert await file_one_batch(still)
    await hear(still, _standing(still, 2, AccountState.SUSPENDED))
    assert not await file_one_batch(still)
    assert (await send(still.other, as_csv([["url"], [url("o")]]), defaults(others["id"]))).status_code == 202
    assert [await file_one_batch(still), await file_one_batch(still)] == [True, False], "another account's goes on"
    assert await still.count("report_items") == 1001
    await hear(still, _standing(still, 3, AccountState.OPEN))
    await hear(still, _standing(still, 2, AccountState.SUSPENDED))  # told late
    assert [await file_one_batch(still) for _ in range(2)] == [True, False]
    told = (await still.brand.get(f"/v1/imports/{found['id']}")).json()
    assert (told["state"], told["filed"], await still.count("report_items")) == ("completed", 1200, 1201)


async def test_the_imports_of_an_account_that_is_closed_are_cancelled(still: Intake) -> None:
    right = await still.right()
    for _ in range(2):
        await send(still.brand, FILE, defaults(right["id"]))
    assert await file_one_batch(still)
    for _ in range(2):
        await hear(still, _standing(still, 2, AccountState.CLOSED))
    assert not await file_one_batch(still)
    assert (await still.count("report_items"), await still.count("import_batches")) == (1000, 0)
    told = await still.running.recorded(ImportCompleted)
    assert sorted((one.state, one.filed) for one in told) == [("cancelled", 0), ("cancelled", 1000)]


async def test_an_upload_that_ends_after_its_account_was_closed_is_not_filed(still: Intake) -> None:
    right = await still.right()
    await hear(still, _standing(still, 2, AccountState.CLOSED))
    await send(still.brand, FILE, defaults(right["id"]))
    assert not await file_one_batch(still)
    service = still.running.service
    async with service.database.transaction() as session:
        await tidy(session, keep_days=30, now=service.clock.now())
    assert await still.count("report_items") == 0
    assert [(one.state, one.filed) for one in await still.running.recorded(ImportCompleted)] == [("cancelled", 0)]


async def test_a_column_whose_name_no_database_can_keep_is_refused(still: Intake) -> None:
    right = await still.right()
    file = b"address,pri\x00ce\nhttps://shop.example/item/1,5\n"
    answer = await send(still.brand, file, defaults(right["id"]), {"#1": "url", "#2": None})
    assert (answer.status_code, answer.json()["code"]) == (422, "import_columns_wrong"), answer.text
