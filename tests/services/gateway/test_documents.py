"""The documents and the page, as they are served."""

import re
from typing import Any

import openapi_spec_validator

from shared.contracts import asyncapi
from tests.services.gateway.conftest import RunningGateway, StartGateway
from tests.services.gateway.serving import FakeService, eventually

ANSWERS = {"responses": {"200": {"description": "x"}}}
REPORTS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "intake", "version": "1"},
    "paths": {
        "/v1/reports": {"get": {"operationId": "list_reports", "summary": "List", "tags": ["reports"], **ANSWERS}},
        "/internal": {"get": {"operationId": "inside", **ANSWERS}},
    },
}


async def test_the_document_is_made_from_what_runs(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(service=FakeService(openapi=REPORTS), public_url="https://api.example")

    async def there() -> bool:
        answer = await gateway.anonymous.get("/openapi.json")
        return answer.status_code == 200 and "/v1/reports" in answer.json()["paths"]

    await eventually(there)
    answer = await gateway.anonymous.get("/openapi.json")
    document = answer.json()
    assert document["servers"][0]["url"] == "https://api.example"
    assert "/v1/accounts" in document["paths"]
    assert "/internal" not in document["paths"]
    assert "/livez" not in document["paths"]
    openapi_spec_validator.validate(document)
    headers = {"If-None-Match": answer.headers["etag"]}
    assert (await gateway.anonymous.get("/openapi.json", headers=headers)).status_code == 304


async def test_the_document_is_made_anew_only_where_a_service_says_something_else(start_gateway: StartGateway) -> None:
    service = FakeService(openapi=REPORTS)
    gateway = await start_gateway(service=service)
    published = gateway.application.parts.published

    async def there() -> bool:
        return b"list_reports" in published.body

    await eventually(there)
    await published.refresh()
    before, etag = published.body, published.etag
    await published.refresh()
    assert published.body is before
    service.openapi = {**REPORTS, "paths": {}}
    await published.refresh()
    assert b"list_reports" not in published.body
    assert published.etag != etag


async def test_without_the_services_the_gateway_still_tells_its_own(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(upstream="http://127.0.0.1:1")

    async def there() -> bool:
        return (await gateway.anonymous.get("/openapi.json")).status_code == 200

    await eventually(there)
    assert "/v1/clients/{client_id}/rotate" in (await gateway.anonymous.get("/openapi.json")).json()["paths"]


async def test_the_events_are_told(gateway: RunningGateway) -> None:
    assert (await gateway.anonymous.get("/asyncapi.json")).json() == asyncapi.document()


async def test_the_page_takes_nothing_from_elsewhere(gateway: RunningGateway) -> None:
    page = await gateway.anonymous.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "//" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', page.text))
    assert "<script>" not in page.text
    for asset in re.findall(r'(?:src|href)="(/docs/assets/[^"]*)"', page.text):
        answer = await gateway.anonymous.get(asset)
        assert (answer.status_code, len(answer.content) > 0) == (200, True), asset
    for name in ("nothing.js", "..%2f..%2fsettings.py", "docs.html"):
        assert (await gateway.anonymous.get(f"/docs/assets/{name}")).status_code in {400, 404}
