"""Writes the reference tables below docs/reference from the code: settings, events, errors, codes."""

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

import shared.contracts.events  # noqa: F401 - fills the registry
from deploy.local.settings import RunnerSettings
from deploy.registry import services
from services.intake.reports.findings import PUBLISHED, RULES
from shared.contracts.codes import ReasonCode
from shared.contracts.event import Event, party_events, registry
from shared.runtime.errors import MarqueError
from shared.runtime.settings import RuntimeSettings
from tools import event_examples

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
SERVICES = tuple(service.package for service in services())
PROBLEM_PAGES = Path(__file__).parents[1] / "gateway" / "pages" / "problems.json"
_WRITTEN = "Written by `make schemas` from the code; a test fails when it is stale.\n"


def documents() -> dict[str, str]:
    """Every page, by its file's name."""
    return {
        "settings.md": settings(),
        "events.md": events(),
        "event-examples.md": event_examples.page(),
        "errors.md": errors(),
        "codes.md": codes(),
        "findings.md": findings(),
    }


def settings() -> str:
    """Render all settings, by the process that reads them."""
    pages = [_page("Settings", "Environment variables. What has no default must be set; the runner sets it."), ""]
    pages += _settings_of("Every service", RuntimeSettings, apart_from=None)
    for package in SERVICES:
        found = importlib.import_module(f"{package}.settings")
        own = [kind for kind in vars(found).values() if _is_settings(kind) and kind.__module__ == found.__name__]
        for kind in own:
            pages += _settings_of(package.rpartition(".")[2].capitalize(), kind, apart_from=RuntimeSettings)
    pages += _settings_of("The local runner", RunnerSettings, apart_from=None)
    return "\n".join(pages) + "\n"


def _is_settings(kind: object) -> bool:
    return inspect.isclass(kind) and issubclass(kind, BaseSettings) and kind is not RuntimeSettings


def _settings_of(title: str, kind: type[BaseSettings], *, apart_from: type[BaseSettings] | None) -> list[str]:
    known = apart_from.model_fields if apart_from else {}
    rows = [
        f"| `MARQUE_{name.upper()}` | {_default(field)} | {_cell(field.description or '')} |"
        for name, field in kind.model_fields.items()
        if name not in known or field.default != known[name].default
    ]
    return [f"## {title}", "", "| variable | default | what it is |", "| --- | --- | --- |", *rows, ""] if rows else []


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, frozenset):
        value = sorted(value)  # as it would be written into the variable
    text = "none" if value is None else str(value)
    return "see the code" if len(text) > 60 else f"`{_cell(text)}`"


def events() -> str:
    """Every event: its name, when it happens, whose it is, what it carries."""
    intro = "CloudEvents 1.0 on the stream, in webhooks and in the feed. Schemas: `shared/contracts/published/`."
    inside = "What services tell each other alone: in no feed, no webhook and no document for partners."
    internal = {name: kind for name, kind in registry.items() if kind.audience == "internal"}
    sections = [_page("Events", intro), "", *_event_table(party_events())]
    if internal:
        sections += ["", "## Internal events", "", inside, "", *_event_table(internal)]
    return "\n".join(sections) + "\n"


def _event_table(kinds: Mapping[str, type[Event]]) -> list[str]:
    rows = [
        f"| `{name}` | {_cell(_first_line(kind))} | {_emitters(kind)} | "
        f"{', '.join(f'`{field}`' for field in kind.model_fields)} |"
        for name, kind in sorted(kinds.items())
    ]
    return ["| event | when | emitted by | carries |", "| --- | --- | --- | --- |", *rows]


def _emitters(kind: type[Event]) -> str:
    by = ", ".join("the marketplace" if producer == "catalogue" else producer for producer in kind.producers)
    return f"planned: {by}" if kind.planned else by


def errors() -> str:
    """Every documented refusal."""
    kinds = {(kind.code, kind.status, kind.title) for kind in _refusals()}
    rows = [f"| `{code}` | {status} | {_cell(title)} |" for code, status, title in sorted(kinds)]
    intro = (
        "Problem details (RFC 9457). `code` is stable; programs read it, people read `detail`. `type` is "
        "`/problems/<code>`, where the gateway has a page about it."
    )
    return "\n".join([_page("Errors", intro), "", "| code | status | meaning |", "| --- | --- | --- |", *rows]) + "\n"


def problem_pages() -> str:
    """Every refusal as the gateway has a page for it: by its code, each meaning that it has.

    A class that takes the code of another one is a case of it, and says nothing of the rest.
    """
    found: dict[str, dict[tuple[int, str], str]] = {}
    for kind in sorted(_refusals(), key=lambda kind: "code" not in vars(kind)):
        text = " ".join((inspect.getdoc(kind) or "").split())
        found.setdefault(kind.code, {}).setdefault((kind.status, kind.title), text)
    pages = {
        code: [{"status": status, "title": title, "description": text} for (status, title), text in sorted(of.items())]
        for code, of in sorted(found.items())
    }
    return json.dumps(pages, indent=1, ensure_ascii=False) + "\n"


def _refusals() -> list[type[MarqueError]]:
    """Return every class of refusals, in an order of their own."""
    for package in ("shared.runtime", *SERVICES):
        for module in _modules(importlib.import_module(package)):
            importlib.import_module(module)
    return sorted(set(_below(MarqueError)), key=lambda kind: (kind.code, kind.__module__, kind.__qualname__))


def findings() -> str:
    """Every rule of the findings engine, in the order in which they look at a report."""
    rows = []
    for rule in RULES:
        published = PUBLISHED[rule]
        says = "<br>".join(f"`{code.value}` {severity.value}" for code, severity in published.says)
        pointer = f"`{published.pointer}`" if published.pointer else "the whole"
        rows.append(f"| {rule.__name__.replace('_', ' ')} | {_cell(_first_line(rule))} | {says} | {pointer} |")
    head = ["| rule | what it wants | what it says | where |", "| --- | --- | --- | --- |"]
    intro = (
        "What `POST /v1/reports/preflight` says of a report is what filing and imports say, and what review reads in "
        "the packet. What blocks is refused with 422; what warns or informs comes back with the filed report."
    )
    return "\n".join([_page("Findings", intro), "", *head, *rows]) + "\n"


def codes() -> str:
    """The reason codes, as decisions, requests and findings use them."""
    kinds = (("Asks for information", "asks"), ("Rejects", "rejects"), ("Accepts", "accepts"))
    lines = [_page("Reason codes", "One list for findings, requests for information and decisions."), ""]
    for title, property_name in kinds:
        lines += [f"## {title}", ""]
        lines += [f"- `{code}`" for code in ReasonCode if getattr(code, property_name)]
        lines.append("")
    return "\n".join(lines) + "\n"


def _page(title: str, intro: str) -> str:
    return f"# {title}\n\n{intro}\n{_WRITTEN}".rstrip()


def _modules(package: ModuleType) -> Iterator[str]:
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".migrations" not in found.name and not found.name.endswith((".bootstrap", ".__main__", ".migrate")):
            yield found.name


def _below(kind: type[MarqueError]) -> Iterator[type[MarqueError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _below(child)


def _first_line(kind: object) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    PROBLEM_PAGES.write_text(problem_pages(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
