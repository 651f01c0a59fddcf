"""`marque dead-letters`: the events that a service could not take in, and another try."""

from typing import Annotated, Any

import typer

from cli.output import console
from cli.running import home, with_api
from deploy.local.api import Api

app = typer.Typer(help="List the events that a service could not take in, and try them again.", no_args_is_help=True)

COLUMNS = ("event_id", "type", "tries", "died_at", "error")

Service = Annotated[str, typer.Argument(help="The service's name, for example review")]


@app.command("list")
def list_dead_letters(
    service: Annotated[str | None, typer.Argument(help="The service's name; all services unless given")] = None,
) -> None:
    """The events that a service has given up on, with the error of the last try."""
    services = [service] if service else [name for name in home().recorded()["services"] if name != "gateway"]

    async def read(api: Api) -> list[tuple[str, dict[str, Any]]]:
        return [(name, letter) for name in services async for letter in api.every(f"/v1/dead-letters/{name}")]

    found = with_api(read)
    if not found:
        console.print("no dead letters")
        return
    for name, letter in found:
        words = "  ".join((name, *(str(letter[column]) for column in COLUMNS)))
        console.print(words, markup=False, highlight=False, soft_wrap=True)


@app.command("retry")
def retry_dead_letter(service: Service, letter: Annotated[str, typer.Argument(help="The event's id, evt_...")]) -> None:
    """Try a dead letter again."""
    with_api(lambda api: api.post(f"/v1/dead-letters/{service}/{letter}/retry"))
    console.print(f"{letter} is tried again")
