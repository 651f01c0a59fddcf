"""`marque backup` and `marque restore`: the embedded platform in one file."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, print_or_json
from cli.running import home
from deploy.local import backup as backups

File = Annotated[Path, typer.Argument(help="The backup's file")]


def backup(file: File, *, as_json: AsJson = False) -> None:
    """Write the home into one file, while it runs: databases, stored files and all keys. Keep it safe."""
    here = home()
    made = asyncio.run(backups.back_up(here, file))
    words = f"{file} has {here.folder} as of {made.made_at}, {file.stat().st_size / 1e6:.0f} MB"
    print_or_json({**asdict(made), "file": str(file)}, words, as_json=as_json)


def restore(file: File, *, as_json: AsJson = False) -> None:
    """Make a new home (MARQUE_HOME) of a backup. Nothing is overwritten; the next start publishes its events again."""
    here = home()
    made = backups.restore(file, here.folder)
    words = f"{here.folder} is as of {made.made_at}; start it with `marque up`"
    print_or_json({**asdict(made), "home": str(here.folder)}, words, as_json=as_json)
