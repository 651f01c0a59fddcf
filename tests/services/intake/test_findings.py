"""The findings engine: it finds what review would reject for form, and stands in no sound report's way."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from services.intake.reports.findings import PUBLISHED, RULES
from shared.contracts.codes import RightType
from shared.contracts.events import ReportSubmitted, RightSearched
from tests.services.intake.conftest import OTHER_RIGHTS, TRADEMARK, Intake, a_report
from tests.services.intake.news import Task
from tests.services.intake.seeding import CLAIMS, DEFECTS, MARKETS, Defect, Vault, sound
from tests.services.intake.test_outcomes import _hear

REPORTS = 2000
RIGHTS = {"trademark": TRADEMARK, **OTHER_RIGHTS}


async def _right(intake: Intake, kind: str, *, verified: bool = True, **changes: Any) -> dict[str, Any]:
    """A right of a type in the vault."""
    answer = await intake.brand.post("/v1/rights", json={**RIGHTS[kind], **changes})
    assert answer.status_code == 201, answer.text
    right: dict[str, Any] = answer.json()
    if verified:
        assert (await intake.operator.post(f"/v1/rights/{right['id']}/verify")).status_code == 200
    return right


async def _agents(intake: Intake, principal: str, given: dict[str, Any] | None) -> tuple[str, str | None]:
    """A mark that is held as an agent of a principal, and the verified authority that it gave."""
    right = await _right(intake, "trademark", held_as="agent", owner={"name": principal})
    if given is None:
        return right["id"], None
    body = {"kind": "power_of_attorney", "principal": {"name": principal}, "valid_from": "2020-01-01", **given}
    authority = (await intake.brand.post("/v1/authorities", json=body)).json()
    answer = await intake.operator.post(f"/v1/authorities/{authority['id']}/verify")
    assert answer.status_code == 200, answer.text
    return right["id"], authority["id"]


async def _vault(intake: Intake) -> Vault:
    rights = {kind: (await _right(intake, kind))["id"] for kind in dict.fromkeys(CLAIMS.values())}
    rejected = (await _right(intake, "trademark", verified=False))["id"]
    await intake.operator.post(f"/v1/rights/{rejected}/reject", json={"code": "R_RIGHT_CANCELLED"})
    expired, renewing = [(await _right(intake, "trademark", expires_on="2049-01-02"))["id"] for _ in range(2)]
    await intake.brand.post(f"/v1/rights/{renewing}/renew", json={"expires_on": "2060-01-02"})
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    await intake.execute("UPDATE rights SET expires_on = $3 WHERE id IN ($1, $2)", expired, renewing, yesterday)
    await intake.file(rights["trademark"], "reported-before")
    held, _ = await _agents(intake, "Held Ltd", {"territories": MARKETS["trademark"]})
    revoked, authority = await _agents(intake, "Revoked Ltd", {})
    await intake.brand.post(f"/v1/authorities/{authority}/revoke")
    anothers = await intake.right(by=intake.other, owner={"name": "Somebody else"}, registration_number="018777771")
    copied = await intake.evidence(b"Seen before.", by=intake.other)
    seen = a_report(anothers["id"], "seen", evidence_ids=[copied["id"]])
    assert (await intake.other.post("/v1/reports", json=seen)).status_code == 201
    return Vault(
        rights=rights,
        held=held,
        unchartered=(await _right(intake, "patent", claim_chart=[]))["id"],
        pending=(await _right(intake, "trademark", verified=False))["id"],
        rejected=rejected,
        expired=expired,
        renewing=renewing,
        revoked=revoked,
        early=(await _agents(intake, "Early Ltd", {"valid_from": "2049-01-01"}))[0],
        mistyped=(await _agents(intake, "Mistyped Ltd", {"right_types": ["copyright"]}))[0],
        unauthorised=(await _agents(intake, "Unauthorised Ltd", None))[0],
        anothers=anothers["id"],
        reported="reported-before",
        photos=[(await intake.evidence(content))["id"] for content in (b"The box.", b"The label.")],
        anothers_photo=copied["id"],
        copied_photo=(await intake.evidence(b"Seen before."))["id"],
    )


async def test_preflight_finds_the_defects_of_form_and_blocks_no_sound_report(intake: Intake) -> None:
    vault, random = await _vault(intake), Random(20261124)
    names = sorted(DEFECTS)
    turns = asyncio.Semaphore(16)
    missed: Counter[str] = Counter()
    examples: dict[str, Any] = {}
    seeded = 0

    async def look(number: int) -> None:
        nonlocal seeded
        body = sound(random, vault, number)
        name = names[number // 2 % len(names)] if number % 2 else None
        if name is not None:
            DEFECTS[name].seed(body, random, vault)
        async with turns:
            answer = await intake.brand.post("/v1/reports/preflight", json=body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        for finding in found["findings"]:
            assert (finding["code"], finding["severity"]) in SAYS, finding
        said = {(finding["code"], finding["severity"]) for finding in found["findings"]}
        if name is None:
            assert found["would_be_accepted"], (body, found)
            assert said <= PROOF, (body, found)
        else:
            seeded += 1
            if not _is_named(DEFECTS[name], found["findings"]):
                missed[name] += 1
                examples[name] = (body, found)
            assert found["would_be_accepted"] is not any(severity == "blocks" for _, severity in said)

    await asyncio.gather(*(look(number) for number in range(REPORTS)))
    assert seeded == REPORTS // 2
    assert missed.total() <= seeded / 100, (missed, examples)


def _is_named(defect: Defect, findings: list[dict[str, Any]]) -> bool:
    return any(
        (finding["code"], finding["severity"]) == (defect.code, defect.severity)
        and re.fullmatch(defect.at, finding["pointer"])
        for finding in findings
    )


SAYS = {(code, severity) for rule in RULES for code, severity in PUBLISHED[rule].says}
PROOF = {("N_TEST_PURCHASE", "informs"), ("N_COMPARISON", "informs")}
"""What is said of every claim that comes without evidence."""
OF_THE_REPORTER = {("R_REPORTER_SUSPENDED", "blocks"), ("R_REPORTER_LIMIT", "blocks")}
"""What is said of who files, whatever the report looks like."""


def test_a_defect_is_seeded_for_everything_that_a_rule_says_of_a_report() -> None:
    seeded = {(defect.code, defect.severity) for defect in DEFECTS.values()}
    assert seeded == {(code.value, severity.value) for code, severity in SAYS} - OF_THE_REPORTER


def test_every_rule_is_published_with_what_it_says_and_why() -> None:
    assert set(RULES) == set(PUBLISHED)
    for rule in RULES:
        assert PUBLISHED[rule].says
        assert rule.__doc__


async def test_the_wrong_door_is_answered_with_the_right_that_fits(intake: Intake) -> None:
    trademark = await intake.right()
    await _right(intake, "design", owner={"name": "Somebody else"})
    fitting = await _right(intake, "design")
    body = a_report(trademark["id"], 1, claim="design")
    preflight = (await intake.brand.post("/v1/reports/preflight", json=body)).json()
    (found,) = (finding for finding in preflight["findings"] if finding["code"] == "R_WRONG_RIGHT_TYPE")
    assert (preflight["would_be_accepted"], found["severity"], found["pointer"]) == (True, "warns", "/claim")
    assert fitting["id"] in found["fix"]


async def test_what_is_filed_at_the_wrong_door_is_taken_and_review_told_of_the_right_that_fits(intake: Intake) -> None:
    trademark, fitting = await intake.right(), await _right(intake, "copyright")
    report = await intake.file(trademark["id"], 1, claim="copyright")
    assert "R_WRONG_RIGHT_TYPE" in {finding["code"] for finding in report["findings"]}
    (event,) = await intake.running.recorded(ReportSubmitted)
    assert (event.right.id, event.fitting_right and event.fitting_right.id) == (trademark["id"], fitting["id"])


async def _rerouted(intake: Intake, report: dict[str, Any], right_type: RightType) -> RightSearched:
    """A reviewer sends the report's task to the queue of another right type; what intake says of it."""
    account_id = intake.running.caller("brand").account_id
    task = Task(*((report, item) for item in report["items"]), account_id=account_id)
    await _hear(intake, task.created(), task.claimed(), task.rerouted(right_type))
    (searched,) = await intake.running.recorded(RightSearched)
    assert (searched.task_id, searched.right_type, searched.version) == (task.id, right_type, 6)
    return searched


