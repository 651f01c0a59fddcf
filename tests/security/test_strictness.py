"""One strictness for all that comes in (OWASP API8, 2023): no endpoint answers to what it does not declare.

The requests are made from the services' own OpenAPI documents, so that a new endpoint or parameter joins by itself.
"""

from typing import Any

import httpx
import pytest

from deploy.registry import behind_the_gateway
from shared.runtime import identity
from tests.conftest import StartService
from tests.running import Running
from tests.security.test_tenant_matrix import operations
from tests.strictness import Wrong, filled, found_wrong, takes_many, wrong_bodies, wrong_parameters

SERVICES = behind_the_gateway()


def _callers(running: Running) -> list[httpx.AsyncClient]:
    """One of each kind of account, and someone without any."""
    statement = identity.sign_visitor(
        "192.0.2.1", audience=running.name, key=running.callers.key, clock=running.service.clock
    )
    visitor = running.anonymous
    visitor.headers[identity.HEADER] = statement
    return [*(running.as_(kind) for kind in ("marketplace", "brand", "vendor", "regulator")), visitor]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_parameter_that_is_unknown_repeated_or_unsound_is_named(name: str, start_service: StartService) -> None:
    running = await start_service(name)
    wrong, made = await found_wrong(_callers(running), wrong_parameters(running.app.openapi()))
    assert made > 100
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", SERVICES)
async def test_a_body_that_is_not_plain_json_is_refused(name: str, start_service: StartService) -> None:
    running = await start_service(name)
    wrong, made = await found_wrong(_callers(running), wrong_bodies(running.app.openapi()))
    assert made > 20
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", SERVICES)
async def test_every_filter_by_a_fixed_set_of_values_is_a_list(name: str, start_service: StartService) -> None:
    running = await start_service(name)
    document = running.app.openapi()
    single, tried = [], 0
    for method, path, operation in operations(document):
        if not any(one["name"] == "cursor" for one in operation.get("parameters", [])):
            continue
        for one in operation["parameters"]:
            values = _values(document, one["schema"])
            if one["in"] != "query" or len(values) < 2:
                continue
            tried += 1
            query = "&".join(f"{one['name']}={value}" for value in values)
            many = Wrong(one["name"], method, f"{filled(path, operation)}?{query}", statuses=(200, 404))
            wrong, _ = await found_wrong(_callers(running), iter([many]))
            if wrong or not takes_many(one["schema"]):
                single.append(f"{path} {one['name']} {wrong}")
    assert tried > 0
    assert not single, "\n".join(single)


def _values(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The values that a schema lets through, where they are a fixed set."""
    if "$ref" in schema:
        return _values(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return list(schema["enum"])
    inner = [schema["items"]] if "items" in schema else schema.get("anyOf", [])
    return [value for one in inner for value in _values(document, one)]
