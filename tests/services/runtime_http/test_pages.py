"""A list can be read to its end while things are added to it."""

import pytest

from tests.running import Running


async def write(running: Running, *names: str) -> None:
    for name in names:
        assert (await running.as_("brand").post("/v1/notes", json={"name": name})).status_code == 201


async def test_pages_neither_skip_nor_repeat_while_things_are_added(running: Running) -> None:
    await write(running, *"abcde")
    brand = running.as_("brand")
    first = (await brand.get("/v1/notes", params={"limit": 2})).json()
    await write(running, "f", "g")
    second = (await brand.get("/v1/notes", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    third = (await brand.get("/v1/notes", params={"limit": 2, "cursor": second["next_cursor"]})).json()
    assert [note["name"] for page in (first, second, third) for note in page["data"]] == list("edcba")
    assert third["next_cursor"] is None


async def test_a_cursor_that_was_tampered_with_is_refused(running: Running) -> None:
    await write(running, *"abc")
    brand = running.as_("brand")
    cursor = (await brand.get("/v1/notes", params={"limit": 1})).json()["next_cursor"]
    for bad in (cursor[:-2] + "xx", "AAAA", cursor + cursor, "A" * 400):
        answer = await brand.get("/v1/notes", params={"cursor": bad})
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), bad


async def test_a_cursor_belongs_to_its_filters(running: Running) -> None:
    await write(running, "a", "a", "a")
    brand = running.as_("brand")
    cursor = (await brand.get("/v1/notes", params={"limit": 1, "name": "a"})).json()["next_cursor"]
    answer = await brand.get("/v1/notes", params={"limit": 1, "cursor": cursor})
    assert answer.json()["code"] == "cursor_invalid"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5"])
async def test_a_page_has_one_to_two_hundred_things(running: Running, limit: str) -> None:
    answer = await running.as_("brand").get("/v1/notes", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "limit"
