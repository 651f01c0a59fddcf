"""`marque jobs`: what the services do in the background: list, retry what is dead, discard."""

from typing import Annotated

import typer

from cli.output import AsJson, line, print_json, print_or_json, table
from cli.running import each_service, with_api

app = typer.Typer(help="List background jobs, try dead ones again, or discard them.", no_args_is_help=True)

COLUMNS = ("service", "id", "kind", "state", "tries", "due_at", "error")

Service = Annotated[str, typer.Argument(help="The service's name, for example intake")]
Job = Annotated[str, typer.Argument(help="The job's id, job_...")]
Reason = Annotated[str, typer.Option(help="Why it will not be missed; it is logged")]


@app.command("list")
def list_jobs(
    service: Annotated[str | None, typer.Argument(help="The service's name; all services unless given")] = None,
    state: Annotated[str | None, typer.Option(help="Only those: due, later, leased or dead")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """The jobs that are not over, with the error of the last try."""
    query = f"?state={state}" if state else ""
    found = each_service(service, lambda name: f"/v1/jobs/{name}{query}")
    if as_json:
        print_json(found)
    elif not found:
        line("no jobs")
    else:
        table(COLUMNS, ([job[column] for column in COLUMNS] for job in found))


@app.command("retry")
def retry_job(service: Service, job: Job, *, as_json: AsJson = False) -> None:
    """Try a dead job again."""
    answer = with_api(lambda api: api.post(f"/v1/jobs/{service}/{job}/retry"))
    print_or_json(answer, f"{job} is tried again", as_json=as_json)


@app.command("discard")
def discard_job(service: Service, job: Job, reason: Reason, *, as_json: AsJson = False) -> None:
    """Give a job up for good."""
    answer = with_api(lambda api: api.post(f"/v1/jobs/{service}/{job}/discard", {"reason": reason}))
    print_or_json(answer, f"{job} is discarded", as_json=as_json)
