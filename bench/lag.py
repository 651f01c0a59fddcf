"""How long one request can keep a service from answering the others: the largest permitted input of each endpoint.

Ours is the longest stretch of processor time that the event loop's thread spends between two of its rounds while the
request is handled. The peer is what `orjson.loads` takes of the costliest JSON body that is permitted, one of as many
objects as are permitted and of empty lists. What runs in processes of its own, or waits for the database, keeps nobody
from being answered and is not counted.
"""

import asyncio
import gc
import json
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from bench.filing import REPORT, RIGHT
from bench.preflight import started
from shared.runtime.json_bodies import MOST_NAMES
from tests.running import Running

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
GOAL = 3.0
_FILE = 25 * 1_048_576
_BODY = 2 * 1_048_576 - 64
_LETTER = (Path(__file__).parents[1] / "examples" / "notices" / "dmca-letter.md").read_text(encoding="utf-8")
_PIECE = 65_536  # as servers hand bodies on
_OBJECTS = MOST_NAMES - 10
_COSTLIEST = b'{"items": [{"a":1}' + b',{"a":1}' * _OBJECTS + b",[]" * ((_BODY - 100 - 8 * _OBJECTS) // 3) + b"]}"
_NAMES = b",".join(b'"%x":1' % number for number in range(_OBJECTS))
_REFUSED = {
    "a name twice": b"{%s,%s}" % (_NAMES, _NAMES[:6]),
    "an end that is none": _COSTLIEST[:-1],
}

Send = Callable[[int], Awaitable[httpx.Response]]


def _same(body: bytes, _: int) -> bytes:
    return body


def _padded(body: dict[str, Any], listed: str, field: str, most: int) -> bytes:
    """The body, grown to the permitted bytes by a field of each thing that it lists."""
    room = (_BODY - len(orjson.dumps(body))) // len(body[listed])
    for thing in body[listed]:
        thing[field] = "x" * min(most, room - len(field) - 8)
    return orjson.dumps(body)


def _report(right: str, first: int, **changes: Any) -> bytes:
    items = [{"url": f"https://shop.example/item/{first + number}", "category": "bags"} for number in range(500)]
    return _padded({**REPORT, "right_id": right, "items": items, **changes}, "items", "explanation", 10_000)


def _rights() -> bytes:
    names = "type,title,mark_text,mark_type,office,registration_number,owner_name,nice_classes,registered_on,expires_on"
    text = "ASH " * 48
    rows = [
        f"trademark,{text},{text},word,EUIPO,{18_000_000 + number:09},{text},25,2020-01-02,2030-01-02"
        for number in range(2000)
    ]
    return "\n".join([names, *rows]).encode()[:_BODY]


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]


async def _longest(send: Send, number: int) -> float:
    """Milliseconds of the longest round of the event loop while a request is handled."""
    longest, over = 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not over:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    gc.collect()
    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.05)
    longest = 0.0
    answer = await send(number)
    over = True
    await watching
    if answer.status_code >= 500:
        raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text[:300]}")
    return longest * 1e3


def _loads(body: bytes) -> float:
    began = time.thread_time()
    orjson.loads(body)
    return (time.thread_time() - began) * 1e3


def _intake(running: Running, right: str) -> dict[str, Send]:
    brand = running.as_("brand")

    def post(path: str, body: Callable[[int], bytes], kind: str = "application/json") -> Send:
        async def send(number: int) -> httpx.Response:
            return await brand.post(path, content=_pieces(body(number)), headers={"Content-Type": kind})

        return send

    def form(number: int) -> bytes:
        file = (b"The box has no hologram. %d\n" % number) * 900_000
        return b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n%s\r\n--x--' % file[:_FILE]

    letters = json.dumps({"text": (_LETTER * 60)[:199_000]}).encode()
    mail = b"From: a@b.example\r\nSubject: x\r\n\r\n" + (_LETTER * 60)[:190_000].encode()
    listings = b"url,explanation\n" + b"".join(
        b"https://shop.example/item/%d,The mark is copied in all its details.\n" % number for number in range(100_000)
    )
    defaults = {name: value for name, value in REPORT.items() if name != "items"}
    query = f"/v1/imports?defaults={quote(json.dumps({**defaults, 'right_id': right}))}"
    return {
        "parse text": post("/v1/reports/parse", lambda _: letters),
        "parse a mail": post("/v1/reports/parse", lambda _: mail, "message/rfc822"),
        "preflight 500 items": post("/v1/reports/preflight", lambda number: _report(right, 1000 * number)),
        "file 500 items": post("/v1/reports", lambda number: _report(right, 1_000_000 + 1000 * number)),
        **{
            f"preflight of {name}": post("/v1/reports/preflight", partial(_same, body))
            for name, body in _REFUSED.items()
        },
        "preflight of no report": post("/v1/reports/preflight", lambda _: _COSTLIEST),
        "import rights": post("/v1/rights/import", lambda _: _rights(), "text/csv"),
        "import listings": post(query, lambda _: listings, "text/csv"),
        "upload evidence": post("/v1/evidence", form, "multipart/form-data; boundary=x"),
    }


async def run() -> list[dict[str, Any]]:
    """A row for each endpoint that takes much: the longest stretch, beside reading the largest permitted JSON body."""
    rows: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        running = await started(stack)
        answer = await running.as_("brand").post("/v1/rights", json=RIGHT)
        right = answer.raise_for_status().json()["id"]
        (await running.as_("marketplace").post(f"/v1/rights/{right}/verify")).raise_for_status()
        rows += await _rows(_intake(running, right), _COSTLIEST)
    async with AsyncExitStack() as stack:
        rows += await _rows(await _review(await started(stack, "review")), _COSTLIEST)
    return rows


async def _review(running: Running) -> dict[str, Send]:
    """Rule books are the largest that review takes."""
    operator = running.as_("marketplace")
    clause = {"code": "TM-1.1", "title": "x", "law": "x", "accept_codes": ["A_COUNTERFEIT"]}
    clauses = [{**clause, "code": f"TM-{1 + number // 99}.{1 + number % 99}"} for number in range(200)]
    body = _padded({"clauses": clauses}, "clauses", "text", 10_000)
    (policy, *_) = (await operator.get("/v1/policies")).raise_for_status().json()["data"]

    async def draft(_: int) -> httpx.Response:
        path = f"/v1/policies/{policy['id']}/versions"
        return await operator.post(path, content=_pieces(body), headers={"Content-Type": "application/json"})

    if (answer := await draft(0)).status_code != 201:
        raise RuntimeError(answer.text)
    return {"draft a policy": draft}


async def _rows(endpoints: dict[str, Send], largest: bytes) -> list[dict[str, Any]]:
    rows = []
    for name, send in endpoints.items():
        await _longest(send, 0)
        pairs = [(await _longest(send, number), _loads(largest)) for number in range(1, 1 + ROUNDS)]
        ours, peer = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        rows.append({
            "path": f"event loop while others wait: {name} (ms of CPU)", "ours": ours, "peer": peer,
            "ratio": ours / peer, "goal": f"<= {GOAL:.2f}",
        })  # fmt: skip
    return rows
