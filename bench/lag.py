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
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import httpx
import orjson

from bench.filing import REPORT, RIGHT
from bench.gateway import UPSTREAM, admin_key, environment
from bench.loading import nginx
from bench.preflight import started
from deploy.local.ports import free_port
from gateway.app import create_gateway
from services.intake.public_notices.notice_body import EXAMPLE as NOTICE
from services.screening.listings.listing_body import EXAMPLE as LISTING
from shared.runtime import identity
from shared.runtime.json_bodies import MOST_NAMES
from tests.running import Running
from tests.security.test_tenant_matrix import operations
from tests.strictness import filled

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
GOAL = 3.0
_FILE = 25 * 1_048_576
_BODY = 2 * 1_048_576 - 64
_LETTER = (Path(__file__).parents[1] / "examples" / "notices" / "dmca-letter.md").read_text(encoding="utf-8")
_PIECE = 65_536  # as servers hand bodies on
_OBJECTS = MOST_NAMES - 10
_OWN_BODY = 65_536  # of the gateway's own endpoints


def _costliest(size: int) -> bytes:
    """A body of so many bytes that takes longest to read: as many objects as are permitted, and empty lists."""
    objects = min(_OBJECTS, size // 16)
    return b'{"items": [{"a":1}' + b',{"a":1}' * objects + b",[]" * ((size - 100 - 8 * objects) // 3) + b"]}"


_COSTLIEST = _costliest(_BODY)
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


def _patent(number: int) -> bytes:
    words = {"element": "A hinge. " * 440, "evidence": "It has one. " * 330}
    right = {"type": "patent", "title": f"Hinge {number}", "owner": RIGHT["owner"], "asserted_claim": "1"}
    return orjson.dumps({**right, "claim_chart": [words] * 200})


def _notice(number: int) -> bytes:
    listings = [{"url": f"https://shop.example/{number}/{one}", "explanation": "A copy. " * 1200} for one in range(50)]
    return orjson.dumps({**NOTICE, "items": listings})


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
    if answer.status_code >= 500 or answer.status_code in {413, 429}:  # nothing was read then
        raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text[:300]}")
    return longest * 1e3


def _loads(body: bytes) -> float:
    began = time.thread_time()
    orjson.loads(body)
    return (time.thread_time() - began) * 1e3


def _of_intake(running: Running, right: str) -> dict[str, Send]:
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
    visitor = running.anonymous

    async def notify(number: int) -> httpx.Response:
        service, key = running.service, running.callers.key
        token = identity.sign_visitor(f"192.0.2.{number}", audience="intake", key=key, clock=service.clock)
        headers = {identity.HEADER: token, "Content-Type": "application/json"}
        return await visitor.post("/v1/public/notices", content=_pieces(_notice(number)), headers=headers)

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
        "register a patent of 200 elements": post("/v1/rights", _patent),
        "a notice of 50 listings": notify,
        "import rights": post("/v1/rights/import", lambda _: _rights(), "text/csv"),
        "import listings": post(query, lambda _: listings, "text/csv"),
        "upload evidence": post("/v1/evidence", form, "multipart/form-data; boundary=x"),
    }


async def run() -> list[dict[str, Any]]:
    """A row for each endpoint that takes much: the longest stretch, beside reading the largest permitted JSON body.

    The other endpoints have one row a service: the slowest of them, given the costliest body.
    """
    rows: list[dict[str, Any]] = []
    for name in ("intake", "review", "escalation", "notify", "conduct", "screening"):
        async with AsyncExitStack() as stack:
            running = await started(stack, name)
            rows += await _rows(await _LARGE[name](running) if name in _LARGE else {})
            rows.append(await _slowest(name, _others(running.app.openapi(), running.as_("marketplace"), _COSTLIEST)))
    async with AsyncExitStack() as stack:
        rows += await _gateway(stack)
    return rows


async def _intake(running: Running) -> dict[str, Send]:
    answer = await running.as_("brand").post("/v1/rights", json=RIGHT)
    right = answer.raise_for_status().json()["id"]
    (await running.as_("marketplace").post(f"/v1/rights/{right}/verify")).raise_for_status()
    return _of_intake(running, right)


