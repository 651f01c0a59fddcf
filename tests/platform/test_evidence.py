"""Evidence through the gateway: sent once, opened by its owner, its reviewer and the operator, and by nobody else."""

import io
from typing import Any

import aiohttp
import pytest

from deploy.local.api import Api, Refused
from tests.libraries.documents.papers import encrypted, pdf
from tests.libraries.documents.pictures import exif, jpeg, png
from tests.platform.people import People
from tests.services.intake.conftest import a_report

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

PHOTO = jpeg(exif(6))


async def sent(api: Api, content: bytes, name: str = "the box.jpg", **headers: str) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename=name)
    headers |= {"Authorization": f"Bearer {api.key}"}
    async with api.session.post(f"{api.base_url}/v1/evidence", data=form, headers=headers) as answer:
        return answer.status, await answer.json()


async def opened(people: People, url: str) -> bytes:
    """What someone gets who has a link and no key."""
    async with people.brand.session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return await answer.read()


async def test_a_photograph_goes_to_its_reviewer_without_the_place_where_it_was_taken(people: People) -> None:
    one, other = await people.with_brand("Shown"), await people.with_brand("Another claimant")
    status, photo = await sent(one.brand, PHOTO)
    assert (status, photo["media_type"], photo["hides_metadata"]) == (201, "image/jpeg", True)
    assert (await sent(one.brand, PHOTO))[1]["id"] == photo["id"]
    body = a_report((await one.right())["id"], "with-evidence", evidence_ids=[photo["id"]], language="it")
    report = await one.brand.post("/v1/reports", body)
    assert report["findings"] == []

    task = await people.claimed("with-evidence", "trademark.it.p2")
    assert task["items"][0]["evidence"] == [photo["id"]]
    path, lease = f"/v1/tasks/{task['id']}/evidence/{photo['id']}/link", {"lease_token": task["lease"]["token"]}
    shown = await opened(people, (await people.bench.api.post(path, lease))["url"])
    assert shown.startswith(b"\xff\xd8")
    assert b"52.52" not in shown
    assert await opened(people, (await one.brand.post(f"/v1/evidence/{photo['id']}/link"))["url"]) == PHOTO
    assert await opened(people, (await people.operator.post(f"/v1/evidence/{photo['id']}/link"))["url"]) == shown
    with pytest.raises(Refused) as refused:
        await other.brand.post(f"/v1/evidence/{photo['id']}/link")
    assert (refused.value.status, refused.value.code) == (404, "evidence_not_found")
    await people.accepted(task)
    with pytest.raises(Refused) as refused:
        await people.bench.api.post(path, lease)
    assert refused.value.code == "lease_lost"
    await one.report_is(report, "accepted")

    status, same = await sent(other.brand, PHOTO)
    assert (status, same["sha256"]) == (201, photo["sha256"])
    assert same["id"] != photo["id"]
    right = await other.right(owner={"name": "Someone Else AG"})
    warned = await other.brand.post("/v1/reports/preflight", a_report(right["id"], 1, evidence_ids=[same["id"]]))
    assert [finding["code"] for finding in warned["findings"]] == ["R_FRAUDULENT_EVIDENCE"]
    blocked = await other.brand.post("/v1/reports/preflight", a_report(right["id"], 1, evidence_ids=[photo["id"]]))
    assert [finding["code"] for finding in blocked["findings"]] == ["N_EVIDENCE_NOT_FOUND"]


async def test_an_agents_document_is_evidence_that_the_operator_opens(people: People) -> None:
    one = await people.with_brand("With a document")
    status, document = await sent(one.brand, pdf("We appoint ..."), "power of attorney.pdf")
    assert (status, document["pages"]) == (201, 1)
    authority = await one.brand.post("/v1/authorities", {
        "kind": "power_of_attorney", "principal": {"name": "Whole GmbH"}, "valid_from": "2020-01-01",
        "evidence_id": document["id"],
    })  # fmt: skip
    assert authority["evidence_id"] == document["id"]
    link = await people.operator.post(f"/v1/evidence/{document['id']}/link")
    assert (await opened(people, link["url"])).startswith(b"%PDF-")
    with pytest.raises(Refused) as refused:
        await one.brand.call("DELETE", f"/v1/evidence/{document['id']}")
    assert refused.value.code == "evidence_in_use"


UNFIT: dict[str, tuple[bytes, int, str]] = {
    "a picture cut short": (png()[:-9], 422, "evidence_broken"),
    "a PDF with a password": (encrypted(pdf("A page"), "secret"), 422, "evidence_encrypted"),
    "a PDF of 10,000 pages": (pdf("A page", count=10_000), 422, "evidence_too_many_pages"),
    "a picture of 3.6 billion pixels": (png(width=60_000, height=60_000), 422, "evidence_too_many_pixels"),
    "a program": (b"\x7fELF\x02\x01\x01\x00", 415, "evidence_type_unknown"),
    "a file of more than 25 MiB": (b"x" * 26_214_401, 413, "body_too_large"),
}


@pytest.mark.parametrize("case", UNFIT)
async def test_a_file_that_is_no_evidence_is_told_why(people: People, case: str) -> None:
    content, status, code = UNFIT[case]
    found, problem = await sent(people.brand, content)
    assert (found, problem["code"]) == (status, code)


async def test_evidence_lies_once_in_the_home_of_the_platform(people: People) -> None:
    _, note = await sent(people.brand, b"Sent by two.", "note.txt")
    await sent((await people.with_brand("Sends it too")).brand, b"Sent by two.", "other.txt")
    home = people.platform.home / "evidence"
    assert [path.read_bytes() for path in home.rglob(note["sha256"])] == [b"Sent by two."]
