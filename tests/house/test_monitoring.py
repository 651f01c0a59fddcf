"""Alerts and dashboards ask for metrics and labels that a service exposes, and each alert has its page."""

import importlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY

from deploy.registry import names, services

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yaml"
RUNBOOKS = ROOT / "docs" / "runbooks"
DASHBOARDS = ["partners", "service-health", "work"]
OF_PROMETHEUS = {"up": set[str]()}
OF_TARGETS = {"job", "instance"}
OF_ALERTS = {"alert", "expr", "for", "labels", "annotations"}


@cache
def _exposed() -> dict[str, set[str]]:
    """Every metric of every service with its labels."""
    for service in services():
        importlib.import_module(service.app.partition(":")[0])
    found: dict[str, set[str]] = {}
    for name, collector in REGISTRY._names_to_collectors.items():
        labels = set(getattr(collector, "_labelnames", ()))
        found[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return found | OF_PROMETHEUS


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _panels(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ROOT / "deploy" / "grafana" / f"{name}.json").read_text())["panels"]
    return found


def _expressions() -> Iterator[tuple[str, str]]:
    for alert in _alerts():
        yield alert["alert"], alert["expr"]
    for name in DASHBOARDS:
        for panel in _panels(name):
            for target in panel["targets"]:
                yield f"{name}: {panel['title']} {target['refId']}", target["expr"]


def _parts(expression: str) -> list[Any]:
    """Every node of an expression. Raises `ValueError` for what Prometheus would not read."""
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(expression), found.append)
    return found


@pytest.mark.parametrize(("place", "expression"), [pytest.param(*one, id=one[0]) for one in _expressions()])
def test_every_metric_and_label_that_is_asked_for_is_exposed(place: str, expression: str) -> None:
    parts = _parts(expression)
    selectors = [part for part in parts if isinstance(part, promql_parser.VectorSelector)]
    assert selectors, place
    known = OF_TARGETS | {label for one in selectors for label in _exposed().get(str(one.name), set())}
    for selector in selectors:
        assert selector.name in _exposed(), f"{place}: no service has {selector.name}"
        for matcher in selector.matchers.matchers:
            assert matcher.name in _exposed()[str(selector.name)] | OF_TARGETS, (
                f"{place}: {selector.name} has no {matcher.name}"
            )
    for part in parts:
        if isinstance(part, promql_parser.AggregateExpr) and part.modifier is not None:
            assert set(part.modifier.labels) <= known, f"{place}: {part.modifier.labels} of {sorted(known)}"


def test_what_is_not_exposed_would_be_found() -> None:
    assert "marque_dead_letters" in _exposed()
    assert _exposed()["marque_jobs"] == {"kind", "state"}
    assert {"marque_decision_seconds_bucket", "marque_outbox_publish_failures_total"} <= _exposed().keys()
    assert "marque_nothing" not in _exposed()
    with pytest.raises(ValueError, match="parenthesis"):
        _parts("sum by (job")


@pytest.mark.parametrize("alert", _alerts(), ids=lambda alert: alert["alert"])
def test_every_alert_says_what_happened_and_has_a_page_of_its_name(alert: dict[str, Any]) -> None:
    assert alert.keys() <= OF_ALERTS
    assert re.fullmatch(r"Marque[A-Z][A-Za-z]+", alert["alert"])
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert re.fullmatch(r"\d+[mh]", alert.get("for", "1m"))
    assert alert["annotations"]["summary"]
    assert alert["annotations"]["runbook"] == f"docs/runbooks/{alert['alert']}.md"
    page = (RUNBOOKS / f"{alert['alert']}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {alert['alert']}\n\n")
    assert "mend" in page.lower()


def test_every_page_has_its_alert_and_leads_somewhere() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == {alert["alert"] for alert in _alerts()}
    for page in RUNBOOKS.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert (RUNBOOKS / link).exists(), f"{page.name}: {link}"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_one_that_grafana_can_show(name: str) -> None:
    dashboard = json.loads((ROOT / "deploy" / "grafana" / f"{name}.json").read_text())
    assert (dashboard["uid"], dashboard["schemaVersion"]) == (f"marque-{name}", 39)
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    taken = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(taken) == len(panels)
    assert max(x for x, _ in taken) + panels[0]["gridPos"]["w"] == 24
    for panel in panels:
        for target in panel["targets"]:
            said = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            kept = {
                label for part in _parts(target["expr"])
                if isinstance(part, promql_parser.AggregateExpr) and part.modifier for label in part.modifier.labels
            }  # fmt: skip
            assert said <= kept | ({"job", "check"} if not kept else set()), panel["title"]


def test_prometheus_asks_every_service() -> None:
    configured = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yaml").read_text())
    assert [one["job_name"] for one in configured["scrape_configs"]] == [f"marque-{name}" for name in names()]
    assert configured["rule_files"] == [RULES.name]
