"""`python -m cli.check`: reads every database of a platform and tells whether what it promises holds."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console

from cli.check.events import find_moving, wait_until_quiet
from cli.check.evidence import Asked, look
from cli.check.findings import Findings
from cli.check.platform import NotFoundError, Platform, find_platform
from cli.check.printing import holds, show
from cli.check.truths import TRUTHS

_ON_ERROR = 2


async def judge(platform: Platform, asked: Asked) -> list[Findings]:
    """Every truth, judged from one look at the databases."""
    async with look(platform, asked) as evidence:
        await find_moving(evidence)
        return [await truth(evidence) for truth in TRUTHS]


async def check(
    platform: Platform, asked: Asked, *, wait: float, console: Console
) -> tuple[list[Findings], bool | None]:
    """The findings, and whether the platform came to rest; None where nobody waited for it."""
    quiet: bool | None = None
    if wait > 0:
        with console.status("waiting for the platform to come to rest") as status:
            quiet = await wait_until_quiet(platform, wait, status.update)
        asked = Asked(quiet, asked.finished, asked.grace, asked.filed, asked.received)
    return await judge(platform, asked), quiet


def main(
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait until all events had their effect and all webhooks settled.")
    ] = 0,
    *,
    finished: Annotated[
        bool, typer.Option("--finished", help="Every report item must have its outcome; open ones are wrong.")
    ] = False,
    grace: Annotated[
        float, typer.Option(min=0, help="Seconds for which an event that was published may be without its effect.")
    ] = 60,
    filed: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A list of report ids that must be there, one a line."),
    ] = None,
    received: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A webhook receiver's log: JSON lines with endpoint_id, headers, body."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Read every service's database and report which of Marque's promises hold. Exit code 0 only if all do."""
    asked = Asked(finished=finished, grace=timedelta(seconds=grace), filed=filed, received=received)
    try:
        findings, quiet = asyncio.run(check(find_platform(), asked, wait=wait, console=Console(stderr=True)))
    except (NotFoundError, asyncpg.UndefinedTableError) as error:
        Console(stderr=True).print(f"Cannot check: {error}", style="red", highlight=False, markup=False)
        raise typer.Exit(_ON_ERROR) from error
    if as_json:
        answer = {"holds": holds(findings, quiet=quiet), "quiet": quiet, "truths": [one.as_json() for one in findings]}
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    else:
        show(Console(), findings, quiet=quiet)
    raise typer.Exit(0 if holds(findings, quiet=quiet) else 1)


if __name__ == "__main__":
    typer.run(main)
