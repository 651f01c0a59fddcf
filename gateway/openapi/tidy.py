"""Says in the document what is true of every service, and what their frameworks leave unsaid."""

from typing import Any

_NOT_SCHEMAS = frozenset({"example", "examples", "default", "const", "enum", "mapping"})
_LENGTHS = {"date-time": 35, "date": 10, "time": 18, "duration": 64, "uuid": 36, "email": 254, "binary": 134_217_728}
_INT32 = 2**31
_SAID = ("format", "pattern", "enum", "const")
# PostgreSQL keeps no NUL: text that holds one is refused, and none is ever answered.
_TEXT = "^[^\\u0000]*$"


def tidy(node: Any) -> None:
    """Complete the schemas in a part of a document, in place."""
    if isinstance(node, list):
        for value in node:
            tidy(value)
    elif isinstance(node, dict):
        if "in" in node and isinstance(node.get("schema"), dict):
            node["schema"] = _without_null(node["schema"])
        kind = node.get("type")
        if kind == "string":
            _tidy_text(node)
        elif kind == "integer":
            node.setdefault("format", "int32" if _fits(node) else "int64")
        for name, value in node.items():
            if name not in _NOT_SCHEMAS:
                tidy(value)


def _tidy_text(schema: dict[str, Any]) -> None:
    length = _LENGTHS.get(str(schema.get("format")))
    if length is not None and "enum" not in schema:
        schema.setdefault("maxLength", length)
    if not any(word in schema for word in _SAID):
        schema["pattern"] = _TEXT


def _fits(schema: dict[str, Any]) -> bool:
    least, most = schema.get("minimum", -_INT32 - 1), schema.get("maximum", _INT32)
    return bool(least >= -_INT32 and most < _INT32)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter: what is not sent is absent, there is no way to write null."""
    alternatives = schema.get("anyOf")
    if alternatives is None:
        return schema
    rest = [alternative for alternative in alternatives if alternative != {"type": "null"}]
    others = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**others, **rest[0]} if len(rest) == 1 else {**others, "anyOf": rest}