async def _review(running: Running) -> dict[str, Send]:
    """Rule books are the largest that review takes; judgements with all names that a body may hold cost the most."""
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
    names = {f"n{number}": 0 for number in range(MOST_NAMES // 50 - 10)}
    wrong = orjson.dumps({"judgements": [{**names, "clauses": [0] * 50}] * 50})
    refuse = _json(running.as_("vendor"), "POST", "/v1/judgements", partial(_same, wrong))
    return {"draft a policy": draft, "refuse 50 judgements": refuse}


async def _screening(running: Running) -> dict[str, Send]:
    """Listings are as many as are permitted, with descriptions that fill the body."""
    operator = running.as_("marketplace")

    def body(number: int) -> bytes:
        listings = [{**LISTING, "listing_id": f"{number}/{one}"} for one in range(1000)]
        return _padded({"listings": listings}, "listings", "description", 20_000)

    wrong = orjson.dumps({"listings": [{"variants": [0] * 200, "markets": [0] * 250}] * 1000})
    return {
        "put 1,000 listings": _json(operator, "POST", "/v1/listings", body),
        "refuse 1,000 listings": _json(operator, "POST", "/v1/listings", partial(_same, wrong)),
    }


_LARGE: dict[str, Callable[[Running], Awaitable[dict[str, Send]]]] = {
    "intake": _intake, "review": _review, "screening": _screening,
}  # fmt: skip


def _json(client: httpx.AsyncClient, method: str, url: str, body: Callable[[int], bytes]) -> Send:
    async def send(number: int) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return await client.request(method, url, content=_pieces(body(number)), headers=headers)

    return send


def _others(document: dict[str, Any], client: httpx.AsyncClient, body: bytes) -> dict[str, Send]:
    """Every operation that takes JSON, given a body that is none of its own."""
    return {
        operation["operationId"]: _json(client, method, filled(path, operation), partial(_same, body))
        for method, path, operation in operations(document)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }


async def _gateway(stack: AsyncExitStack) -> list[dict[str, Any]]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    behind = f"http://127.0.0.1:{(port := free_port())}"
    await stack.enter_async_context(nginx(folder / "upstream", UPSTREAM.format(port=port), ready=behind))
    settings = await environment(stack, folder, behind)
    stack.enter_context(mock.patch.dict(os.environ, settings))
    application = create_gateway()
    await stack.enter_async_context(application.own.router.lifespan_context(application.own))

    async def served(scope: Any, receive: Any, send: Any) -> None:
        await application({**scope, "state": {}}, receive, send)

    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=served), base_url="http://gateway", timeout=60,
        headers={"Authorization": f"Bearer {await admin_key(settings)}"},
    )  # fmt: skip
    async with client:
        passed = _json(client, "POST", "/v1/reports", partial(_same, _COSTLIEST))
        return [
            *await _rows({"pass a body on": passed}),
            await _slowest("gateway", _others(application.own.openapi(), client, _costliest(_OWN_BODY - 64))),
        ]


async def _measured(send: Send) -> tuple[float, float]:
    """The milliseconds of an endpoint, and those of the peer beside it."""
    await _longest(send, 0)
    pairs = [(await _longest(send, number), _loads(_COSTLIEST)) for number in range(1, 1 + ROUNDS)]
    ours, peer = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    return ours, peer


async def _rows(endpoints: dict[str, Send]) -> list[dict[str, Any]]:
    return [_row(name, *await _measured(send)) for name, send in endpoints.items()]


async def _slowest(service: str, endpoints: dict[str, Send]) -> dict[str, Any]:
    found = {name: await _measured(send) for name, send in endpoints.items()}
    name = max(found, key=lambda one: found[one][0] / found[one][1])
    return _row(f"{name}, the slowest of {len(found)} of {service} that are given no body of theirs", *found[name])


def _row(name: str, ours: float, peer: float) -> dict[str, Any]:
    return {
        "path": f"event loop while others wait: {name} (ms of CPU)", "ours": ours, "peer": peer,
        "ratio": ours / peer, "goal": f"<= {GOAL:.2f}",
    }  # fmt: skip
