"""`marque jobs`: what the services do in the background: list, retry what is dead, discard."""

from typing import Annotated, Any

import typer

from cli.output import console
from cli.running import home, with_api
from deploy.local.api import Api

app = typer.Typer(help="List background jobs, try dead ones again, or discard them.", no_args_is_help=True)

COLUMNS = ("id", "kind", "state", "tries", "due_at", "error")

Service = Annotated[str, typer.Argument(help="The service's name, for example intake")]
Job = Annotated[str, typer.Argument(help="The job's id, job_...")]
Reason = Annotated[str, typer.Option(help="Why it will not be missed; it is logged")]


@app.command("list")
def list_jobs(
    service: Annotated[str | None, typer.Argument(help="The service's name; all services unless given")] = None,
    state: Annotated[str | None, typer.Option(help="Only those: due, later, leased or dead")] = None,
) -> None:
    """The jobs that are not over, with the error of the last try."""
    services = [service] if service else [name for name in home().recorded()["services"] if name != "gateway"]
    query = f"?state={state}" if state else ""

    async def read(api: Api) -> list[tuple[str, dict[str, Any]]]:
        return [(name, job) for name in services for job in await api.each(f"/v1/jobs/{name}{query}")]

    found = with_api(read)
    if not found:
        console.print("no jobs")
        return
    for name, job in found:
        _print("  ".join((name, *(str(job[column]) for column in COLUMNS))))


@app.command("retry")
def retry_job(service: Service, job: Job) -> None:
    """Try a dead job again."""
    with_api(lambda api: api.post(f"/v1/jobs/{service}/{job}/retry"))
    _print(f"{job} is tried again")


@app.command("discard")
def discard_job(service: Service, job: Job, reason: Reason) -> None:
    """Give a job up for good."""
    with_api(lambda api: api.post(f"/v1/jobs/{service}/{job}/discard", {"reason": reason}))
    _print(f"{job} is discarded")


def _print(words: str) -> None:
    console.print(words, markup=False, highlight=False, soft_wrap=True)
