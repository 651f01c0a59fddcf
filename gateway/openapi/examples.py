"""Examples of what the API answers and tells, composed from the schemas and one table of values."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from gateway.openapi.example_places import EVERY
from gateway.openapi.example_values import id_of

Schema = dict[str, Any]
_PREFIX = "#/components/schemas/"
_ID = re.compile(r"\^([a-z_]+)_\[0-7\]")
_SHA256 = "^[0-9a-f]{64}$"


class NoExample(Exception):
    """A field must be there, and neither its schema nor the table of values says what it could hold."""


class Examples:
    """Composes examples of the schemas of one document."""

    def __init__(self, schemas: Mapping[str, Schema], values: Mapping[str, Any] = EVERY) -> None:
        self._schemas = schemas
        self._values = values
        self._made: dict[str, Any] = {}

    def named(self, name: str) -> Any:
        """Return the example of a schema by its name. Raises `NoExample`."""
        if name not in self._made:
            self._made[name] = self._of(self._schemas[name], name, name)
        return self._made[name]

    def summary(self, name: str) -> str:
        """Return the first sentence of what a schema says of itself, or its name."""
        words = " ".join(str(self._schemas[name].get("description", "")).partition("\n\n")[0].split())
        return words.partition(". ")[0].rstrip(".") or name

    def alternatives(self, name: str) -> list[str]:
        """Return the names of the schemas that a body of this schema is one of; itself where it is no union."""
        union = self._schemas[name].get("oneOf", ())
        return [one["$ref"].removeprefix(_PREFIX) for one in union] or [name]

    def _of(self, schema: Schema, owner: str, field: str) -> Any:
        if "$ref" in schema:
            return self._referred(schema["$ref"].removeprefix(_PREFIX), owner, field)
        for word in ("examples", "enum"):
            if schema.get(word):
                return schema[word][0]
        if "properties" in schema:
            return self._object(schema, owner)
        if "const" in schema:
            return schema["const"]
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return self._one_of(schema[word], owner, field)
        return self._plain(schema, owner, field)

    def _referred(self, name: str, owner: str, field: str) -> Any:
        schema = self._schemas[name]
        return self.named(name) if "properties" in schema or "oneOf" in schema else self._of(schema, owner, field)

    def _object(self, schema: Schema, owner: str) -> dict[str, Any]:
        fields: dict[str, Schema] = schema["properties"]
        return {field: self._field(inner, owner, field) for field, inner in fields.items()}

    def _field(self, schema: Schema, owner: str, field: str) -> Any:
        if (place := f"{owner}.{field}") in self._values:
            return self._values[place]
        if field in self._values and self._takes(schema, self._values[field]):
            return self._values[field]
        return self._of(schema, owner, field)

    def _takes(self, schema: Schema, value: Any) -> bool:
        """Return whether a value of the table is of a kind, and one of the codes, that the schema takes."""
        kinds = [self._resolved(one) for one in (schema, *schema.get("anyOf", ()))]
        return value is None or any(_is(one, value) for one in kinds)

    def _resolved(self, schema: Schema) -> Schema:
        return self._schemas[schema["$ref"].removeprefix(_PREFIX)] if "$ref" in schema else schema

    def _one_of(self, alternatives: list[Schema], owner: str, field: str) -> Any:
        """Something where there is a whole object to show, else nothing."""
        first = alternatives[0]
        if {"type": "null"} in alternatives and "properties" not in self._resolved(first):
            return None
        return self._of(first, owner, field)

    def _plain(self, schema: Schema, owner: str, field: str) -> Any:
        pattern = schema.get("pattern", "")
        if found := _ID.match(pattern):
            return id_of(found[1])
        if pattern == _SHA256:
            return hashlib.sha256(field.encode()).hexdigest()
        kind = schema.get("type")
        if kind == "array":
            return self._list(schema, owner, field)
        if kind == "object":
            return self._map(schema, owner, field)
        if kind == "null" or "default" in schema:
            return schema.get("default")
        if kind == "boolean":
            return False
        raise NoExample(f"{owner}.{field} has no value in gateway/openapi/example_values.py")

    def _map(self, schema: Schema, owner: str, field: str) -> dict[str, Any]:
        names, inner = schema.get("propertyNames"), schema.get("additionalProperties")
        if names is None or not isinstance(inner, dict):
            return {}
        return {self._of(names, owner, field): self._of(inner, owner, field)}

    def _list(self, schema: Schema, owner: str, field: str) -> list[Any]:
        items = schema.get("items", {})
        if "$ref" in items or "pattern" in items:
            try:
                return [self._of(items, owner, field)]
            except NoExample:
                if schema.get("minItems"):
                    raise
        return []


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _is(schema: Schema, value: Any) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    if "const" in schema:
        return bool(value == schema["const"])
    kinds = _TYPES.get(str(schema.get("type")), ())
    fits = isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)
    pattern = schema.get("pattern")
    return fits and (pattern is None or not isinstance(value, str) or re.search(pattern, value) is not None)


def example(summary: str, value: Any) -> dict[str, Any]:
    """Return an Example Object (OpenAPI 3.1, section 4.8.19)."""
    return {"summary": summary, "value": value}
