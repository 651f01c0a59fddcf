"""A vault through the gateway: a portfolio in one file, authorities, renewals, and the end of each announced."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.local.api import Api, Refused
from tests.platform.people import People
from tests.running import eventually
from tests.services.intake.conftest import a_report

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

HEADER = [
    "type", "title", "mark_text", "mark_type", "office", "registration_number", "owner_name", "nice_classes",
    "registered_on", "expires_on", "held_as",
]  # fmt: skip
MARKS = 2000
WRONG = 700
AGENT: dict[str, Any] = {"held_as": "agent", "owner": {"name": "Vault Ltd", "country": "DE"}}
LICENCE = {"kind": "licence", "principal": {"name": "Vault Ltd"}, "valid_from": "2020-01-01"}


def _file() -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for number in range(MARKS):
        name, classes = f"VAULT {number}", "25 46" if number == WRONG else "18 25"
        registered = [f"{18_000_000 + number:09}", "Vault Ltd", classes, "2020-01-02", "2050-01-02", "agent"]
        writer.writerow(["trademark", name, name, "word", "EUIPO", *registered])
    return text.getvalue().encode()


async def _send(api: Api, content: bytes) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "text/csv", "Idempotency-Key": "vault"}
    async with api.session.post(api.base_url + "/v1/rights/import", data=content, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_an_agent_reports_under_a_portfolio_of_two_thousand_marks_by_its_authority(people: People) -> None:
    one = await people.with_brand("Agent")
    agent = one.brand
    status, found = await _send(agent, _file())
    assert (status, found["created"], found["refused"]) == (200, MARKS - 1, 1)
    (wrong,) = found["errors"]
    assert (wrong["row"], wrong["pointer"], wrong["code"]) == (WRONG + 2, "/nice_classes/1", "less_than_equal")
    (row,) = csv.DictReader(io.StringIO(found["errors_csv"], newline=""))
    assert (row["title"], row["import_row"]) == (f"VAULT {WRONG}", str(WRONG + 2))
    assert (await _send(agent, _file()))[1] == found

    right_id = found["rights"][0]["id"]
    await people.operator.post(f"/v1/rights/{right_id}/verify", {})
    with pytest.raises(Refused) as refused:
        await agent.post("/v1/reports", a_report(right_id, "vault-1"))
    assert [error["code"] for error in refused.value.problem["errors"]] == ["N_AUTHORITY_MISSING"]
    authority = await agent.post("/v1/authorities", LICENCE)
    await people.operator.post(f"/v1/authorities/{authority['id']}/verify", {})
    report = await agent.post("/v1/reports", a_report(right_id, "vault-1"))
    assert (report["authority_id"], report["authority_version"]) == (authority["id"], 2)
    await one.told("authority.verified", authority["id"])

    await agent.call("PATCH", f"/v1/rights/{right_id}", {"title": "VAULT 0, AND MORE"})
    now = await agent.get(f"/v1/rights/{right_id}")
    filed = await agent.get(f"/v1/rights/{right_id}/versions/{report['right_version']}")
    assert (filed["state"], filed["held_as"], filed["title"]) == ("verified", "agent", "VAULT 0")
    assert (now["title"], now["version"] > report["right_version"]) == ("VAULT 0, AND MORE", True)
    versions = await agent.each(f"/v1/rights/{right_id}/versions")
    assert sorted(version["version"] for version in versions) == list(range(1, now["version"] + 1))
    await agent.post(f"/v1/authorities/{authority['id']}/revoke")
    with pytest.raises(Refused) as refused:
        await agent.post("/v1/reports", a_report(right_id, "vault-2"))
    assert "N_AUTHORITY_EXPIRED" in {error["code"] for error in refused.value.problem["errors"]}
    await one.withdrawn()


async def test_the_end_of_a_right_is_told_30_and_7_days_before_and_a_renewal_brings_it_back(people: People) -> None:
    one = await people.with_brand("Renewing")
    right = await one.right(expires_on=_in(days=60))
    left = await _told_of_its_end(one, "right", right["id"])
    assert (await one.brand.get(f"/v1/rights/{right['id']}"))["state"] == "expired", left
    with pytest.raises(Refused) as refused:
        await one.brand.post("/v1/reports", a_report(right["id"], "renewed-1"))
    assert [error["code"] for error in refused.value.problem["errors"]] == ["R_RIGHT_EXPIRED"]

    again = _in(days=3650)
    told = await one.brand.post(f"/v1/rights/{right['id']}/renew", {"expires_on": again})
    assert (told["state"], told["renewal"]["state"]) == ("expired", "pending")
    await people.operator.post(f"/v1/rights/{right['id']}/renewal/accept")
    report = await one.brand.post("/v1/reports", a_report(right["id"], "renewed-1"))
    filed = await one.brand.get(f"/v1/rights/{right['id']}/versions/{report['right_version']}")
    assert (filed["state"], filed["expires_on"]) == ("verified", again)
    await one.withdrawn()


async def test_a_right_that_is_renewed_in_time_stays_verified_while_the_operator_looks(people: People) -> None:
    one = await people.with_brand("Renewing early")
    right = await one.right(expires_on=_in(days=60))
    await one.brand.post(f"/v1/rights/{right['id']}/renew", {"expires_on": _in(days=3650)})
    await one.later("right", right["id"], days=61)
    report = await one.brand.post("/v1/reports", a_report(right["id"], "renewed-2"))
    assert {"R_RIGHT_EXPIRED"} <= {finding["code"] for finding in report["findings"]}
    accepted = await people.operator.post(f"/v1/rights/{right['id']}/renewal/accept")
    assert (accepted["state"], accepted["findings"]) == ("verified", [])
    await one.withdrawn()


async def test_the_end_of_an_authority_is_told_30_and_7_days_before(people: People) -> None:
    one = await people.with_brand("Ending")
    right = await one.right(**AGENT)
    authority = await one.brand.post("/v1/authorities", {**LICENCE, "valid_to": _in(days=60)})
    await people.operator.post(f"/v1/authorities/{authority['id']}/verify")
    await _told_of_its_end(one, "authority", authority["id"])
    with pytest.raises(Refused) as refused:
        await one.brand.post("/v1/reports", a_report(right["id"], "ended-1"))
    assert [error["code"] for error in refused.value.problem["errors"]] == ["N_AUTHORITY_EXPIRED"]


def _in(*, days: int) -> str:
    return str((datetime.now(UTC) + timedelta(days=days)).date())


async def _told_of_its_end(one: People, noun: str, subject: str) -> list[int]:
    """The sixty days of a thing pass; the days that its reminders named. Two reminders, and then its end."""

    async def reminders() -> list[int]:
        kind = f"marque.{noun}.expiring.v1"
        found = [event for event in await one.events() if (event["type"], event["subject"]) == (kind, subject)]
        return sorted((event["data"]["days_left"] for event in found), reverse=True)

    async def are(count: int) -> list[int] | None:
        found = await reminders()
        return found if len(found) == count else None

    assert await reminders() == []
    await one.later(noun, subject, days=30)
    (first,) = await eventually(lambda: are(1))
    await one.later(noun, subject, days=23)
    _, second = await eventually(lambda: are(2))
    assert 7 < first <= 30
    assert 0 < second <= 7
    await one.later(noun, subject, days=8)
    await one.told(f"{noun}.expired", subject)
    assert await reminders() == [first, second]
    return [first, second]
