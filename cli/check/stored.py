"""Check that the files which reports, authorities and rights refer to are in the store."""

from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from cli.check.evidence import Evidence
from cli.check.findings import Findings

_NAMED = """
SELECT DISTINCT r.id AS report_id, n.id AS evidence_id FROM reports r CROSS JOIN LATERAL (
    SELECT jsonb_array_elements_text(r.evidence_ids) AS id UNION
    SELECT jsonb_array_elements_text(i.evidence_ids) FROM report_items i WHERE i.report_id = r.id
) n WHERE NOT EXISTS (SELECT FROM evidence_uses u WHERE u.evidence_id = n.id AND u.used_by = r.id)
"""
_KEPT = """
SELECT e.id, f.sha256, f.size FROM evidence e JOIN evidence_files f USING (sha256) WHERE e.kept ORDER BY e.id
"""


async def evidence_is_kept(evidence: Evidence, findings: Findings) -> None:
    """Check that evidence named by a report is kept for it, and that every kept file is in the store, whole."""
    async for row in evidence.read("intake", _NAMED):
        findings.offend(row["report_id"], f"names {row['evidence_id']}, which is not kept for it")
    if evidence.platform.evidence_url is None:
        findings.notes.append("where evidence is kept was not told (MARQUE_EVIDENCE_URL): its files were not looked at")
        return
    try:
        store = _store(evidence.platform.evidence_url)
    except BaseError as error:
        findings.offend("the store of evidence", f"cannot be opened: {type(error).__name__}")
        return
    async for row in evidence.read("intake", _KEPT):
        findings.checked += 1
        try:
            found = (await obstore.head_async(store, f"{row['sha256'][:2]}/{row['sha256']}"))["size"]
        except (FileNotFoundError, BaseError) as error:
            findings.offend(row["id"], f"cannot be read in the store: {type(error).__name__}")
        else:
            if found != row["size"]:
                findings.offend(row["id"], f"has {found} bytes in the store instead of {row['size']}")


def _store(url: str) -> ObjectStore:
    return from_url(url) if url.startswith("s3://") else LocalStore(Path(url.removeprefix("file://")).absolute())
