"""One document out of those of the services: what can be reached through the gateway, each name meaning one thing."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway import routing

Document = dict[str, Any]
_SCHEMAS = "#/components/schemas/"


class SameOperationTwice(Exception):
    """Two services give one operation id; programs made from the document could not tell them apart."""


def merge(documents: Mapping[str, Document]) -> Document:
    """The paths and schemas of all services in one document. Raises `SameOperationTwice`.

    Two schemas of one name that differ are told apart by their service's name, for all who have one.
    """
    apart = _names_apart(documents)
    merged: Document = {"openapi": "3.1.1", "paths": {}, "components": {"schemas": {}}}
    for service, document in documents.items():
        renamed = {name: f"{service.capitalize()}{name}" for name in apart}
        for path, item in document.get("paths", {}).items():
            route = routing.find(path)
            if route is not None and route.service == service:
                merged["paths"][path] = _with_refs(item, renamed)
        for name, schema in _schemas(document).items():
            merged["components"]["schemas"][renamed.get(name, name)] = _with_refs(schema, renamed)
    merged["paths"] = dict(sorted(merged["paths"].items()))
    _check_operation_ids(merged)
    drop_unused_schemas(merged)
    return merged


def drop_unused_schemas(document: Document) -> None:
    """Take away the schemas that nothing refers to."""
    schemas = document["components"]["schemas"]
    used: set[str] = set()
    waiting = list(references(document["paths"]))
    while waiting:
        name = waiting.pop()
        if name not in used and name in schemas:
            used.add(name)
            waiting += references(schemas[name])
    document["components"]["schemas"] = {name: schemas[name] for name in sorted(used)}


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each operation with its path and method."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield path, method, operation


def references(node: Any) -> Iterator[str]:
    """The names of the schemas that a part of a document refers to."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            yield reference.removeprefix(_SCHEMAS)
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def _schemas(document: Document) -> dict[str, Any]:
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    return schemas


def _names_apart(documents: Mapping[str, Document]) -> set[str]:
    """The names that mean different things in different services: by themselves, or by what they refer to."""
    meanings: dict[str, list[Any]] = {}
    for document in documents.values():
        for name, schema in _schemas(document).items():
            meanings.setdefault(name, []).append(schema)
    apart = {name for name, found in meanings.items() if any(schema != found[0] for schema in found)}
    while True:
        more = {
            name
            for name, found in meanings.items()
            if name not in apart and len(found) > 1 and not apart.isdisjoint(references(found[0]))
        }
        if not more:
            return apart
        apart |= more


def _with_refs(node: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        changed = {key: _with_refs(value, renamed) for key, value in node.items()}
        reference = changed.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            name = reference.removeprefix(_SCHEMAS)
            changed["$ref"] = _SCHEMAS + renamed.get(name, name)
        return changed
    if isinstance(node, list):
        return [_with_refs(value, renamed) for value in node]
    return node


def _check_operation_ids(document: Document) -> None:
    seen: dict[str, str] = {}
    for path, method, operation in operations(document):
        where = f"{method.upper()} {path}"
        other = seen.setdefault(operation.get("operationId", where), where)
        if other != where:
            raise SameOperationTwice(f"{where} and {other} are both {operation['operationId']}")
