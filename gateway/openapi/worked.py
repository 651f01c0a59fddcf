"""Puts a worked example to every answer of the document: each stands once in the components, and is referred to."""

import json
import re
from collections.abc import Iterator
from typing import Any

from gateway.openapi import webhooks
from gateway.openapi.example_places import BODIES, EVERY, PROBLEM_DETAILS, REQUEST_ID
from gateway.openapi.example_values import id_of
from gateway.openapi.examples import Examples, NoExample, example
from gateway.openapi.merge import Document, operations
from shared.runtime.problems import MEDIA_TYPE, TYPE_BASE

_SCHEMAS = "#/components/schemas/"
_EXAMPLES = "#/components/examples/"
_REFUSAL = re.compile(r"`([a-z_]+)`: ([^;]+)")
_CODE = re.compile(r"`([a-z_]+)`")


def add_examples(document: Document) -> None:
    """Complete a document, in place. What no example can be made of is left without; a test names it."""
    schemas = document["components"]["schemas"]
    told = Examples(schemas).named("DecisionMade")
    made = Examples(schemas, {**EVERY, "EventOut.data": told})
    found: dict[str, Any] = webhooks.examples(made)
    found |= _refusals(document)
    for _, _, operation in operations(document):
        for response in operation["responses"].values():
            for media_type, content in response.get("content", {}).items():
                if media_type == MEDIA_TYPE:
                    _refer(content, [code for code in _CODE.findall(response["description"]) if code in found])
                else:
                    _refer(content, _of_body(media_type, content, operation["operationId"], made, found))
    for item in document["webhooks"].values():
        content = item["post"]["requestBody"]["content"]["application/json"]
        name = content["schema"]["$ref"].removeprefix(_SCHEMAS)
        _refer(content, [name] if name in found else [])
    for response in document["components"]["responses"].values():
        for content in response["content"].values():
            value = content.pop("example")
            found.setdefault(value["code"], example(value["title"], value))
            _refer(content, [value["code"]])
    document["components"]["examples"] = dict(sorted(found.items()))


def problem_example(status: int, code: str, title: str) -> dict[str, Any]:
    """Return a problem as it is answered, with what it usually says of this code."""
    value = {
        "type": TYPE_BASE + code,
        "title": title,
        "status": status,
        "detail": f"{title}.",
        "code": code,
        "request_id": REQUEST_ID,
    }
    return value | PROBLEM_DETAILS.get(code, {})


def _refer(content: dict[str, Any], names: list[str]) -> None:
    if names and not content.keys() & {"example", "examples"}:
        content["examples"] = {name: {"$ref": _EXAMPLES + name} for name in names}


def _refusals(document: Document) -> dict[str, Any]:
    """An example of each code that some operation says it answers with."""
    return {
        code: example(title, problem_example(int(status), code, title))
        for _, _, operation in operations(document)
        for status, response in operation["responses"].items()
        for code, title in _REFUSAL.findall(response.get("description", ""))
        if status.isdecimal() and int(status) >= 400
    }


def _of_body(
    media_type: str, content: dict[str, Any], operation_id: str, made: Examples, found: dict[str, Any]
) -> list[str]:
    schema = content.get("schema", {})
    if "$ref" in schema:
        return list(_named(schema["$ref"].removeprefix(_SCHEMAS), made, found))
    name = "page" if media_type == "text/html" else operation_id
    if name not in BODIES or schema.get("format") == "binary":
        return []
    text = BODIES[name]
    found[name] = example("As it is sent", text.replace("{event}", _event(made)) if "{event}" in text else text)
    return [name]


def _named(name: str, made: Examples, found: dict[str, Any]) -> Iterator[str]:
    for one in made.alternatives(name):
        try:
            found[one] = example(made.summary(one), made.named(one))
        except NoExample:
            continue
        yield one


def _event(made: Examples) -> str:
    event = {**made.named("EventOut"), "id": id_of("evt")}
    return json.dumps(event)
