"""The Python samples of the document work on the client as they stand."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("marque_client.core", reason="the client is not made: python -m tools.clients parts")

from tests.clients.conftest import Server
from tools.openapi import COMMITTED

ANSWERS: dict[str, list[tuple[int, str]]] = {
    "create_right": [(201, "TrademarkOut")],
    "preflight_report": [(200, "PreflightOut")],
    "file_report": [(201, "ReportOut")],
    "list_reports": [(200, "ReportSummaryPage")],
    "read_report": [(200, "ReportInFullOut")],
    "upload_evidence": [(201, "EvidenceOut")],
    "list_events": [(200, "EventPage")],
    "create_webhook_endpoint": [(201, "EndpointWithSecretOut")],
    "claim_tasks": [(200, "ClaimOut"), (204, "")],
    "judge_task": [(200, "ClaimOut"), (200, "JudgeOut")],
}
SAID = {
    "create_right": "rgt_01m83ty5t8fewv5wwxkw8w7zs2 verified",
    "list_reports": "ASH-2026-114",
    "read_report": "https://shop.example/item/9001 accepted A_COUNTERFEIT",
    "list_events": "marque.decision.made.v1 dec_01m83ty5t8fn0arycvhxvfqv87",
    "claim_tasks": "https://shop.example/item/9001 The label and the stitching differ from ours",
}
DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
SAMPLES = {
    operation["operationId"]: next(one["source"] for one in operation["x-codeSamples"] if one["lang"] == "Python")
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
    if isinstance(operation, dict) and "x-codeSamples" in operation
}


@pytest.mark.parametrize("operation_id", SAMPLES)
def test_a_sample_makes_its_call_and_prints_what_came(
    operation_id: str,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for status, name in ANSWERS[operation_id]:
        server.answer(status, json.dumps(DOCUMENT["components"]["examples"][name]["value"]).encode() if name else b"")
    monkeypatch.setenv("MARQUE_URL", server.url)
    monkeypatch.setenv("MARQUE_KEY", "mq_live_key")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "label.jpg").write_bytes(b"\xff\xd8\xff")
    exec(compile(SAMPLES[operation_id], operation_id, "exec"), {})
    assert server.answers == [], "each answer was asked for"
    assert SAID.get(operation_id, "") in capsys.readouterr().out
