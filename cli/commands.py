"""The commands that concern the platform as a whole."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import running
from cli.output import AsJson
from deploy.local import runner
from deploy.local.credentials import make_examples
from deploy.local.platform import ROOT


def up(
    *,
    demonstration: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Show the main job when the platform is new")
    ] = True,
    empty: Annotated[
        bool,
        typer.Option(
            "--empty", help="A new home stays without a demonstration and without accounts but the operator's"
        ),
    ] = False,
) -> None:
    """Start the platform and keep it running until Ctrl-C."""
    raise typer.Exit(runner.main(demonstration=demonstration, empty=empty))


def demo(
    notices: Annotated[Path | None, typer.Argument(help="Folder of .md or .txt notices; $NOTICES unless given")] = None,
) -> None:
    """Run the demonstration on the running platform."""
    given = notices or Path(os.environ.get("NOTICES") or "")
    # It runs in the project's folder; the operator's path is seen from where the operator stands.
    folder = {} if given == Path() else {"NOTICES": str(given.absolute())}
    running.with_api(lambda api: make_examples(running.home().credentials, api))
    _run("cli.demo", {**running.environment(), **folder})


def check(
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait until all events had their effect and all webhooks settled")
    ] = 0,
    *,
    as_json: AsJson = False,
) -> None:
    """Read every database and tell whether the promises hold."""
    _run("cli.check", running.environment(), "--wait", str(wait), *(["--json"] if as_json else []))


def _run(module: str, environment: dict[str, str], *arguments: str) -> None:
    code = subprocess.run([sys.executable, "-m", module, *arguments], env=environment, cwd=ROOT, check=False).returncode
    raise typer.Exit(code if code >= 0 else 128 - code)
