"""`python -m cli.demo [folder]`: the main job on a folder of notices, against the running platform."""

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

from cli.demo import notices, table
from cli.demo.story import Cast, Outcome, play
from deploy.local.api import Api, Refused

ROLES = ("demo_brand", "demo_vendor", "demo_vendor_two", "marketplace")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "notices"


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


def _keys() -> dict[str, str]:
    """The keys by role. Raises `FileNotFoundError` where some of the demonstration's own are missing."""
    path = _home() / "credentials.json"
    keys: dict[str, str] = json.loads(path.read_text())
    if missing := [role for role in ROLES if role not in keys]:
        raise FileNotFoundError(f"{path} has no key of {', '.join(missing)}; `marque up` makes what is missing")
    return keys


async def _play(folder: Path, console: Console) -> Outcome:
    found = notices.read(folder)
    keys = _keys()
    run = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session:
        api = Api(_base_url(), "", session)
        cast = Cast(*(api.with_key(keys[who]) for who in ROLES))
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
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
