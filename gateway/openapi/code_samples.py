"""Code samples of the operations that partners use most: with curl, the Python client and TypeScript."""

import json
import re
from typing import Any

from gateway.openapi.example_values import id_of
from gateway.openapi.merge import Document, operations

_JSON_WORD = re.compile(r"(?<=: )(true|false|null)(?=,?$)", re.MULTILINE)
_PYTHON_WORDS = {"true": "True", "false": "False", "null": "None"}

_PYTHON: dict[str, str] = {
    "create_right": """\
    right = marque.rights.create({body})
    print(right.id, right.state)
""",
    "preflight_report": """\
    found = marque.reports.preflight({body})
    for finding in found.findings:
        print(finding.code, finding.message)
""",
    "file_report": """\
    report = marque.reports.file({body})
    print(report.id, report.expected_decision_at)
""",
    "list_reports": """\
    for report in marque.reports.each(state=["in_review"]):
        print(report.id, report.reference)
""",
    "read_report": """\
    report = marque.reports.wait_for_decision("{report_id}")
    for item in report.items:
        print(item.url, item.state, item.code)
""",
    "upload_evidence": """\
    evidence = marque.evidence.upload("label.jpg")
    print(evidence.id)
""",
    "list_events": """\
    for event in marque.events.each(types=["decision.*", "report.completed"]):
        print(event.id, event.type_, event.subject)
""",
    "create_webhook_endpoint": """\
    endpoint = marque.webhooks.create("https://partner.example/marque", ["decision.*"])
    print(endpoint.secret)  # shown this once; verify_webhook takes it
""",
    "claim_tasks": """\
    with Workbench(marque, reviewer="kim") as bench:
        for task in bench.claim(wait_seconds=20):
            print(task.listing.url, task.items[0].explanation)
""",
    "judge_task": """\
    with Workbench(marque, reviewer="kim") as bench:
        for task in bench.claim():
            bench.judge(task, "accept", code="A_COUNTERFEIT", clauses=["TM-1.1"], seconds_spent=42)
""",
}
"""Lines that stand inside `with Marque() as marque:`, which reads MARQUE_URL and MARQUE_KEY."""


def add_code_samples(document: Document) -> None:
    """Put `x-codeSamples` to the operations that have one, in place."""
    schemas = document["components"]["schemas"]
    for path, method, operation in operations(document):
        operation_id = operation.get("operationId")
        if operation_id in _PYTHON:
            body = _body(operation, schemas)
            operation["x-codeSamples"] = [
                {"lang": "Shell", "label": "curl", "source": _curl(path, method, operation, body)},
                {"lang": "Python", "label": "marque-client", "source": _python(operation_id, body)},
                {"lang": "TypeScript", "label": "fetch", "source": _typescript(path, method, operation, body)},
            ]


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """The body's own example; None where it is no JSON."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    if "examples" in content:
        return next(iter(content["examples"].values()))["value"]
    named = schemas.get(content["schema"].get("$ref", "").rpartition("/")[2], {})
    return next(iter(named.get("examples", ())), None)


def _address(path: str) -> str:
    return path.format(report_id=id_of("rep"), task_id=id_of("tsk"))


def _uploads(operation: dict[str, Any]) -> bool:
    return "multipart/form-data" in operation.get("requestBody", {}).get("content", {})


def _curl(path: str, method: str, operation: dict[str, Any], body: Any) -> str:
    lines = [f'curl -X {method.upper()} "$MARQUE_URL{_address(path)}"', '-H "Authorization: Bearer $MARQUE_KEY"']
    if method == "post":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(body, indent=2)}'"]
    if _uploads(operation):
        lines.append("-F file=@label.jpg")
    return " \\\n  ".join(lines) + "\n"


def _python(operation_id: str, body: Any) -> str:
    named = "Marque, Workbench" if "Workbench" in _PYTHON[operation_id] else "Marque"
    literal = _JSON_WORD.sub(lambda found: _PYTHON_WORDS[found[0]], json.dumps(body, indent=4))
    inner = (
        _PYTHON[operation_id].replace("{body}", literal.replace("\n", "\n    ")).replace("{report_id}", id_of("rep"))
    )
    return f"from marque_client import {named}\n\nwith Marque() as marque:\n{inner}"


def _typescript(path: str, method: str, operation: dict[str, Any], body: Any) -> str:
    headers = ["    Authorization: `Bearer ${process.env.MARQUE_KEY}`,"]
    if method == "post":
        headers.append('    "Idempotency-Key": crypto.randomUUID(),')
    sent, before = [], ""
    if body is not None:
        headers.append('    "Content-Type": "application/json",')
        sent = [f"  body: JSON.stringify({json.dumps(body, indent=2)}),".replace("\n", "\n  ")]
    if _uploads(operation):
        before = 'const body = new FormData();\nbody.set("file", await openAsBlob("label.jpg"), "label.jpg");\n'
        before = 'import { openAsBlob } from "node:fs";\n\n' + before
        sent = ["  body,"]
    lines = [
        f"const answer = await fetch(`${{process.env.MARQUE_URL}}{_address(path)}`, {{",
        f'  method: "{method.upper()}",',
        "  headers: {",
        *headers,
        "  },",
        *sent,
        "});",
        "if (!answer.ok) throw new Error((await answer.json()).detail);",
        "console.log(await answer.json());",
    ]
    return before + "\n".join(lines) + "\n"
