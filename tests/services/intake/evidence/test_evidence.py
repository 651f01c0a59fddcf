"""Evidence: uploaded, kept once, named by what needs it, shown by links that end."""

import asyncio
import hashlib
import io
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.evidence import records
from services.intake.evidence.receiving import EvidenceRoom
from shared.contracts.events import EvidenceDeleted, EvidenceKept
from shared.contracts.ids import EvidenceId
from shared.runtime.clock import HeldClock
from shared.runtime.ids import new_id
from tests.conftest import Servers
from tests.libraries.documents.papers import pdf
from tests.libraries.documents.pictures import exif, jpeg
from tests.running import Running, eventually
from tests.services.intake.conftest import Intake, a_report
from tests.services.runtime_objects.bucket import Bucket, serving

PHOTO = jpeg(exif(6))


async def opened(intake: Intake, url: str) -> httpx.Response:
    """What whoever has a link gets, without a key."""
    address = httpx.URL(url)
    return await intake.running.anonymous.get(address.path, params=address.params)


async def link(client: httpx.AsyncClient, evidence: dict[str, Any]) -> dict[str, str]:
    answer = await client.post(f"/v1/evidence/{evidence['id']}/link")
    assert answer.status_code == 200, answer.text
    links: dict[str, str] = answer.json()
    return links


def places(servers: Servers, content: bytes) -> list[Path]:
    digest = hashlib.sha256(content).hexdigest()
    return [path for path in (servers.folder / "evidence").rglob("*") if path.is_file() and digest in path.name]


async def test_its_owner_sees_the_file_and_others_the_copy_without_its_place(intake: Intake) -> None:
    evidence = await intake.evidence(PHOTO, name="C:\\photos\\the box.png")
    assert (evidence["media_type"], evidence["size"], evidence["width"], evidence["height"]) == (
        "image/jpeg", len(PHOTO), 3, 2)  # fmt: skip
    assert (evidence["sha256"], evidence["name"]) == (hashlib.sha256(PHOTO).hexdigest(), "the box.png")
    assert evidence["hides_metadata"] is True
    own, operators = await link(intake.brand, evidence), await link(intake.operator, evidence)
    original = await opened(intake, own["url"])
    assert original.content == PHOTO
    shared = await opened(intake, own["shared_url"])
    assert b"52.52" not in shared.content
    assert b"Exif" in shared.content, "how it is to be turned is left"
    assert operators["url"] == operators["shared_url"]
    assert (await opened(intake, operators["url"])).content == shared.content
    assert shared.headers["content-length"] == str(len(shared.content))
    assert shared.headers["content-type"] == "image/jpeg"
    assert shared.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shared.headers["content-security-policy"]


async def test_what_a_browser_might_run_is_handed_over_to_be_saved(intake: Intake) -> None:
    evidence = await intake.evidence(b"<script>alert(1)</script>", name="page.html")
    answer = await opened(intake, (await link(intake.brand, evidence))["url"])
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{evidence["id"]}.txt"'


async def test_a_file_is_kept_once_however_often_and_by_whomever_it_is_sent(intake: Intake, servers: Servers) -> None:
    content = b"A receipt of " + str(new_id(EvidenceId)).encode()
    answers = await asyncio.gather(*(
        client.post("/v1/evidence", files={"file": (f"{n}.txt", content)})
        for n in range(6) for client in (intake.brand, intake.other)
    ))  # fmt: skip
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 2, "one for each account"
    assert (await intake.count("evidence_files"), len(places(servers, content))) == (1, 1)


async def test_evidence_of_another_account_is_not_there(intake: Intake) -> None:
    evidence = await intake.evidence()
    path = f"/v1/evidence/{evidence['id']}"
    for call in (intake.other.get(path), intake.other.post(f"{path}/link"), intake.other.delete(path),
                 intake.operator.delete(path)):  # fmt: skip
        answer = await call
        assert (answer.status_code, answer.json()["code"]) == (404, "evidence_not_found")
    assert (await intake.other.get("/v1/evidence")).json()["data"] == []
    assert (await intake.operator.get(path)).json() == {**evidence, "name": None}
    assert (await intake.brand.get("/v1/evidence", params={"sha256": evidence["sha256"]})).json()["data"] == [evidence]
    assert (await intake.brand.get("/v1/evidence", params={"sha256": "0" * 64})).json()["data"] == []