async def test_a_task_that_is_rerouted_is_given_the_right_of_the_vault_that_fits(intake: Intake) -> None:
    trademark = await intake.right()
    await _right(intake, "design", owner={"name": "Somebody else"})
    await _right(intake, "design", verified=False)
    over = await _right(intake, "design")
    await intake.execute(f"UPDATE rights SET expires_on = '2021-01-01' WHERE id = '{over['id']}'")
    fitting = await _right(intake, "design")
    report = await intake.file(trademark["id"], 1, 2)

    searched = await _rerouted(intake, report, RightType.DESIGN)

    assert [(one.item_id, one.right_id) for one in searched.items] == [
        (item["id"], fitting["id"]) for item in report["items"]
    ]
    assert [right.id for right in searched.rights] == [fitting["id"]]


async def test_where_no_right_of_the_vault_fits_that_is_said(intake: Intake) -> None:
    trademark = await intake.right()
    answer = await intake.other.post("/v1/rights", json=RIGHTS["design"])
    await intake.operator.post(f"/v1/rights/{answer.json()['id']}/verify")
    report = await intake.file(trademark["id"], 1)

    searched = await _rerouted(intake, report, RightType.DESIGN)
    assert (searched.rights, searched.items) == ([], [])


async def test_anothers_right_is_never_named_as_the_one_that_fits(intake: Intake) -> None:
    trademark = await intake.right()
    answer = await intake.other.post("/v1/rights", json=RIGHTS["design"])
    await intake.operator.post(f"/v1/rights/{answer.json()['id']}/verify")
    preflight = await intake.brand.post("/v1/reports/preflight", json=a_report(trademark["id"], 1, claim="design"))
    (found,) = (one for one in preflight.json()["findings"] if one["code"] == "R_WRONG_RIGHT_TYPE")
    assert "rgt_" not in found["fix"]


@pytest.mark.parametrize(
    ("category", "named"), [("Shoes", False), ("toys", True), ("unheard of", False), (None, False)]
)
async def test_goods_of_another_class_are_warned_of(intake: Intake, category: str | None, *, named: bool) -> None:
    right = await intake.right()
    body = a_report(right["id"], 1)
    body["items"][0]["category"] = category
    report = (await intake.brand.post("/v1/reports", json=body)).json()
    found = [finding["pointer"] for finding in report["findings"] if finding["code"] == "R_CLASS_MISMATCH"]
    assert found == (["/items/0/category"] if named else [])
    assert (await intake.read(report))["items"][0]["category"] == category
    (event,) = await intake.running.recorded(ReportSubmitted)
    assert event.items[0].listing.category == category
