"""The summary that the demonstration prints at its end."""

import json
import textwrap
from collections import Counter
from typing import Any

from babel.numbers import get_currency_precision
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.demo.story import Outcome

_WIDTH = 160
_SHOWN = ("decision_ground", "illegal_content_legal_ground", "decision_visibility", "category", "source_type", "puid")


def show(outcome: Outcome, console: Console) -> None:
    """The table of outcomes and times, then what needs a look."""
    table = Table(title="The demonstration, in figures", show_header=True)
    table.add_column("What")
    table.add_column("Count", justify="right")
    for what, count in _rows(outcome):
        table.add_row(what, str(count))
    for what, seconds in outcome.seconds.items():
        table.add_row(f"Time: {what}", f"{seconds:.1f} s")
    console.print(table)
    if outcome.packet:
        console.print(_packet(outcome.packet))
    if outcome.statement:
        shown = {name: outcome.statement[name] for name in _SHOWN if outcome.statement.get(name)}
        console.print("A seller's statement of reasons begins:")
        console.print_json(json.dumps(shown))
    if outcome.faults:
        console.print("The demonstration did not end well:", style="red")
    for fault in outcome.faults:
        console.print(f"  {fault}", markup=False, highlight=False, soft_wrap=True)


def _packet(packet: dict[str, Any]) -> Table:
    """Show what one decision rested on, short: goods, right, what was said, clauses."""
    shown = Table(title="One decision, and what it rested on", show_header=False)
    for capture in packet["captures"]:
        shown.add_row("Goods", escape(_goods(capture)))
    right = packet["right"]
    shown.add_row("Right", escape(f"{right['title']} ({right['type'].replace('_', ' ')}, {right['owner']['name']})"))
    for item in packet["items"]:
        shown.add_row("Reported", escape(textwrap.shorten(item["explanation"], _WIDTH)))
    for judgement in packet["judgements"]:
        said = f"{judgement['outcome'].replace('_', ' ')} {judgement['code'] or ''}"
        shown.add_row(f"Round {judgement['round']}", escape(said))
    decision = packet["decision"]
    shown.add_row("Decided", f"{decision['verdict']} ({decision['code']}), {decision['decided_at']}")
    for clause in decision["clauses"]:
        shown.add_row("Clause", escape(f"{clause['code']} {clause['title']}"))
    return shown


def _goods(capture: dict[str, Any]) -> str:
    listing = capture["listing"]
    parts = [listing["title"]]
    if price := listing["price"]:
        digits = get_currency_precision(price["currency"])
        parts.append(f"{price['amount'] / 10**digits:.{digits}f} {price['currency']}")
    if seller := listing["seller"]:
        parts.append(f"sold by {seller['name']} ({seller['country']})")
    kept = [image for image in capture["images"] if image["sha256"]]
    parts.append(f"{len(kept)} of {len(capture['images'])} pictures")
    return f"{', '.join(parts)}\nas captured {capture['captured_at']}, SHA-256 {capture['hash'][:16]}…"


def _rows(outcome: Outcome) -> list[tuple[str, int | str]]:
    kinds = Counter(notice.kind for notice in outcome.notices)
    items = Counter(item["state"] for report in outcome.reports.values() for item in report["items"])
    reports = Counter(report["state"] for report in outcome.reports.values())
    rows: list[tuple[str, int | str]] = [("Notices read", len(outcome.notices))]
    rows += [(f"  {kind.replace('_', '-')}", count) for kind, count in kinds.most_common()]
    rows.append(("Complete notices", sum(notice.complete for notice in outcome.notices)))
    rows.append(("Reports filed", len(outcome.reports)))
    rows += [(f"  {state.replace('_', ' ')}", count) for state, count in reports.most_common()]
    rows.append(("Listings told of by the marketplace", outcome.listings))
    rows.append(("Listings reported", sum(items.values())))
    rows += [(f"  {state.replace('_', ' ')}", count) for state, count in items.most_common()]
    rows += [(f"Judgements: {what.replace('_', ' ')}", count) for what, count in outcome.judged.most_common()]
    rows.append(("Decisions told by webhook", len(outcome.decisions)))
    rows += [(f"Signed events: {name}", count) for name, count in sorted(outcome.events.items())]
    rows.append(("Events with a wrong signature", outcome.events_refused))
    rows.append(("An expired lease passed to another reviewer", "yes" if outcome.lease_passed_on else "no"))
    rows.append(("A missed clock, escalated and settled", outcome.escalation.get("state", "no")))
    return rows
