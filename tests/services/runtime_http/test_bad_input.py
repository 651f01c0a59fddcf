"""Whatever is sent, the answer is a documented problem with its place, and nothing is stored."""

from typing import Any

import pytest

from tests.running import Running


async def stored(running: Running) -> int:
    async with running.database.pool.acquire() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM notes")
        return count


FIELDS: list[tuple[bytes, str]] = [
    (b'{"name": 7}', "/name"),
    (b'{"name": ""}', "/name"),
    (b'{"name": "a", "size": "3"}', "/size"),
    (b'{"name": "a", "size": true}', "/size"),
    (b'{"name": "a", "size": 11}', "/size"),
    (b'{"name": "a", "tags": ["a", "b", "c", "d"]}', "/tags"),
    (b'{"name": "a", "tags": ["a", 3]}', "/tags/1"),
    (b'{"name": "a", "unknown/field~": 1}', "/unknown~1field~0"),
    (b'{"name": "a\\u0000b"}', "/name"),
    (b'{"name": "a\\ud800b"}', "/name"),
    (b'{"name": "abc\\u202egpj.exe"}', "/name"),
    (b'{"name": "two\\nlines"}', "/name"),
    (b'{"name": "' + b"a" * 201 + b'"}', "/name"),
    (b"[]", ""),
    (b"null", ""),
    (b'"text"', ""),
]


@pytest.mark.parametrize(("body", "pointer"), FIELDS, ids=[repr(body[:40]) for body, _ in FIELDS])
async def test_a_bad_field_is_named_by_its_pointer(running: Running, body: bytes, pointer: str) -> None:
    answer = await running.as_("brand").post("/v1/notes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "validation_failed"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert await stored(running) == 0


TWICE = [
    (b'{"name": "a", "\\ud800": 1, "\\ud800": 2}', 422),
    (b"[" * 500 + b'{"a": 1, "a": 2}' + b"]" * 500, 400),
    (b'{"name": "a", "name": "b"}', 422),
]


@pytest.mark.parametrize(("body", "status"), TWICE, ids=["half a character", "deep", "plain"])
async def test_a_name_that_stands_twice_is_refused_whatever_it_is(running: Running, body: bytes, status: int) -> None:
    answer = await running.as_("brand").post("/v1/notes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {status, 422}, answer.text
    assert answer.json()["code"] in {"validation_failed", "malformed_body"}
    assert await stored(running) == 0


NESTED = b'{"anything": ' + b"[" * 10_000 + b"]" * 10_000 + b', "name": "a"}'


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"\xff\xfe", b'{"name": "a"} trailing', b'{"name": NaN}', NESTED],
    ids=["cut off", "empty", "not UTF-8", "trailing", "NaN", "nested 10,000 deep"],
)  # fmt: skip
async def test_a_body_that_cannot_be_read_is_refused(running: Running, body: bytes) -> None:
    answer = await running.as_("brand").post("/v1/notes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await stored(running) == 0


async def test_an_unexpected_error_tells_a_partner_nothing_but_the_request_id(running: Running) -> None:
    answer = await running.as_("brand").post("/v1/explosions", headers={"X-Request-Id": "req-of-mine"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert answer.json()["request_id"] == "req-of-mine"
    assert "secret" not in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("DELETE", "/v1/notes", 405)])
async def test_no_such_route_is_a_problem_too(running: Running, method: str, path: str, status: int) -> None:
    answer: Any = await running.as_("brand").request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
