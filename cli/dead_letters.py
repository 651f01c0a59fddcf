"""`marque dead-letters`: the events that a service could not take in: list, show, try again, discard."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from cli.output import AsJson, line, print_json, print_or_json, table
from cli.running import each_service, with_api

app = typer.Typer(
    help="List the events that a service could not take in, try them again, or discard them.", no_args_is_help=True
)

COLUMNS = ("service", "id", "type", "tries", "died_at", "event_id", "error")

Service = Annotated[str, typer.Argument(help="The service's name, for example review")]
Letter = Annotated[str, typer.Argument(help="The dead letter's id, evt_..., or the id that the event came with")]
Reason = Annotated[str, typer.Option(help="Why its effect will not be missed; it is kept and logged")]


Type = Annotated[list[str] | None, typer.Option("--type", help="Only events of this type; several times for several")]
Source = Annotated[str | None, typer.Option(help="Only events of this source")]
Error = Annotated[str | None, typer.Option(help="Only those whose error has these words in it")]
Before = Annotated[str | None, typer.Option(help="Only those that failed last before this time: 2026-11-28T10:00:00Z")]
Most = Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the oldest first")]


@app.command("list")
def list_dead_letters(
    service: Annotated[str | None, typer.Argument(help="The service's name; all services unless given")] = None,
    types: Type = None,
    source: Source = None,
    error: Error = None,
    before: Before = None,
    *,
    as_json: AsJson = False,
) -> None:
    """The events that a service has given up on, with the error of the last try."""
    given = {"type": types, "source": source, "error": error, "died_before": before}
    query = urlencode({name: value for name, value in given.items() if value}, doseq=True)
    found = each_service(service, lambda name: f"/v1/dead-letters/{name}" + (f"?{query}" if query else ""))
    if as_json:
        print_json(found)
    elif not found:
        line("no dead letters")
    else:
        table(COLUMNS, ([letter[column] for column in COLUMNS] for letter in found))


@app.command("show")
def show_dead_letter(service: Service, letter: Letter, *, as_json: AsJson = False) -> None:
    """One event with its error and its whole payload."""
    found = with_api(lambda api: api.get(_path(service, letter)))
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        if name != "payload":
            line(f"{name}: {value}")
    line(found["payload"])


@app.command("retry")
def retry_dead_letter(service: Service, letter: Letter, *, as_json: AsJson = False) -> None:
    """Try a dead letter again."""
    answer = with_api(lambda api: api.post(f"{_path(service, letter)}/retry"))
    print_or_json(answer, f"{letter} had its effect", as_json=as_json)


@app.command("discard")
def discard_dead_letter(service: Service, letter: Letter, reason: Reason, *, as_json: AsJson = False) -> None:
    """Give a dead letter up for good."""
    answer = with_api(lambda api: api.post(f"{_path(service, letter)}/discard", {"reason": reason}))
    print_or_json(answer, f"{letter} is discarded", as_json=as_json)


@app.command("retry-all")
def retry_dead_letters(
    service: Service,
    types: Type = None,
    source: Source = None,
    error: Error = None,
    before: Before = None,
    most: Most = 100,
    *,
    as_json: AsJson = False,
) -> None:
    """Try those again that match every condition; one at least has to be given."""
    body = {"filter": _filter(types, source, error, before), "most": most}
    answer = with_api(lambda api: api.post(f"/v1/dead-letters/{quote(service, safe='')}/retry", body))
    words = f"{answer['settled']} had their effect, {len(answer['failed'])} failed once more, {answer['left']} are left"
    print_or_json(answer, words, as_json=as_json)


@app.command("discard-all")
def discard_dead_letters(
    service: Service,
    reason: Reason,
    types: Type = None,
    source: Source = None,
    error: Error = None,
    before: Before = None,
    most: Most = 100,
    *,
    as_json: AsJson = False,
) -> None:
    """Give those up for good that match every condition; one at least has to be given."""
    body = {"filter": _filter(types, source, error, before), "most": most, "reason": reason}
    answer = with_api(lambda api: api.post(f"/v1/dead-letters/{quote(service, safe='')}/discard", body))
    print_or_json(answer, f"{answer['settled']} are discarded, {answer['left']} are left", as_json=as_json)


def _filter(types: list[str] | None, source: str | None, error: str | None, before: str | None) -> dict[str, Any]:
    given = {"types": types, "source": source, "error": error, "died_before": before}
    return {name: value for name, value in given.items() if value}


def _path(service: str, letter: str) -> str:
    return f"/v1/dead-letters/{quote(service, safe='')}/{quote(letter, safe='')}"
