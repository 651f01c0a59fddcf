"""Truth 3: never two live leases on one task; no judgement accepted under a lease that was lost."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Along, Row

_AUDIT = """
SELECT task_id, fence, change, at, expires_at, account_id FROM leases
ORDER BY task_id, fence, at, change IN ('released', 'expired', 'cancelled', 'broken')
"""
_JUDGED = """
SELECT task_id, fence, id, judged_at, account_id FROM judgements ORDER BY task_id, fence
"""
_HELD = "SELECT task_id, fence, account_id, expires_at FROM holds ORDER BY task_id"
_ENDS = frozenset({"released", "expired", "cancelled", "broken"})


@dataclass
class Lease:
    """A lease as its audit tells it, from its claim to its end."""

    fence: int
    account_id: str
    since: datetime
    until: datetime
    ended: bool = False
    fault: str | None = None

    def change(self, row: Row) -> None:
        if self.ended:
            self.fault = self.fault or f"lease {self.fence} was {row['change']} after its end"
        elif row["change"] == "renewed":
            if row["at"] >= self.until:
                self.fault = self.fault or f"lease {self.fence} was renewed after it had expired"
            self.until = row["expires_at"]
        elif row["change"] in _ENDS:
            self.until = min(self.until, row["at"])
            self.ended = True

    def judge(self, judgement: Row) -> str | None:
        """End by a judgement; what is wrong with it."""
        fault = None
        if self.ended or judgement["judged_at"] >= self.until or judgement["judged_at"] < self.since:
            fault = f"judgement {judgement['id']} was accepted under lease {self.fence}, which was not live"
        elif judgement["account_id"] != self.account_id:
            fault = f"judgement {judgement['id']} was accepted under another account's lease {self.fence}"
        self.until, self.ended = min(self.until, judgement["judged_at"]), True
        return fault


async def never_two_leases(evidence: Evidence) -> Findings:
    """Tell every task's leases again, in the order of their fences, with what was judged under them."""
    findings = Findings(3, "never two live leases on one task; no judgement under a lost lease")
    judged = Along(evidence.read("review", _JUDGED), "task_id")
    held = Along(evidence.read("review", _HELD), "task_id")
    async for task_id, audit in _by_task(evidence.read("review", _AUDIT)):
        findings.checked += 1
        leases, strays = _tell(audit)
        faults = [lease.fault for lease in leases.values() if lease.fault] + strays
        for judgement in await judged.at(task_id):
            lease = leases.get(judgement["fence"])
            fault = lease.judge(judgement) if lease else f"judgement {judgement['id']} was accepted without a lease"
            if fault:
                faults.append(fault)
        faults += _overlaps(list(leases.values()))
        for hold in await held.at(task_id):
            lease = leases.get(hold["fence"])
            if lease is None or lease.ended or lease.until != hold["expires_at"]:
                faults.append(f"is held under lease {hold['fence']}, of which its audit tells otherwise")
        for fault in faults:
            findings.offend(task_id, fault)
    await _judged_without_audit(evidence, findings)
    return findings


async def _judged_without_audit(evidence: Evidence, findings: Findings) -> None:
    """Judgements and holds on tasks that nobody ever claimed."""
    for table, what in (("judgements", "was judged"), ("holds", "is held")):
        statement = (
            f"SELECT x.task_id FROM {table} x WHERE NOT EXISTS (SELECT FROM leases l WHERE l.task_id = x.task_id)"
        )
        async for row in evidence.read("review", statement):
            findings.offend(row["task_id"], f"{what}, and was never claimed")


async def _by_task(audit: AsyncIterator[Row]) -> AsyncIterator[tuple[str, list[Row]]]:
    """The audit of each task in turn."""
    task_id, lot = "", list[Row]()
    async for row in audit:
        if lot and row["task_id"] != task_id:
            yield task_id, lot
            lot = []
        task_id = row["task_id"]
        lot.append(row)
    if lot:
        yield task_id, lot


def _tell(audit: list[Row]) -> tuple[dict[int, Lease], list[str]]:
    leases: dict[int, Lease] = {}
    strays = []
    claims = [row for row in audit if row["change"] == "claimed"]
    for row in claims:
        if row["fence"] in leases:
            strays.append(f"lease {row['fence']} was claimed twice")
        leases[row["fence"]] = Lease(row["fence"], row["account_id"], row["at"], row["expires_at"])
    for row in audit:
        if row["change"] == "claimed":
            continue
        if (lease := leases.get(row["fence"])) is None:
            strays.append(f"lease {row['fence']} was {row['change']} and never claimed")
        else:
            lease.change(row)
    return leases, strays


def _overlaps(leases: list[Lease]) -> list[str]:
    """Leases that began before the one before them had ended."""
    in_order = sorted(leases, key=lambda lease: lease.fence)
    return [
        f"leases {before.fence} and {after.fence} were live at once"
        for before, after in pairwise(in_order)
        if after.since < before.until
    ]
