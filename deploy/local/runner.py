"""`python -m deploy.local.runner`: starts the whole platform, watches it, and stops it in order."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.local.children import Child, dismiss_guard
from deploy.local.credentials import make_credentials
from deploy.local.errors import CannotStartError
from deploy.local.home import Home
from deploy.local.platform import ROOT, Platform
from deploy.local.progress import Progress
from deploy.local.services import SERVICES, ServiceSpec
from deploy.local.settings import read_settings
from deploy.local.supervision import FIRST_PAUSE
from deploy.local.welcome import show_welcome

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(
    *,
    services: Sequence[ServiceSpec] = SERVICES,
    folder: Path = ROOT,
    accounts: bool = True,
    demonstration: bool = True,
    empty: bool = False,
    pause: float = FIRST_PAUSE,
) -> int:
    """Run the platform until a signal; the exit code. The arguments are those of `Platform`; tests give their own.

    `empty` makes a new home one without a demonstration and its accounts, for good; it changes nothing of another.
    """
    console = Console()
    os.umask(0o077)  # whatever a part of the platform writes is its owner's alone
    try:
        settings = read_settings()
        home = Home(settings.home)
        home.take()
        try:
            if empty and not home.credentials.exists():
                home.empty.touch()
            progress = Progress(console)
            platform = Platform(settings, home, services=services, folder=folder, say=progress.say, first_pause=pause)
            asyncio.run(_run(platform, progress, console, accounts=accounts, demonstration=demonstration))
        finally:
            dismiss_guard()
            home.give_back()
    except CannotStartError as error:
        console.print(f"marque: {error}", markup=False, highlight=False, soft_wrap=True, style="red")
        return 1
    return 0


async def _run(
    platform: Platform, progress: Progress, console: Console, *, accounts: bool, demonstration: bool
) -> None:
    stop = asyncio.Event()
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        with progress:
            await _unless(stop, platform.start())
        if accounts and not stop.is_set():
            await _unless(stop, _make_accounts(platform, progress))
        if demonstration and not stop.is_set() and not _is_told(platform.home):
            await _unless(stop, _demonstrate(platform, progress, console))
        if not stop.is_set():
            show_welcome(console, platform.settings.base_url, platform.home)
        await stop.wait()
        progress.say("stopping")
    finally:
        await platform.stop()
    progress.say("stopped; all data is kept")


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, and leave it at once when the operator says stop."""
    doing = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([doing, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not doing.done():
        doing.cancel()
        await asyncio.wait([doing])
        return
    doing.result()


async def _make_accounts(platform: Platform, progress: Progress) -> None:
    """The first accounts and their keys, where they are not there yet."""
    with progress:
        progress.say("looking after the first accounts")
        base_url, gateway = platform.settings.base_url, platform.gateway_environment
        await make_credentials(
            platform.home.credentials,
            base_url,
            gateway,
            platform.folder,
            examples=not platform.home.empty.exists(),
        )


def _is_told(home: Home) -> bool:
    """Return whether there is no demonstration to be made by itself: it was, or the operator wants none."""
    return home.demonstrated.exists() or home.empty.exists()


async def _demonstrate(platform: Platform, progress: Progress, console: Console) -> None:
    """Once in the life of a home: the main job on the example notices."""
    progress.say("running the demonstration")
    demonstration = Child(
        "the demonstration",
        [sys.executable, "-m", "cli.demo"],
        log=None,
        environment=platform.for_child(),
        folder=platform.folder,
    )
    await demonstration.start()
    try:
        code = await demonstration.wait()
    finally:
        await demonstration.stop()
    if code == 0:
        platform.home.demonstrated.touch()
    else:
        console.print("The demonstration did not end well; `make demo` runs it again.", style="yellow")


if __name__ == "__main__":
    sys.exit(main())
