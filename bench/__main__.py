"""`make bench`: every path beside its honest ceiling or peer, measured in turn in one run, as one table."""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

PATHS = ("filing", "imports", "preflight", "gateway", "claiming", "relay", "claimable", "lag", "recovery", "stalls",
         "suspending", "listings", "captures", "starting")  # fmt: skip
RESULTS = Path(__file__).parent / "results"


def _cell(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def show(rows: list[dict[str, Any]], console: Console) -> None:
    """One line a path: ours, the ceiling or peer, the ratio and the goal."""
    table = Table(title="Speed, as ratios to what was measured beside it")
    for name in ("path", "ours", "ceiling or peer", "ratio", "goal"):
        table.add_column(name, justify="left" if name == "path" else "right")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in ("path", "ours", "peer", "ratio", "goal")))
    console.print(table)


async def measure(names: Sequence[str], console: Console) -> tuple[list[dict[str, Any]], list[str]]:
    """Every row of the named benchmarks; those that failed are named, and the others go on."""
    rows: list[dict[str, Any]] = []
    failed = []
    for name in names:
        console.print(f"measuring {name} ...")
        try:
            rows += await importlib.import_module(f"bench.{name}").run()
        except Exception as error:  # noqa: BLE001 - one benchmark that fails must not hide the others' figures
            failed.append(name)
            console.print(f"[red]{name} failed:[/red] {type(error).__name__}: {error}", highlight=False)
    return rows, failed


def known(name: str) -> str:
    """The name of a benchmark; argparse's own `choices` would refuse an empty line, which stands for all of them."""
    if name not in PATHS:
        message = f"{name!r} is none of {', '.join(PATHS)}"
        raise argparse.ArgumentTypeError(message)
    return name


def asked(arguments: Sequence[str] | None = None) -> Sequence[str]:
    """The benchmarks to run: those named on the command line, or all."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", type=known, default=PATHS, metavar="name", help=", ".join(PATHS))
    names: Sequence[str] = parser.parse_args(arguments).names
    return names


def main() -> int:
    names = asked()
    console = Console()
    rows, failed = uvloop.run(measure(names, console))  # the loop that uvicorn gives every service
    show(rows, console)
    RESULTS.mkdir(exist_ok=True)
    written = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    written.write_text(json.dumps(rows, indent=2) + "\n")
    console.print(f"written to bench/results/{written.name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
