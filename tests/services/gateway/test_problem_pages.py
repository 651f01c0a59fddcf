"""Every code that an answer can have leads to a page that says what it means."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from tests.services.gateway.conftest import RunningGateway

DOCS = Path(__file__).parents[3] / "docs"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def _in_reference() -> set[str]:
    return set(re.findall(r"^\| `([a-z_]+)` \|", (DOCS / "reference" / "errors.md").read_text("utf-8"), re.MULTILINE))


def _in_document() -> set[str]:
    """The codes that responses describe, and those of the examples."""
    text = (DOCS / "openapi.json").read_text("utf-8")
    document = json.loads(text)
    described = {
        code
        for item in document["paths"].values()
        for operation in item.values()
        for response in operation["responses"].values()
        for code in re.findall(r"`([a-z_]+)`: ", response.get("description", ""))
    }
    return described | set(re.findall(r'"type": "/problems/([^"]+)"', text))


async def test_every_code_of_the_reference_and_of_the_document_has_its_page(gateway: RunningGateway) -> None:
    reference, document = _in_reference(), _in_document()
    assert len(reference) > 140
    assert len(document) > 80
    assert {"validation_failed", "malformed_body", "scope_missing", "key_expired"} <= reference
    assert document <= reference
    for code in sorted(reference):
        answer = await gateway.anonymous.get(f"/problems/{code}")
        assert answer.status_code == 200, code
        page = answer.json()
        assert (page["type"], page["code"]) == (f"/problems/{code}", code)
        assert all(400 <= meaning["status"] <= 599 and meaning["title"] for meaning in page["meanings"])


async def test_the_type_of_a_refusal_leads_to_its_page(gateway: RunningGateway) -> None:
    refusal = (await gateway.anonymous.get("/v1/reports")).json()
    assert refusal["type"] == "/problems/unauthenticated"
    assert (await gateway.anonymous.get(refusal["type"])).json()["meanings"] == [
        {
            "status": 401,
            "title": "A valid key or access token is needed",
            "description": "Nobody known is calling.",
        }
    ]


async def test_a_browser_is_shown_a_page_that_takes_nothing_from_elsewhere(gateway: RunningGateway) -> None:
    answer = await gateway.anonymous.get("/problems/account_suspended", headers=BROWSER)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("public, max-age=3600", "Accept")
    assert "<code>account_suspended</code>" in answer.text
    assert "403: The account is suspended: ask the operator of the marketplace" in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    HTMLParser().feed(answer.text)
    for asset in re.findall(r'(?:src|href)="(/docs/assets/[^"]*)"', answer.text):
        assert (await gateway.anonymous.get(asset)).status_code == 200, asset
    again = await gateway.anonymous.get(
        "/problems/account_suspended", headers={**BROWSER, "If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    other = await gateway.anonymous.get("/problems/account_suspended")
    assert (other.headers["content-type"], other.headers["etag"] == answer.headers["etag"]) == (
        "application/json", False,
    )  # fmt: skip


async def test_names_in_the_words_of_a_page_stand_as_code(gateway: RunningGateway) -> None:
    page = (await gateway.anonymous.get("/problems/unsupported_media_type", headers=BROWSER)).text
    assert "that this call does not take; <code>accepted</code>" in page
    for code in _in_reference():
        assert "`" not in (await gateway.anonymous.get(f"/problems/{code}", headers=BROWSER)).text, code


async def test_a_code_that_there_is_not_is_a_problem_itself(gateway: RunningGateway) -> None:
    answer = await gateway.anonymous.get("/problems/validation_faild", headers=BROWSER)
    assert (answer.status_code, answer.json()["code"]) == (404, "problem_unknown")
    assert "did you mean validation_failed?" in answer.json()["detail"]
    assert (await gateway.anonymous.get("/problems/<script>")).status_code == 404
    assert (await gateway.anonymous.get("/problems/validation-failed")).status_code == 404
