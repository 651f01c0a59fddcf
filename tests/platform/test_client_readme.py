"""The README of the client as a partner follows it: every block, in order, against the running platform."""

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("marque_client.core", reason="the client is not made: python -m tools.clients parts")

from marque_client import Marque, verify_webhook
from tests.platform.people import People

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

CLIENT = Path(__file__).parents[2] / "clients" / "python"
_SECRET = "whsec_cXVpdGUgc2VjcmV0IGluZGVlZA=="


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[bytes, dict[str, str]]]]]:
    """A receiver of webhooks on this machine, and what came to it."""
    received: list[tuple[bytes, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/marque", received
    server.shutdown()
    thread.join()
    server.server_close()


def _blocks(language: str) -> list[str]:
    text = (CLIENT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


async def test_the_readme_of_the_client_does_what_it_says(
    people: People,
    receiver: tuple[str, list[tuple[bytes, dict[str, str]]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    theirs = await people.with_brand("Ashgrove by client")
    monkeypatch.setenv("MARQUE_URL", people.platform.base_url)
    monkeypatch.setenv("MARQUE_KEY", theirs.brand.key)
    monkeypatch.setenv("VENDOR_KEY", people.platform.keys["vendor"])
    names: dict[str, Any] = {}
    said: list[str] = []
    for block in _blocks("python"):
        await asyncio.to_thread(exec, compile(block, "README.md", "exec"), names)
        said.append(capsys.readouterr().out)
        if "rights.create" in block:
            await people.operator.post(f"/v1/rights/{names['right'].id}/verify")
    assert said[0] == f"{names['right'].id} pending\n"
    assert "/claim" in said[2]
    assert said[2].endswith(" counterfeit\n")
    assert said[3].startswith("https://shop.example/item/client-1 The label and the stitching differ")
    assert "https://shop.example/item/client-1 accepted A_COUNTERFEIT\n" in said[4]
    assert "marque.report.completed.v1" in said[4]
    assert names["report"].id in said[-1]

    (typed,) = _blocks("bash")
    typed = typed.replace("marque-partner", f"{sys.executable} -m marque_client.partner")
    typed = typed.replace("http://127.0.0.1:9000/marque", receiver[0]).replace("listen ", f"listen --secret {_SECRET} ")
    environment = {"RIGHT": names["right"].id, "REPORT": names["report"].id, "PYTHONPATH": str(CLIENT)}
    done = await asyncio.to_thread(
        subprocess.run, ["bash", "-euc", typed], cwd=tmp_path, env={**os.environ, **environment}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "completed: 1 filed in 1 reports, 1 refused" in done.stdout
    assert "N_URL_INVALID" in done.stdout, "the refused row is shown"
    assert f"{names['report'].id} https://shop.example/item/client-1 accepted A_COUNTERFEIT" in done.stdout
    ((body, headers),) = receiver[1]
    assert verify_webhook(body, headers, _SECRET).type_.startswith("marque.report.")
    assert await asyncio.to_thread(names["receive"], body, headers, _SECRET) == 204
    assert await asyncio.to_thread(names["receive"], body + b" ", headers, _SECRET) == 400
    names["vendor"].close()
    await asyncio.to_thread(_end, names["marque"])


def _end(marque: Marque) -> None:
    """Nothing of what was filed waits for anyone."""
    with marque:
        for report in marque.reports.each():
            if report.completed_at is None:
                marque.reports.withdraw(report.id)
