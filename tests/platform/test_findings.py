"""One findings engine: what preflight says is what filing, an import and the reviewer's packet say."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.local.api import Refused
from tests.platform.people import SECONDS, People
from tests.running import eventually
from tests.services.intake.conftest import a_report

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

Said = tuple[str, str, str]
DAY = timedelta(days=1)


def _said(findings: list[dict[str, Any]]) -> set[Said]:
    return {(finding["code"], finding["severity"], finding["pointer"]) for finding in findings}


async def _preflight(people: People, body: dict[str, Any]) -> tuple[bool, set[Said]]:
    found = await people.brand.post("/v1/reports/preflight", body)
    return found["would_be_accepted"], _said(found["findings"])


def _row(body: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """An item of a report as a row of an import says it."""
    contact, statements = body["contact"], body["statements"]
    row = {name: value for name, value in body.items() if name not in {"items", "contact", "statements"}}
    row |= {"contact_name": contact["name"], "contact_email": contact["email"], **statements}
    row |= {"item_explanation" if name == "explanation" else name: value for name, value in item.items()}
    return row


async def _imported(people: People, bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """An import of these reports as JSON Lines, once it is over."""
    lines = [json.dumps(_row(body, item)) for body in bodies for item in body["items"]]
    headers = {"Authorization": f"Bearer {people.brand.key}", "Content-Type": "application/x-ndjson"}
    url = people.brand.base_url + "/v1/imports"
    async with people.brand.session.post(url, data="\n".join(lines).encode(), headers=headers) as answer:
        sent = await answer.json()
        assert answer.status == 202, sent

    async def over() -> dict[str, Any] | None:
        found: dict[str, Any] = await people.brand.get(f"/v1/imports/{sent['id']}")
        return found if found["state"] == "completed" else None

    found: dict[str, Any] = await eventually(over)
    return found


async def _refused_rows(people: People, import_id: str) -> list[dict[str, str]]:
    headers = {"Authorization": f"Bearer {people.brand.key}"}
    url = f"{people.brand.base_url}/v1/imports/{import_id}/errors"
    async with people.brand.session.get(url, headers=headers) as answer:
        return list(csv.DictReader(io.StringIO(await answer.text(), newline="")))


async def test_what_blocks_is_the_same_in_preflight_filing_and_imports(people: People) -> None:
    one = await people.with_brand("Blocked")
    mark = (await one.right())["id"]
    pending = (await one.right(verified=False))["id"]
    over = (await one.right(verified=False, expires_on=str((datetime.now(UTC) - 2 * DAY).date())))["id"]
    agents = (await one.right(held_as="agent", owner={"name": "Principal Ltd"}))["id"]
    given = {"kind": "licence", "principal": {"name": "Principal Ltd"}, "valid_from": "2020-01-01"}
    authority = await one.brand.post("/v1/authorities", {**given, "territories": ["DE"]})
    await people.operator.post(f"/v1/authorities/{authority['id']}/verify")
    oath = {"good_faith": True, "accuracy": True, "perjury": False}
    cases: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
        "territory": (a_report(mark, markets=["US"]), {("R_TERRITORY_MISMATCH", "/markets")}),
        "authority scope": (a_report(agents, markets=["DE", "FR"]), {("N_AUTHORITY_SCOPE", "/markets")}),
        "not verified": (a_report(pending), {("R_RIGHT_PENDING", "/right_id")}),
        "ended": (a_report(over), {("R_RIGHT_PENDING", "/right_id"), ("R_RIGHT_EXPIRED", "/right_id")}),
        "statements": (
            a_report(mark, legal_basis="dmca", statements=oath), {("N_PERJURY_MISSING", "/statements/perjury")}
        ),
    }  # fmt: skip
    for number, (name, (body, expected)) in enumerate(cases.items()):
        body["reference"], body["items"] = name, [{"url": f"https://shop.example/item/blocked-{number}"}]
        accepted, said = await _preflight(one, body)
        assert not accepted, name
        assert {(code, pointer) for code, severity, pointer in said if severity == "blocks"} == expected, name
        with pytest.raises(Refused) as refused:
            await one.brand.post("/v1/reports", body)
        assert refused.value.status == 422
        errors = {(error["code"], error["pointer"]) for error in refused.value.problem["errors"]}
        assert errors == expected, name

    sound = a_report(agents, "blocked-not", markets=["DE"], reference="sound")
    found = await _imported(one, [*(body for body, _ in cases.values()), sound])
    assert (found["filed"], found["refused"]) == (1, len(cases))
    rows = await _refused_rows(one, found["id"])
    assert {row["reference"]: set(row["import_codes"].split()) for row in rows} == {
        name: {code for code, _ in expected} for name, (_, expected) in cases.items()
    }
    await one.withdrawn()


async def test_what_warns_and_informs_is_the_same_in_preflight_filing_imports_and_review(people: People) -> None:
    one = await people.with_brand("Warned")
    rights = {kind: (await one.right(kind))["id"] for kind in ("trademark", "copyright", "patent")}
    uncharted = (await one.right("patent", claim_chart=[], registration_number="EP3123457B1"))["id"]
    mark, work = rights["trademark"], rights["copyright"]
    same = {"explanation": "The stitching differs from that of ours."}
    # Nobody else files under this name, or reviewers would read of it beside what the rules found.
    person = {"signature": "Wanda Warned", "contact": {"name": "Wanda Warned", "email": "wanda@warned.example"}}
    cases: dict[str, tuple[dict[str, Any], Said]] = {
        "territory": (a_report(mark, markets=["DE", "US"]), ("R_TERRITORY_MISMATCH", "warns", "/markets")),
        "class": (a_report(mark), ("R_CLASS_MISMATCH", "warns", "/items/0/category")),
        "proof": (a_report(mark), ("N_TEST_PURCHASE", "informs", "/evidence_ids")),
        "likeness": (a_report(work, claim="copyright"), ("N_COMPARISON", "informs", "/evidence_ids")),
        "chart": (a_report(uncharted, claim="patent"), ("N_CLAIM_CHART", "warns", "/right_id")),
        "door": (a_report(mark, claim="patent"), ("R_WRONG_RIGHT_TYPE", "warns", "/claim")),
        "template": (
            a_report(mark, explanation="We own [insert your mark] and never sold this."),
            ("N_EXPLANATION_MISSING", "warns", "/explanation"),
        ),
        "boilerplate": (a_report(mark), ("N_EXPLANATION_MISSING", "warns", "/items")),
    }  # fmt: skip

    def about(name: str, way: str) -> dict[str, Any]:
        several = 50 if name == "boilerplate" else 1
        items = [{"url": f"https://shop.example/item/{way}-{name}-{place}"} for place in range(several)]
        if name == "boilerplate":
            items = [{**item, **same} for item in items]
        if name == "class":
            items = [{**items[0], "category": "toys"}]
        return {**cases[name][0], **person, "items": items, "reference": f"{way} {name}", "language": "nl"}

    told: dict[str, set[Said]] = {}
    for name, (_, expected) in cases.items():
        accepted, told[name] = await _preflight(one, about(name, "filed"))
        assert accepted, name
        assert expected in told[name], name
        filed = await one.brand.post("/v1/reports", about(name, "filed"))
        assert _said(filed["findings"]) == told[name], name

    await _imported(one, [about(name, "imported") for name in cases])
    for report in await one.brand.each("/v1/reports"):
        read = await one.brand.get(f"/v1/reports/{report['id']}")
        assert _said(read["findings"]) == told[read["reference"].partition(" ")[2]], read["reference"]

    wanted = {f"{way}-{name}-0": name for name in cases for way in ("filed", "imported")}
    held: list[dict[str, Any]] = []
    async with asyncio.timeout(SECONDS):
        while wanted:
            held += (tasks := await people.bench.claim("reviewer", most=50, lease_seconds=300, wait=2))
            for task in tasks:
                listing = task["listing"]["listing_id"]
                if listing in wanted:
                    assert _said(task["findings"]) == told[wanted.pop(listing)], listing
    for task in held:
        await people.released(task)
    await one.withdrawn()
