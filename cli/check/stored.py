"""Check that the files which reports, authorities and rights refer to are in the store."""

from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from cli.check.evidence import Evidence
from cli.check.findings import Findings

_NAMED = """
WITH named (id, evidence_id) AS (
    SELECT id, jsonb_array_elements_text(evidence_ids) FROM reports UNION
    SELECT report_id, jsonb_array_elements_text(evidence_ids) FROM report_items UNION
    SELECT id, details ->> 'mark_image' FROM rights WHERE starts_with(details ->> 'mark_image', 'evd_') UNION
    SELECT id, details ->> 'original_url' FROM rights WHERE starts_with(details ->> 'original_url', 'evd_') UNION
    SELECT id, view #>> '{}' FROM rights, jsonb_path_query(details, '$.views[*] ? (@ starts with "evd_")') AS view
)
SELECT id, evidence_id FROM named n
WHERE NOT EXISTS (SELECT FROM evidence_uses u WHERE u.evidence_id = n.evidence_id AND u.used_by = n.id)
"""
_KEPT = """
SELECT e.id, f.sha256, f.size FROM evidence e JOIN evidence_files f USING (sha256) WHERE e.kept ORDER BY e.id
"""


async def evidence_is_kept(evidence: Evidence, findings: Findings) -> None:
    """Check that evidence that reports and rights name is kept for them, and every kept file whole in the store."""
    async for row in evidence.read("intake", _NAMED):
        findings.offend(row["id"], f"names {row['evidence_id']}, which is not kept for it")
    if evidence.platform.evidence_url is None:
        findings.notes.append("where evidence is kept was not told (MARQUE_EVIDENCE_URL): its files were not looked at")
        return
    try:
        store = open_store(evidence.platform.evidence_url)
    except BaseError as error:
        findings.offend("the store of evidence", f"cannot be opened: {type(error).__name__}")
        return
    async for row in evidence.read("intake", _KEPT):
        findings.checked += 1
        if (why := await file_fault(store, row["sha256"], row["size"])) is not None:
            findings.offend(row["id"], why)


async def file_fault(store: ObjectStore, sha256: str, size: int) -> str | None:
    """Return what is wrong with a file in the store; None where it is there, and whole by its size."""
    try:
        found = (await obstore.head_async(store, f"{sha256[:2]}/{sha256}"))["size"]
    except (FileNotFoundError, BaseError) as error:
        return f"cannot be read in the store: {type(error).__name__}"
    return None if found == size else f"has {found} bytes in the store instead of {size}"


def open_store(url: str) -> ObjectStore:
    """Open an object store as the services do. Raises `BaseError`."""
    return from_url(url) if url.startswith("s3://") else LocalStore(Path(url.removeprefix("file://")).absolute())
