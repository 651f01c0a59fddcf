"""`marque dead-letters`: the events that a service could not take in: list, show, try again, discard."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.output import console
from cli.running import home, with_api
from deploy.local.api import Api

app = typer.Typer(
    help="List the events that a service could not take in, try them again, or discard them.", no_args_is_help=True
)

COLUMNS = ("id", "type", "tries", "died_at", "event_id", "error")

Service = Annotated[str, typer.Argument(help="The service's name, for example review")]
Letter = Annotated[str, typer.Argument(help="The dead letter's id, evt_..., or the id that the event came with")]
Reason = Annotated[str, typer.Option(help="Why its effect will not be missed; it is kept and logged")]


@app.command("list")
def list_dead_letters(
    service: Annotated[str | None, typer.Argument(help="The service's name; all services unless given")] = None,
) -> None:
    """The events that a service has given up on, with the error of the last try."""
    services = [service] if service else [name for name in home().recorded()["services"] if name != "gateway"]

    async def read(api: Api) -> list[tuple[str, dict[str, Any]]]:
        return [(name, letter) for name in services for letter in await api.each(f"/v1/dead-letters/{name}")]

    found = with_api(read)
    if not found:
        console.print("no dead letters")
        return
    for name, letter in found:
        _print("  ".join((name, *(str(letter[column]) for column in COLUMNS))))


@app.command("show")
def show_dead_letter(service: Service, letter: Letter) -> None:
    """One event with its error and its whole payload."""
    found = with_api(lambda api: api.get(_path(service, letter)))
    for name, value in found.items():
        if name != "payload":
            _print(f"{name}: {value}")
    _print(found["payload"])


@app.command("retry")
def retry_dead_letter(service: Service, letter: Letter) -> None:
    """Try a dead letter again."""
    with_api(lambda api: api.post(f"{_path(service, letter)}/retry"))
    _print(f"{letter} had its effect")


@app.command("discard")
def discard_dead_letter(service: Service, letter: Letter, reason: Reason) -> None:
    """Give a dead letter up for good."""
    with_api(lambda api: api.post(f"{_path(service, letter)}/discard", {"reason": reason}))
    _print(f"{letter} is discarded")


def _path(service: str, letter: str) -> str:
    return f"/v1/dead-letters/{quote(service, safe='')}/{quote(letter, safe='')}"


def _print(words: str) -> None:
    console.print(words, markup=False, highlight=False, soft_wrap=True)
