"""Where the commands write: what was asked for goes to stdout, what went wrong to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

console = Console()
errors = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def line(*words: str) -> None:
    """Print a line that is never cut: ids and keys are there to be copied."""
    console.print("  ".join(words), markup=False, highlight=False, soft_wrap=True)


def table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under their names, each column as wide as its longest cell; a missing value is a dash."""
    cells = [[name.upper() for name in names], *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    for row in cells:
        line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def print_json_line(value: Any) -> None:
    """Print JSON on one line, as a log has it; whoever reads a pipe has it at once."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


def print_or_json(answer: Any, words: str, *, as_json: bool) -> None:
    """Print what was done in words, or the answer of the platform to it."""
    if as_json:
        print_json(answer)
    else:
        line(words)


def _cell(value: Any) -> str:
    return "-" if value is None or value == "" else " ".join(str(value).split())
