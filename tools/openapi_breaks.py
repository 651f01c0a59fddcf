"""Compatibility of a new version of the public API with an older one.

Within `v1` fields are added, never changed or removed. So every request that was right must stay right, and every
answer must still hold all that a partner's program may rely on. Lists of codes in answers may grow.
"""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
Schema = dict[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_NARROWER_IF_GREATER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_NARROWER_IF_LESS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks(old: Document, new: Document) -> list[str]:
    """List the breaking changes of the new document, each a sentence that begins with the place."""
    found: list[str] = []
    for path, item in old["paths"].items():
        for method in _METHODS:
            if method in item:
                place = f"{method.upper()} {path}"
                operation = new["paths"].get(path, {}).get(method)
                if operation is None:
                    found.append(f"{place} is gone")
                else:
                    found += _Operations(old, new, place).between(item[method], operation)
    return found


class _Operations:
    """Compares one operation as it was and as it is."""

    def __init__(self, old: Document, new: Document, place: str) -> None:
        self._old, self._new, self._place = old, new, place
        self._under_way: set[tuple[int, int, bool]] = set()

    def between(self, old: Any, new: Any) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"{self._place}: its operation id was {old.get('operationId')} and is now {new.get('operationId')}"
        yield from self._parameters(old.get("parameters", []), new.get("parameters", []))
        yield from self._bodies(old.get("requestBody"), new.get("requestBody"))
        yield from self._responses(old["responses"], new["responses"])
        yield from self._security(old, new)

    def _security(self, old: Any, new: Any) -> Iterator[str]:
        before = [set(map(str, one.items())) for one in old.get("security", [])]
        after = [set(map(str, one.items())) for one in new.get("security", [])]
        if (not before and after) or any(one not in after for one in before):
            yield f"{self._place}: it asks for other credentials or scopes than before"

    def _parameters(self, old: list[Any], new: list[Any]) -> Iterator[str]:
        before = {(p["in"], p["name"]): p for p in (_resolved(p, self._old) for p in old)}
        after = {(p["in"], p["name"]): p for p in (_resolved(p, self._new) for p in new)}
        for key, parameter in before.items():
            place = f"{self._place}: parameter {key[1]}"
            if key not in after:
                yield f"{place} was removed"
                continue
            if after[key].get("required") and not parameter.get("required"):
                yield f"{place} is now required"
            taken = after[key]["schema"]
            if key[0] == "query" and "array" not in _by_type(parameter["schema"], self._old):
                taken = _once(taken, self._new)
            yield from self._schemas(parameter["schema"], taken, place, asked=True)
        for key, parameter in after.items():
            if key not in before and parameter.get("required"):
                yield f"{self._place}: parameter {key[1]} is new and required"

    def _bodies(self, old: Any, new: Any) -> Iterator[str]:
        if old is None:
            if new is not None and new.get("required"):
                yield f"{self._place}: a body is now required"
            return
        if new is None:
            yield f"{self._place}: the body was removed"
            return
        if new.get("required") and not old.get("required"):
            yield f"{self._place}: the body is now required"
        yield from self._contents(old["content"], new["content"], f"{self._place}: body", asked=True)

    def _responses(self, old: Any, new: Any) -> Iterator[str]:
        for status, response in old.items():
            if not status.startswith("2"):
                continue
            place = f"{self._place}: answer {status}"
            if status not in new:
                yield f"{place} was removed"
                continue
            before, after = _resolved(response, self._old), _resolved(new[status], self._new)
            yield from self._contents(before.get("content", {}), after.get("content", {}), place, asked=False)

    def _contents(self, old: Any, new: Any, place: str, *, asked: bool) -> Iterator[str]:
        for media_type, content in old.items():
            if media_type not in new:
                yield f"{place} can no longer be {media_type}"
            elif "schema" in content and "schema" in new[media_type]:
                yield from self._schemas(content["schema"], new[media_type]["schema"], place, asked=asked)

    def _schemas(self, old: Schema, new: Schema, place: str, *, asked: bool) -> Iterator[str]:
        """The breaks between two schemas of one place; `asked` of what callers send, else of what they get."""
        before, after = _by_type(old, self._old), _by_type(new, self._new)
        lost = before.keys() - after.keys() if asked else after.keys() - before.keys()
        if lost and "anything" not in (after if asked else before):
            yield f"{place} was {' or '.join(sorted(before))} and is now {' or '.join(sorted(after))}"
            return
        for kind in before.keys() & after.keys():
            yield from self._of_one_type(before[kind], after[kind], place, asked=asked)

    def _of_one_type(self, before: list[Schema], after: list[Schema], place: str, *, asked: bool) -> Iterator[str]:
        # Each alternative that there was needs one that keeps its promises; of several, the closest tells what is lost.
        for old in before:
            found = [list(self._alternative(old, new, place, asked=asked)) for new in after]
            yield from min(found, key=len)

    def _alternative(self, old: Schema, new: Schema, place: str, *, asked: bool) -> Iterator[str]:
        both = (id(old), id(new), asked)
        if both in self._under_way:
            return  # a type that holds itself
        self._under_way.add(both)
        try:
            yield from _values(old, new, place, asked=asked)
            if asked:
                yield from _limits(old, new, place)
            yield from self._fields(old, new, place, asked=asked)
            if "items" in old and "items" in new:
                yield from self._schemas(old["items"], new["items"], f"{place}[]", asked=asked)
        finally:
            self._under_way.discard(both)

    def _fields(self, old: Schema, new: Schema, place: str, *, asked: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        had_to, must = set(old.get("required", ())), set(new.get("required", ()))
        for name, schema in before.items():
            if name not in after:
                yield f"{place}.{name} was removed"
                continue
            yield from self._schemas(schema, after[name], f"{place}.{name}", asked=asked)
        if asked:
            for name in sorted(must - had_to):
                yield f"{place}.{name} is now required"
        else:
            for name in sorted((had_to - must) & after.keys()):
                yield f"{place}.{name} may now be missing"


def _resolved(node: Any, root: Document) -> Any:
    while "$ref" in node:
        target: Any = root
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def _by_type(schema: Schema, root: Document) -> dict[str, list[Schema]]:
    """The alternatives of a schema by their JSON type, text with its format."""
    found: dict[str, list[Schema]] = {}
    for alternative in _alternatives(schema, root):
        kind = alternative.get("type", "anything")
        for one in kind if isinstance(kind, list) else [kind]:
            named = f"{one} ({alternative['format']})" if one == "string" and "format" in alternative else one
            found.setdefault(named, []).append(alternative)
    return found


def _alternatives(schema: Schema, root: Document) -> Iterator[Schema]:
    schema = _resolved(schema, root)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            for alternative in schema[word]:
                yield from _alternatives(alternative, root)
            return
    yield schema


def _once(schema: Schema, root: Document) -> Schema:
    """Return the schema of a query parameter that is sent once: of a list, one member of it."""
    alternatives = list(_alternatives(schema, root))
    return {"anyOf": [one["items"] if one.get("type") == "array" else one for one in alternatives]}


def _values(old: Schema, new: Schema, place: str, *, asked: bool) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if asked and after is not None and (before is None or not before <= after):
        lost = "anything of its type" if before is None else ", ".join(sorted(before - after))
        yield f"{place} can no longer be {lost}"
    elif not asked and before is not None and after is None:
        yield f"{place} was one of a list and is now anything of its type"


def _allowed(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return set(map(str, schema["enum"])) if "enum" in schema else None


def _limits(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for word in _NARROWER_IF_GREATER:
        if word in new and new[word] > old.get(word, float("-inf")):
            yield f"{place}: its {word} was {old.get(word, 'none')} and is now {new[word]}"
    for word in _NARROWER_IF_LESS:
        if word in new and new[word] < old.get(word, float("inf")):
            yield f"{place}: its {word} was {old.get(word, 'none')} and is now {new[word]}"
