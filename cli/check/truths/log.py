"""Truth 7: the decision log's tree is consistent, and every packet's inclusion proof verifies."""

from cli.check.evidence import Evidence
from cli.check.findings import Findings


async def the_log_is_consistent(_: Evidence) -> Findings:
    """There is no decision log yet, so there is nothing that could be judged."""
    return Findings(
        7,
        "the decision log is consistent and every inclusion proof verifies",
        judged=False,
        notes=["the decision log is not yet part of the platform"],
    )
