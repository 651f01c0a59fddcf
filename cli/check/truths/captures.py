"""Truth 11: each item of a listing that was known has one first capture; its hash holds, and its pictures are there."""

import hashlib
import json

from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Along, Row
from cli.check.stored import file_fault, open_store

_REPORTED = "SELECT id, report_id, created_at FROM report_items ORDER BY id"
_SINCE = "SELECT min(reported_at) AS since FROM reported_items"
_CAPTURED = """
WITH known AS (SELECT marketplace, listing_id, min(received_at) AS since FROM listing_versions GROUP BY 1, 2),
    firsts AS (SELECT item_id, count(*) AS first FROM item_captures WHERE is_first GROUP BY 1)
SELECT r.item_id AS id, k.since <= r.reported_at AS was_known, coalesce(f.first, 0) AS first
FROM reported_items r LEFT JOIN known k USING (marketplace, listing_id) LEFT JOIN firsts f USING (item_id)
ORDER BY r.item_id
"""
_ORPHANS = """
SELECT i.item_id, i.capture_id FROM item_captures i
WHERE NOT EXISTS (SELECT FROM captures c WHERE c.id = i.capture_id) ORDER BY i.item_id
"""
_CAPTURES = """
SELECT c.id, c.document, c.hash, c.seller_name, c.seller_salt, c.seller_erased_at IS NOT NULL AS erased, EXISTS (
    SELECT FROM jobs j WHERE j.kind = 'complete_capture' AND j.key = c.id AND j.died_at IS NULL
) AS is_worked_on
FROM captures c ORDER BY c.id
"""
_PICTURES = """
SELECT p.capture_id, p.sha256, p.size, p.erased FROM capture_pictures p JOIN captures c ON c.id = p.capture_id
WHERE p.sha256 IS NOT NULL AND p.evidence_id IS NULL ORDER BY p.capture_id, p.place
"""


async def captures_are_as_they_were(evidence: Evidence) -> Findings:
    """Check the items of reports for their first captures, captures for their hashes, and pictures in the store."""
    findings = Findings(11, "each item of a known listing has one first capture, whose hash holds, with its pictures")
    await _items_have_one(evidence, findings)
    async for row in evidence.read("screening", _ORPHANS):
        findings.offend(row["item_id"], f"has the capture {row['capture_id']}, which is not there")
    async for capture in evidence.read("screening", _CAPTURES):
        findings.checked += 1
        if (why := _fault(capture)) is not None:
            findings.offend(capture["id"], why)
    await _pictures_are_there(evidence, findings)
    return findings


async def _items_have_one(evidence: Evidence, findings: Findings) -> None:
    captured = Along(evidence.read("screening", _CAPTURED), "id")
    (since,) = [row["since"] async for row in evidence.read("screening", _SINCE)]
    async for item in evidence.read("intake", _REPORTED):
        if since is not None and item["created_at"] < since:
            continue  # from before there were captures, or as if it were
        findings.checked += 1
        found = await captured.at(item["id"])
        why = _item_fault(found[0]) if found else "was reported, and screening knows nothing of it"
        if why is None:
            continue
        if evidence.is_moving(item["id"], item["report_id"]):
            findings.in_flight += 1
        else:
            findings.offend(item["id"], why)


def _item_fault(item: Row) -> str | None:
    if item["first"] > 1:
        return f"has {item['first']} first captures"
    if item["was_known"] and item["first"] == 0:
        return "has no capture, and its listing was known when it was reported"
    return None


def _fault(capture: Row) -> str | None:
    if capture["hash"] is None:
        return None if capture["is_worked_on"] else "waits for its pictures, which nobody fetches"
    if hashlib.sha256(capture["document"].encode()).digest() != capture["hash"]:
        return "has a document of another hash"
    named = json.loads(capture["document"])["listing"].get("seller", {}).get("name_hash")
    if capture["seller_name"] is None:
        return "lacks the seller's name, which was not erased" if named and not capture["erased"] else None
    salted = (capture["seller_salt"] or b"") + capture["seller_name"].encode()
    return None if hashlib.sha256(salted).hexdigest() == named else "names a seller of another hash"


async def _pictures_are_there(evidence: Evidence, findings: Findings) -> None:
    store = _store(evidence, findings)
    erased = 0
    async for picture in evidence.read("screening", _PICTURES):
        findings.checked += 1
        erased += picture["erased"]
        if store is None or picture["erased"]:
            continue
        if (why := await file_fault(store, picture["sha256"], picture["size"])) is not None:
            findings.offend(picture["capture_id"], f"shows {picture['sha256']}, which {why}")
    if erased:
        findings.notes.append(f"{erased} pictures were erased after their time")


def _store(evidence: Evidence, findings: Findings) -> ObjectStore | None:
    if evidence.platform.capture_url is None:
        findings.notes.append("where captures are kept was not told (MARQUE_CAPTURE_URL): pictures were not looked at")
        return None
    try:
        return open_store(evidence.platform.capture_url)
    except BaseError as error:
        findings.offend("the store of captures", f"cannot be opened: {type(error).__name__}")
        return None
