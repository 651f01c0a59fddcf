"""The operator's command on the running platform: what it shows, in words and as JSON."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from deploy.local.platform import ROOT
from deploy.registry import names
from tests.live import LivePlatform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

Marque = Callable[..., Any]


@pytest.fixture
def marque(platform: LivePlatform, monkeypatch: pytest.MonkeyPatch) -> Marque:
    """Runs `marque` with these words, in the home of the platform."""
    monkeypatch.setenv("MARQUE_HOME", str(platform.home))
    runner = CliRunner()
    return lambda *words: runner.invoke(app, words)


def _json(result: Any) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_status_names_every_part_with_its_port_its_version_and_what_waits(
    marque: Marque, platform: LivePlatform
) -> None:
    parts = {part["part"]: part for part in _json(marque("status", "--json"))}
    assert set(parts) == {"PostgreSQL", "nats-server", *names()}
    assert all(part["up"] and part["ready"] and part["since"] for part in parts.values()), parts
    assert parts["gateway"]["port"] == platform.port
    assert {parts[name]["version"] for name in names()} == {"0.1.0"}
    assert parts["PostgreSQL"]["version"].startswith("18.")
    assert parts["nats-server"]["version"].startswith("2.")
    assert [parts["PostgreSQL"][count] for count in ("outbox", "dead_letters")] == [None, None]
    assert all(parts[name]["outbox"] is not None for name in names())
    assert all(parts[name]["dead_letters"] is not None for name in names() if name != "gateway")
    assert parts["review"]["queue"] is not None
    shown = marque("status")
    assert re.search(rf"^gateway +yes +yes +0\.1\.0 .* {platform.port} ", shown.stdout, re.MULTILINE)


def test_the_environment_is_what_a_shell_needs(marque: Marque, platform: LivePlatform) -> None:
    variables = _json(marque("env", "--json"))
    assert (variables["MARQUE_URL"], variables["MARQUE_HOME"]) == (platform.base_url, str(platform.home))
    assert variables["MARQUE_DEMO_BRAND_KEY"] == platform.keys["demo_brand"]
    assert variables["MARQUE_PORT_REVIEW"] == platform.recorded["services"]["review"].rpartition(":")[2]
    exported = dict(
        shlex.split(one)[1].split("=", 1) for one in marque("env").stdout.splitlines() if one.startswith("export ")
    )
    assert exported == variables


def test_a_request_is_found_in_the_logs_of_all_by_its_id(platform: LivePlatform, marque: Marque) -> None:
    asked = {"Authorization": f"Bearer {platform.keys['brand']}", "X-Request-Id": "req_of_the_operator"}
    assert httpx.get(platform.base_url + "/v1/reports", headers=asked).status_code == 200
    found: list[str] = []
    while len(found) < 2:  # lines are written a moment after the answer
        lines = marque("logs", "--request", "req_of_the_operator", "--json").stdout.splitlines()
        found = sorted(json.loads(line)["part"] for line in lines)
    assert found == ["gateway", "intake"]
    shown = marque("logs", "--request", "req_of_the_operator", "--service", "intake").stdout
    assert re.fullmatch(r"\S+ \S+  intake +info +GET /v1/reports 200  [\d.]+ ms  req_of_the_operator\n", shown)


def test_logs_that_are_followed_go_on(platform: LivePlatform) -> None:
    following = subprocess.Popen(
        [sys.executable, "-m", "cli", "logs", "--follow", "--request", "req_that_comes_later"],
        env=platform.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        asked = {"X-Request-Id": "req_that_comes_later"}
        assert httpx.get(platform.base_url + "/v1/reports", headers=asked).status_code == 401
        assert following.stdout is not None
        assert "GET /v1/reports 401" in following.stdout.readline()
    finally:
        following.kill()
        following.communicate()


def test_logs_of_what_there_is_not_are_refused(marque: Marque) -> None:
    refused = marque("logs", "--service", "accounting")
    assert "accounting has no log" in str(refused.exception)
    assert "there are: conduct, escalation, gateway" in str(refused.exception)


def test_an_account_is_opened_shown_suspended_and_closed(marque: Marque) -> None:
    account = marque("accounts", "open", "brand", "Operated Ltd").stdout.strip()
    made = _json(marque("keys", "create", account, "Case desk", "--json"))
    assert made["key"].startswith("mq_live_")
    shown = _json(marque("accounts", "show", account, "--json"))
    assert (shown["state"], [client["state"] for client in shown["clients"]]) == ("open", ["live"])
    assert account in marque("accounts", "list", "--kind", "brand").stdout
    assert account not in marque("accounts", "list", "--kind", "vendor").stdout
    assert marque("accounts", "suspend", account, "--reason", "Its keys were published.").exit_code == 0
    (row,) = [line for line in marque("keys", "list").stdout.splitlines() if made["id"] in line]
    assert "live, account suspended" in row
    assert _json(marque("accounts", "resume", account, "--json"))["state"] == "open"
    assert marque("keys", "revoke", made["id"]).stdout == f"{made['id']} is revoked\n"
    (client,) = _json(marque("keys", "list", account, "--json"))
    assert (client["state"], client["keys"], client["account"]["id"]) == ("revoked", [], account)
    assert "revoked" in marque("accounts", "show", account).stdout
    assert _json(marque("accounts", "close", account, "--json"))["state"] == "closed"


def test_what_is_wrong_with_a_field_is_one_readable_line(platform: LivePlatform) -> None:
    done = platform.run("cli", "accounts", "open", "brnd", "x" * 201)
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert lines[0].startswith("marque: the platform answers 422 validation_failed: ")
    assert {line.split(":")[0] for line in lines[1:]} == {"  /kind", "  /name"}
    assert any("Did you mean brand?" in line for line in lines), lines


def test_every_list_is_there_as_json(marque: Marque, platform: LivePlatform) -> None:
    for words in (("jobs", "list"), ("dead-letters", "list"), ("accounts", "list"), ("keys", "list")):
        assert isinstance(_json(marque(*words, "--json")), list), words
    assert {"service", "kind", "state"} <= _json(marque("jobs", "list", "--json"))[0].keys()
    checked = platform.run("cli", "check", "--json")
    assert {"holds", "quiet", "truths"} == json.loads(checked.stdout).keys()