async def test_a_link_that_was_changed_opens_nothing_and_an_old_one_says_so(
    start_service: Callable[..., Awaitable[Running]],
) -> None:
    clock = HeldClock(datetime.now(UTC))
    intake = Intake(await start_service("intake", clock=clock, evidence_link_seconds="60"))
    first, second = await intake.evidence(PHOTO), await intake.evidence()
    links = await link(intake.brand, first)
    changed = [
        links["shared_url"].replace("copy=shared", "copy=original"),
        links["url"].replace(first["id"], second["id"]),
        links["url"].replace("expires=", "expires=9"),
        links["url"].partition("?")[0],
    ]
    for url in changed:
        answer = await opened(intake, url)
        assert (answer.status_code, answer.json()["code"]) == (404, "link_invalid")
    assert (await opened(intake, links["url"].replace("copy=original", "copy=nonsense"))).status_code == 422
    clock.move(timedelta(seconds=61))
    answer = await opened(intake, links["url"])
    assert (answer.status_code, answer.json()["code"]) == (410, "link_expired")


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no form": ({"json": {"file": "x"}}, 415, "unsupported_media_type"),
    "no boundary": (
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "malformed_form"),
    "a form without a file": ({"files": {"other": ("a.txt", b"words")}}, 400, "malformed_form"),
    "a field that is no file": (
        {"data": {"file": "words"}, "files": {"file2": ("a", b"b")}}, 400, "malformed_form"),
    "two files": ({"files": [("file", ("a", b"a")), ("file", ("b", b"b"))]}, 400, "malformed_form"),
    "a form that is no form": (
        {"content": b"--x\r\nnonsense", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        400, "malformed_form"),
    "a form that ends too early": (
        {"content": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nwords',
         "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, "malformed_form"),
    "an empty file": ({"files": {"file": ("a.txt", b"")}}, 422, "evidence_empty"),
    "a program": ({"files": {"file": ("a.png", b"\x7fELF\x02\x01\x00")}}, 415, "evidence_type_unknown"),
    "a broken image": ({"files": {"file": ("a.jpg", PHOTO[:-9])}}, 422, "evidence_broken"),
    "too many pages": ({"files": {"file": ("a.pdf", pdf("A page", count=10_000))}}, 422, "evidence_too_many_pages"),
    "too large a file": ({"files": {"file": ("a.txt", b"x" * 26_214_401)}}, 413, "body_too_large"),
    "too large a form": ({"files": {"file": ("a.txt", b"x" * 30_000_000)}}, 413, "body_too_large"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_no_evidence_is_refused_with_its_reason_and_nothing_is_stored(intake: Intake, case: str) -> None:
    request, status, code = REFUSED[case]
    answer = await intake.brand.post("/v1/evidence", **request)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await intake.count("evidence"), await intake.count("evidence_files")) == (0, 0)


async def test_the_same_upload_under_its_key_is_answered_again(intake: Intake) -> None:
    key = {"Idempotency-Key": "upload-1"}
    send = {"file": ("note.txt", b"The box has no hologram.")}
    first = await intake.brand.post("/v1/evidence", files=send, headers=key)
    await intake.brand.delete(f"/v1/evidence/{first.json()['id']}")
    again = await intake.brand.post("/v1/evidence", files=send, headers=key)
    assert again.request.headers["content-type"] != first.request.headers["content-type"], "the boundary differs"
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (201, first.json(), "true")
    for other in ({"file": ("note.txt", b"Another note.")}, {"file": ("other.txt", b"The box has no hologram.")}):
        answer = await intake.brand.post("/v1/evidence", files=other, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_evidence_of_a_report_is_kept_and_goes_with_it_to_review(intake: Intake) -> None:
    right, photo, note = await intake.right(), await intake.evidence(PHOTO), await intake.evidence()
    items = [{"url": "https://shop.example/item/1", "evidence_ids": [photo["id"]]}]
    body = a_report(right["id"], items=items, evidence_ids=[note["id"], photo["id"]])
    preflight = (await intake.brand.post("/v1/reports/preflight", json=body)).json()
    assert preflight == {"would_be_accepted": True, "findings": []}
    assert (await intake.brand.get(f"/v1/evidence/{photo['id']}")).json()["in_use"] is False
    report = (await intake.brand.post("/v1/reports", json=body)).json()
    found = await intake.read(report)
    assert (found["evidence_ids"], found["items"][0]["evidence_ids"]) == (body["evidence_ids"], [photo["id"]])
    for evidence in (photo, note):
        path = f"/v1/evidence/{evidence['id']}"
        assert (await intake.brand.get(path)).json()["in_use"] is True
        answer = await intake.brand.delete(path)
        assert (answer.status_code, answer.json()["code"]) == (409, "evidence_in_use")


async def test_evidence_that_is_about_to_be_filed_cannot_be_deleted_beneath_it(intake: Intake) -> None:
    """Also where it was uploaded only a moment ago; and not for ever, where nothing came of the report."""
    right, photo = await intake.right(), await intake.evidence(PHOTO)
    path = f"/v1/evidence/{photo['id']}"
    body = a_report(right["id"], 1, evidence_ids=[photo["id"]], signature="")
    assert (await intake.brand.post("/v1/reports", json=body)).status_code == 422
    answer = await intake.brand.delete(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "evidence_in_use")
    await intake.execute("UPDATE evidence SET named_at = named_at - interval '3 minutes'")
    assert (await intake.brand.delete(path)).status_code == 204


async def test_evidence_of_another_account_is_none_in_a_report(intake: Intake) -> None:
    right, strange = await intake.right(), await intake.evidence(by=intake.other)
    body = a_report(right["id"], evidence_ids=[strange["id"]])
    answer = await intake.brand.post("/v1/reports", json=body)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/evidence_ids/0", "N_EVIDENCE_NOT_FOUND")]
    assert await intake.count("evidence_uses") == 0


async def test_the_same_file_in_the_report_of_another_claimant_is_warned_of(intake: Intake) -> None:
    """An agent of the same owner is no other claimant, and neither is the reporter itself."""
    first, second = await intake.right(), await intake.right(by=intake.other, owner={"name": "ACME  gmbh"})
    third = await intake.right(by=intake.other, owner={"name": "Someone Else AG"}, registration_number="018999999")
    own = await intake.evidence(PHOTO)
    await intake.file(first["id"], 1, evidence_ids=[own["id"]])
    assert (await intake.file(first["id"], 2, evidence_ids=[own["id"]]))["findings"] == []
    same = await intake.evidence(PHOTO, by=intake.other)

    async def findings(right: dict[str, Any]) -> list[Any]:
        answer = await intake.other.post(
            "/v1/reports/preflight", json=a_report(right["id"], 3, evidence_ids=[same["id"]])
        )
        return [(found["code"], found["severity"], found["pointer"]) for found in answer.json()["findings"]]

    assert await findings(second) == []
    assert await findings(third) == [("R_FRAUDULENT_EVIDENCE", "warns", "/evidence_ids/0")]


async def test_a_file_of_another_claimant_in_every_listing_is_told_of_once_and_the_report_can_be_read(
    intake: Intake,
) -> None:
    first, other = (
        await intake.right(),
        await intake.right(by=intake.other, owner={"name": "Someone Else AG"}, registration_number="018777771"),
    )
    await intake.file(first["id"], 1, evidence_ids=[(await intake.evidence(PHOTO))["id"]])
    same = (await intake.evidence(PHOTO, by=intake.other))["id"]
    body = a_report(other["id"], *range(500), evidence_ids=[same, same])
    body["items"] = [{**item, "evidence_ids": [same, same, same]} for item in body["items"]]
    filed = await intake.other.post("/v1/reports", json=body)
    assert filed.status_code == 201, filed.text
    read = (await intake.other.get(f"/v1/reports/{filed.json()['id']}")).json()
    assert [(f["code"], f["pointer"]) for f in read["findings"]] == [("R_FRAUDULENT_EVIDENCE", "/evidence_ids/0")]
    assert (read["evidence_ids"], read["items"][499]["evidence_ids"]) == ([same], [same])
    assert (await intake.other.post(f"/v1/reports/{read['id']}/withdraw", json={})).status_code == 202


async def test_an_import_names_evidence_and_is_warned_as_any_report(intake: Intake) -> None:
    right, other = (
        await intake.right(),
        await intake.right(by=intake.other, owner={"name": "Someone Else AG"}, registration_number="018777771"),
    )
    seen = await intake.evidence(PHOTO, by=intake.other)
    answer = await intake.other.post("/v1/reports", json=a_report(other["id"], 7, evidence_ids=[seen["id"]]))
    assert answer.status_code == 201
    own = await intake.evidence(PHOTO)
    defaults = a_report(right["id"])
    del defaults["items"]
    rows = f"url,evidence_ids\nhttps://shop.example/item/1,{own['id']}\nhttps://shop.example/item/2,{seen['id']}\n"
    sent = await intake.brand.post(
        "/v1/imports", params={"defaults": json.dumps(defaults)}, content=rows, headers={"Content-Type": "text/csv"}
    )
    path = f"/v1/imports/{sent.json()['id']}"

    async def over() -> Any:
        found = (await intake.brand.get(path)).json()
        return found if found["state"] == "completed" else None

    found = await intake.running.eventually(over)
    assert (found["filed"], found["refused"]) == (1, 1)
    assert "N_EVIDENCE_NOT_FOUND" in (await intake.brand.get(f"{path}/errors")).text
    (report,) = (await intake.brand.get("/v1/reports")).json()["data"]
    assert [one["code"] for one in (await intake.read(report))["findings"]] == ["R_FRAUDULENT_EVIDENCE"]
    assert (await intake.brand.get(f"/v1/evidence/{own['id']}")).json()["in_use"] is True


async def test_an_account_may_leave_only_so_much_lying_about(start_service: Callable[..., Awaitable[Running]]) -> None:
    intake = Intake(await start_service("intake", evidence_unused="2"))
    first = await intake.evidence(b"one")
    await intake.evidence(b"two")
    answer = await intake.brand.post("/v1/evidence", files={"file": ("c.txt", b"three")})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_much_evidence")
    assert (await intake.evidence(b"two"))["in_use"] is False, "what is there already is no more than before"
    assert (await intake.brand.delete(f"/v1/evidence/{first['id']}")).status_code == 204
    await intake.evidence(b"three")


async def test_what_nothing_refers_to_is_let_go_after_some_weeks_and_the_rest_stays(
    intake: Intake, servers: Servers
) -> None:
    right = await intake.right()
    contents = {name: f"{name} {new_id(EvidenceId)}".encode() for name in ("used", "named", "unused", "shared")}
    kept = {name: await intake.evidence(content) for name, content in contents.items()}
    earlier = datetime.now(UTC) - timedelta(days=20)
    await intake.execute("UPDATE evidence SET created_at = $1, named_at = $1", earlier)
    await intake.evidence(contents["shared"], by=intake.other)
    await intake.file(right["id"], 1, evidence_ids=[kept["used"]["id"]])
    refused = a_report(right["id"], 2, evidence_ids=[kept["named"]["id"]], signature="")
    assert (await intake.brand.post("/v1/reports", json=refused)).status_code == 422
    now = datetime.now(UTC) + timedelta(days=29)
    await _tidied(intake, now)
    assert await _there(intake, kept) == {"used", "named"}
    await _tidied(intake, now + timedelta(hours=2))
    assert {name for name, content in contents.items() if places(servers, content)} == {"used", "named", "shared"}
    await _tidied(intake, now + timedelta(days=2))
    await _tidied(intake, now + timedelta(days=3))
    assert {name for name, content in contents.items() if places(servers, content)} == {"used"}
    again = await intake.evidence(contents["unused"])
    assert (await opened(intake, (await link(intake.brand, again))["url"])).content == contents["unused"]


async def test_other_services_are_told_of_evidence_that_is_kept_and_that_is_deleted(intake: Intake) -> None:
    photo, note = await intake.evidence(PHOTO), await intake.evidence(b"words")
    await intake.evidence(PHOTO)
    others = await intake.evidence(PHOTO, by=intake.other)
    shared = await opened(intake, (await link(intake.brand, photo))["shared_url"])
    copy, words = hashlib.sha256(shared.content).hexdigest(), hashlib.sha256(b"words").hexdigest()
    assert copy != photo["sha256"]
    kept = {event.evidence_id: event for event in await intake.running.recorded(EvidenceKept)}
    assert [
        (event.account_id, event.sha256, event.shared_sha256, event.media_type, event.size)
        for event in (kept.pop(one["id"]) for one in (photo, note, others))
    ] == [
        (intake.running.caller("brand").account_id, photo["sha256"], copy, "image/jpeg", len(PHOTO)),
        (intake.running.caller("brand").account_id, words, words, "text/plain", 5),
        (intake.running.caller("brand", "two").account_id, photo["sha256"], copy, "image/jpeg", len(PHOTO)),
    ]
    assert kept == {}, "the same file sent again is the same evidence"
    assert (await intake.brand.delete(f"/v1/evidence/{note['id']}")).status_code == 204
    right = await intake.right(mark_image=photo["id"])
    await _tidied(intake, datetime.now(UTC) + timedelta(days=400))
    gone = {(event.evidence_id, event.account_id) for event in await intake.running.recorded(EvidenceDeleted)}
    assert gone == {(note["id"], right["account_id"]), (others["id"], intake.running.caller("brand", "two").account_id)}


async def test_evidence_that_is_not_kept_or_not_deleted_is_not_told_of(intake: Intake) -> None:
    shown = (await intake.evidence(PHOTO))["id"]
    await intake.right(mark_image=shown)
    assert (await intake.brand.delete(f"/v1/evidence/{shown}")).status_code == 409
    assert (await intake.other.delete(f"/v1/evidence/{shown}")).status_code == 404
    assert (await intake.brand.post("/v1/evidence", files={"file": ("a.zip", b"PK\x03\x04")})).status_code == 415
    assert len(await intake.running.recorded(EvidenceKept)) == 1
    assert await intake.running.recorded(EvidenceDeleted) == []


async def test_a_file_whose_upload_died_is_let_go_and_can_be_sent_again(intake: Intake, servers: Servers) -> None:
    """Killed after the store had the file and before anything referred to it."""
    content = f"A file {new_id(EvidenceId)}".encode()
    room: EvidenceRoom = intake.running.service.resources.evidence
    sent = await room.look_into(io.BytesIO(content), len(content), "a.txt", account="acc_a")
    await room.objects.put(sent.sha256, sent.file)
    evidence = await intake.evidence(content)
    assert (await opened(intake, (await link(intake.brand, evidence))["url"])).content == content
    await intake.brand.delete(f"/v1/evidence/{evidence['id']}")
    await _tidied(intake, datetime.now(UTC) + timedelta(hours=2))
    assert (places(servers, content), await intake.count("evidence_files")) == ([], 0)


async def test_a_bucket_keeps_files_and_while_it_is_away_nothing_is_said_to_be_kept(
    start_service: Callable[..., Awaitable[Running]], monkeypatch: pytest.MonkeyPatch
) -> None:
    large = b"A long list of sales.\n" * 500_000
    async with serving() as bucket:
        for name, value in {"ENDPOINT_URL": bucket.url, "ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret",
                            "REGION": "eu-1", "ALLOW_HTTP": "true"}.items():  # fmt: skip
            monkeypatch.setenv(f"AWS_{name}", value)
        intake = Intake(await start_service("intake", evidence_url="s3://files/evidence"))
        evidence = [await intake.evidence(content) for content in (PHOTO, large)]
        assert sorted(_kept(bucket)) == sorted([PHOTO, large])
        for one, content in zip(evidence, (PHOTO, large), strict=True):
            assert (await opened(intake, (await link(intake.brand, one))["url"])).content == content
        bucket.away = True
        answer = await intake.brand.post("/v1/evidence", files={"file": ("a.txt", b"words")})
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert await intake.count("evidence") == 2
        answer = await opened(intake, (await link(intake.brand, evidence[0]))["url"])
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert await eventually(lambda: _ready(intake)) == {"ready": 503, "evidence": STORE_AWAY}
        bucket.away = False
        await intake.evidence(b"words")
        await eventually(lambda: _is_ready(intake))


STORE_AWAY = "The object store cannot be reached, or lacks the file."


def _kept(bucket: Bucket) -> list[bytes]:
    """What was sent, without what readiness writes to see whether the store takes it."""
    return [content for key, content in bucket.objects.items() if not key.endswith("/probe")]


async def _ready(intake: Intake) -> dict[str, Any] | None:
    answer = await intake.running.anonymous.get("/readyz")
    said = answer.json()["checks"]["evidence"]
    return None if said == "ok" else {"ready": answer.status_code, "evidence": said}


async def _is_ready(intake: Intake) -> bool:
    return (await intake.running.anonymous.get("/readyz")).status_code == 200


async def _tidied(intake: Intake, now: datetime) -> None:
    room: EvidenceRoom = intake.running.service.resources.evidence
    while await records.tidy(intake.running.database, room.objects, unused_for=timedelta(days=30), now=now):
        pass


async def _there(intake: Intake, kept: dict[str, dict[str, Any]]) -> set[str]:
    return {
        name
        for name, evidence in kept.items()
        if (await intake.brand.get(f"/v1/evidence/{evidence['id']}")).status_code == 200
    }
