"""Requests that no endpoint may take, made from what an app's own OpenAPI document says of its endpoints."""

import copy
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.security.test_tenant_matrix import example, operations

UNSOUND = {"a NUL": "%00", "a control character": "%07", "half a character": "%ED%A0%80", "no UTF-8": "a%FF",
           "a change of direction": "a%E2%80%AEb", "half an escape": "%4"}  # fmt: skip
GARBAGE = ("9" * 40, "-1", "a" * 3000, "..%2e", "%F0%9F%92%A9", "null", "%27%3B--", "%25%30%30")
ID = "01j9zq4m2te5rv8c3kx7w0nh6b"
BODIES = {
    b'{"a": 1, "b": {"c/d": 2, "c/d": 3}}': (422, "/b/c~1d"), b'{"a": 1, "a": 1}': (422, "/a"),
    b'{"a": NaN}': (400, None), b'{"a": Infinity}': (400, None), b"[" * 60_000: (400, None),
    b'{"a": "\xff"}': (400, None), b'{"a": 1} {}': (400, None), b'{"a": 1e999}': (422, None),
    b'{"a": ' + b"9" * 10_000 + b"}": (400, None), '{"a": 1}'.encode("utf-16"): (400, None),
}  # fmt: skip
ANSWERED_EACH = frozenset({"put_listings", "judge_tasks"})
"""Operations that answer for each thing in their body: what is wrong with one is said there, by tests of their own."""


@dataclass(frozen=True)
class Wrong:
    """A request, and what its answer must say: the status, and the parameter or the pointer that is named."""

    title: str
    method: str
    path: str
    statuses: Sequence[int] = (422,)
    parameter: str | None = None
    pointer: str | None = None
    headers: Sequence[tuple[str, str]] = ()
    content: bytes | None = None


def wrong_parameters(document: dict[str, Any]) -> Iterator[Wrong]:
    """Every operation with each of its parameters unsound, repeated where it is not a list, and one that is unknown."""
    for method, path, operation in operations(document):
        parameters = operation.get("parameters", [])
        url, name = filled(path, operation), operation["operationId"]
        yield Wrong(f"{name}: unknown", method, f"{url}?nonsense=1", parameter="nonsense")
        yield Wrong(f"{name}: unknown and unsound", method, f"{url}?n%00=1", parameter="n\N{REPLACEMENT CHARACTER}")
        for one in parameters:
            yield from _of_parameter(f"{name}: {one['name']}", method, path, operation, one)
        twice = (("Idempotency-Key", "k-1"), ("Idempotency-Key", "k-2"))
        yield Wrong(f"{name}: two keys", method, url, parameter="Idempotency-Key", headers=twice)


def _of_parameter(
    title: str, method: str, path: str, operation: dict[str, Any], one: dict[str, Any]
) -> Iterator[Wrong]:
    place, name, url = one["in"], one["name"], filled(path, operation)
    if place == "query":
        for what, text in UNSOUND.items():
            yield Wrong(f"{title} with {what}", method, f"{url}?{name}={text}", parameter=name)
        if not takes_many(one["schema"]):
            yield Wrong(f"{title} twice", method, f"{url}?{name}=1&{name}=1", parameter=name)
        for text in GARBAGE:
            yield Wrong(f"{title} as {text[:20]}", method, f"{url}?{name}={text}", statuses=range(200, 500))
    elif place == "path":
        for what, text in UNSOUND.items():
            if what != "half an escape":
                yield Wrong(f"{title} with {what}", method, filled(path, operation, **{name: text}), parameter=name)
        for text in GARBAGE:
            wild = filled(path, operation, **{name: text})
            yield Wrong(f"{title} as {text[:20]}", method, wild, statuses=range(300, 500))
    elif place == "header":
        twice = ((name, '"1"'), (name, '"2"'))
        yield Wrong(f"{title} twice", method, url, parameter=name.title(), headers=twice)
        yield Wrong(f"{title} with a control character", method, url, parameter=name.title(), headers=((name, "\x07"),))


def wrong_bodies(document: dict[str, Any]) -> Iterator[Wrong]:
    """Every operation that takes JSON with bodies that are none, and each text and number of its example unsound."""
    for method, path, operation in operations(document):
        if "application/json" not in operation.get("requestBody", {}).get("content", {}):
            continue
        url, name = filled(path, operation), operation["operationId"]
        for body, (status, pointer) in BODIES.items():
            title = f"{name}: {body[:20]!r}"
            yield Wrong(title, method, url, statuses=(status,), pointer=pointer, content=body)
        if name in ANSWERED_EACH:
            continue
        for place, value in _leaves(example(document, operation)):
            for unsound in ("a\0b", "a\ud800") if isinstance(value, str) else (10**30,):
                body = json.dumps(_with(example(document, operation), place, unsound)).encode()
                yield Wrong(f"{name}: {place} as {unsound!r}", method, url, statuses=(422,), content=body)


def takes_many(schema: dict[str, Any]) -> bool:
    return "array" in {schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ()))}


def filled(path: str, operation: dict[str, Any], **values: str) -> str:
    """The path with ids that nobody has."""

    def value(match: re.Match[str]) -> str:
        if match[1] in values:
            return values[match[1]]
        schema = next(p for p in operation["parameters"] if p["name"] == match[1])["schema"]
        prefix = re.match(r"\^([a-z]{3})_", str(schema.get("pattern", "")))
        return f"{prefix[1]}_{ID}" if prefix else "1"

    return re.sub(r"{(\w+)}", value, path)


def _leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _leaves(held, (*place, name))
    elif isinstance(value, list):
        for number, held in enumerate(value):
            yield from _leaves(held, (*place, number))
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield place, value


def _with(body: Any, place: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    held = changed
    for step in place[:-1]:
        held = held[step]
    held[place[-1]] = value
    return changed


async def found_wrong(
    clients: Sequence[httpx.AsyncClient], requests: Iterator[Wrong], *, head_is_read_first: bool = False
) -> tuple[list[str], int]:
    """What was answered otherwise, and how many requests were made: each as the first client that finds the endpoint.

    Where the head is read by another before, that may refuse what stands there with 400, and name nothing.
    """
    wrong, made = [], 0
    for one in requests:
        made += 1
        for client in clients:
            answer = await _sent(client, one)
            if answer.status_code not in {401, 404} or answer.status_code in one.statuses:
                break
        if head_is_read_first and answer.status_code == 400 and one.content is None:
            continue
        said = [(error.get("parameter"), error["pointer"]) for error in _errors(answer)]
        named = all((
            one.parameter is None or one.parameter in [parameter for parameter, _ in said],
            one.pointer is None or one.pointer in [pointer for _, pointer in said],
        ))  # fmt: skip
        if answer.status_code not in one.statuses or not named:
            wrong.append(f"{one.title}: {one.method} {one.path[:120]}: {answer.status_code} {answer.text[:200]}")
    return wrong, made


async def _sent(client: httpx.AsyncClient, one: Wrong) -> httpx.Response:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in one.headers]
    if one.content is not None:
        headers.append((b"Content-Type", b"application/json"))
    return await client.request(one.method, one.path, headers=headers, content=one.content)


def _errors(answer: httpx.Response) -> list[dict[str, Any]]:
    if "json" not in answer.headers.get("content-type", ""):
        return []
    found = answer.json()
    return found.get("errors", []) if isinstance(found, dict) else []
