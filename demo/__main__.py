"""`python -m demo [folder]`: the main job on a folder of notices, against the running platform."""

import argparse
import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from demo import notices, table
from demo.api import Api, Refused
from demo.story import Cast, Outcome, play

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "notices"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="marque demo", description="The main job on a folder of notices.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(os.environ.get("NOTICES") or EXAMPLES))
    return parser.parse_args()


def _home() -> Path:
    return Path(os.environ.get("MARQUE_HOME") or ".marque")


def _base_url() -> str:
    if url := os.environ.get("MARQUE_BASE_URL"):
        return url
    return f"http://127.0.0.1:{os.environ.get('MARQUE_PORT', '8080')}"


async def _play(folder: Path, console: Console) -> Outcome:
    found = notices.read(folder)
    keys = json.loads((_home() / "credentials.json").read_text())
    run = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session:
        api = Api(_base_url(), "", session)
        cast = Cast(*(api.with_key(keys[who]) for who in ("brand", "vendor", "vendor_two", "marketplace")))
        with Progress(*columns, console=console) as progress:
            return await play(cast, found, run, progress)


def main() -> int:
    console = Console()
    folder = _arguments().folder
    try:
        outcome = asyncio.run(_play(folder, console))
    except FileNotFoundError as error:
        console.print(f"[red]marque demo:[/red] {error}", highlight=False)
        return 2
    except (Refused, aiohttp.ClientError) as error:
        console.print(f"[red]marque demo:[/red] the platform refused or is away: {error}", highlight=False)
        return 1
    table.show(outcome, console)
    return 0 if outcome.well else 1


if __name__ == "__main__":
    sys.exit(main())
