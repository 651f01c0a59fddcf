"""Makes the dashboards of Grafana in `deploy/grafana` from tables of panels: service health, work, partners."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "deploy" / "grafana"
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 3


@dataclass(frozen=True)
class Panel:
    """One panel: its title, the unit of its values as Grafana names it, and expressions by the legend of each."""

    title: str
    unit: str
    expressions: dict[str, str]
    kind: str = "timeseries"


HEALTH = (
    Panel("Checks that are not well", "short", {"{{job}} {{check}}": "marque_check_ok == 0"}, "table"),
    Panel("Services that answer", "short", {"{{job}}": 'up{job=~"marque-.+"}'}),
    Panel("Requests a second", "reqps", {"{{service}}": "sum by (service) (rate(marque_gateway_answers_total[5m]))"}),
    Panel(
        "Answers of 5xx",
        "percentunit",
        {
            "{{service}}": 'sum by (service) (rate(marque_gateway_answers_total{status=~"5.."}[5m]))'
            " / sum by (service) (rate(marque_gateway_answers_total[5m]))"
        },
    ),
    Panel(
        "Seconds until a service answers, 99 of 100",
        "s",
        {"{{service}}": "histogram_quantile(0.99, sum by (service, le) (rate(marque_gateway_seconds_bucket[5m])))"},
    ),
    Panel("Connections", "short", {"{{job}}": "sum by (job) (marque_http_connections)"}),
    Panel("Events that wait for the broker", "short", {"{{job}}": "max by (job) (marque_outbox_unpublished)"}),
    Panel("Oldest of them", "s", {"{{job}}": "max by (job) (marque_outbox_oldest_unpublished_seconds)"}),
    Panel("Events taken in a second", "cps", {"{{job}}": "sum by (job) (rate(marque_events_taken_total[5m]))"}),
    Panel("Dead letters", "short", {"{{job}}": "max by (job) (marque_dead_letters)"}),
    Panel(
        "Jobs, due and dead",
        "short",
        {"{{job}} {{kind}} {{state}}": 'max by (job, kind, state) (marque_jobs{state=~"due|dead"}) > 0'},
    ),
    Panel("Errors of loops", "cps", {"{{job}} {{loop}}": "sum by (job, loop) (rate(marque_loop_errors_total[5m]))"}),
    Panel("Disks", "percentunit", {"{{disk}}": "max by (disk) (marque_disk_used_ratio)"}),
    Panel("Processor", "percentunit", {"{{job}}": "sum by (job) (rate(process_cpu_seconds_total[5m]))"}),
    Panel("Memory", "bytes", {"{{job}}": "sum by (job) (process_resident_memory_bytes)"}),
)

WORK = (
    Panel("Tasks that wait", "short", {"{{queue}}": "max by (queue) (marque_queue_tasks)"}),
    Panel("Oldest task", "s", {"{{queue}}": "max by (queue) (marque_queue_oldest_seconds)"}),
    Panel("Due within the hour, or late", "short", {"{{queue}}": "max by (queue) (marque_queue_tasks_due_soon)"}),
    Panel("Tasks that reviewers hold", "short", {"held": "max(marque_leases_open)"}),
    Panel(
        "Clocks of report items",
        "short",
        {"due within the hour": "max(marque_clocks_due_soon)", "late": "max(marque_clocks_late)"},
    ),
    Panel("Escalations on the desk", "short", {"{{state}}": "max by (state) (marque_escalations)"}),
    Panel(
        "Time to decision, half of the items",
        "s",
        {
            "{{severity}}": "histogram_quantile(0.5, sum by (severity, le) (rate(marque_decision_seconds_bucket[1h])))",
        },
    ),
    Panel(
        "Time to decision, 95 of 100",
        "s",
        {
            "{{severity}}": "histogram_quantile(0.95, sum by (severity, le)"
            " (rate(marque_decision_seconds_bucket[1h])))",
        },
    ),
    Panel(
        "Items that ended in an hour",
        "short",
        {"{{severity}}": "sum by (severity) (increase(marque_decision_seconds_count[1h]))"},
    ),
)

PARTNERS = (
    Panel("Reports filed in an hour", "short", {"reports": "sum(increase(marque_reports_filed_total[1h]))"}),
    Panel(
        "Refused requests a second",
        "reqps",
        {"{{service}} {{status}}": 'sum by (service, status) (rate(marque_gateway_answers_total{status=~"4.."}[5m]))'},
    ),
    Panel("Beyond a limit", "reqps", {"{{limit}}": "sum by (limit) (rate(marque_gateway_rate_limited_total[5m]))"}),
    Panel(
        "Keys and tokens that open nothing",
        "reqps",
        {"refused": "sum(rate(marque_gateway_failed_credentials_total[5m]))"},
    ),
    Panel(
        "Webhook deliveries that wait",
        "short",
        {
            "not settled": "max(marque_webhook_deliveries_pending)",
            "due": "max(marque_webhook_deliveries_due)",
        },
    ),
    Panel("Oldest of them", "s", {"oldest": "max(marque_webhook_oldest_due_seconds)"}),
    Panel("Tries of webhooks", "cps", {"{{outcome}}": "sum by (outcome) (rate(marque_webhook_tries_total[5m]))"}),
    Panel(
        "Seconds until a receiver answers, 95 of 100",
        "s",
        {"receivers": "histogram_quantile(0.95, sum by (le) (rate(marque_webhook_seconds_bucket[5m])))"},
    ),
    Panel("Endpoints that are disabled", "short", {"disabled": "max(marque_webhook_endpoints_disabled)"}),
    Panel("Mails that wait", "short", {"mails": "max(marque_mails_waiting)"}),
    Panel("Mails by result", "cps", {"{{result}}": "sum by (result) (rate(marque_mails_total[5m]))"}),
    Panel(
        "Listings that the marketplace was asked for",
        "cps",
        {"{{result}}": "sum by (result) (rate(marque_listing_lookups_total[5m]))"},
    ),
)

DASHBOARDS = {
    "service-health": ("Marque: service health", HEALTH),
    "work": ("Marque: work", WORK),
    "partners": ("Marque: partners", PARTNERS),
}


def files() -> dict[Path, str]:
    """Every dashboard with its text."""
    return {
        FOLDER / f"{name}.json": json.dumps(_dashboard(f"marque-{name}", title, panels), indent=2) + "\n"
        for name, (title, panels) in DASHBOARDS.items()
    }


def _dashboard(uid: str, title: str, panels: tuple[Panel, ...]) -> dict[str, Any]:
    """A dashboard of Grafana 9 and later, with the source of its data as a variable."""
    source = {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"}
    return {
        "uid": uid,
        "title": title,
        "tags": ["marque"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [source]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, _COLUMNS)
    return {
        "id": number + 1,
        "title": panel.title,
        "type": panel.kind,
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": _SOURCE,
                "expr": expression,
                "legendFormat": legend,
                "instant": panel.kind == "table",
                "format": "table" if panel.kind == "table" else "time_series",
            }
            for place, (legend, expression) in enumerate(panel.expressions.items())
        ],
    }
