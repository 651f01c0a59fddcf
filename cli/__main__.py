"""`marque`: start the platform, show it, check it, and look after its accounts, keys, tools, events and jobs."""

import sys

import typer

from cli import accounts, backups, commands, dead_letters, environment, events, jobs, keys, logs, status, tools
from cli.output import errors
from deploy.local.errors import CannotStartError

app = typer.Typer(
    name="marque",
    help="The open-source platform with which a marketplace protects intellectual property.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(commands.up)
app.command("demo")(commands.demo)
app.command("check")(commands.check)
app.command("status")(status.status)
app.command("logs")(logs.logs)
app.command("env")(environment.env)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.add_typer(accounts.app, name="accounts")
app.add_typer(keys.app, name="keys")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(jobs.app, name="jobs")
app.add_typer(events.app, name="events")
app.add_typer(tools.app, name="tools")


def main() -> None:
    try:
        app(prog_name="marque")
    except CannotStartError as error:
        errors.print(f"marque: {error}", markup=False, highlight=False, soft_wrap=True, style="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
