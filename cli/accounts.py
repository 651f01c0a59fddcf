"""`marque accounts`: who may come in at all."""

from typing import Annotated, Any

import typer

from cli.output import AsJson, line, print_json, print_or_json, table
from cli.running import with_api
from deploy.local.api import Api

app = typer.Typer(help="List, show, open, suspend, resume and close accounts.", no_args_is_help=True)

COLUMNS = ("id", "kind", "name", "state", "created_at")

Account = Annotated[str, typer.Argument(help="The account's id, acc_...")]
Kind = Annotated[str, typer.Argument(help="brand, vendor, marketplace or regulator")]


@app.command("list")
def list_accounts(
    kind: Annotated[
        list[str] | None, typer.Option(help="Only accounts of this kind; several times for several")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Every account, the newest first."""
    query = "?" + "&".join(f"kind={one}" for one in kind) if kind else ""
    found = with_api(lambda api: api.each(f"/v1/accounts{query}"))
    if as_json:
        print_json(found)
    else:
        table(COLUMNS, ([account[column] for column in COLUMNS] for account in found))


@app.command("show")
def show_account(account: Account, *, as_json: AsJson = False) -> None:
    """One account with its clients."""

    async def read(api: Api) -> dict[str, Any]:
        path = f"/v1/accounts/{account}"
        return {**await api.get(path), "clients": await api.each(f"{path}/clients")}

    found = with_api(read)
    if as_json:
        print_json(found)
        return
    clients = found.pop("clients")
    for name, value in found.items():
        line(f"{name}: {'-' if value is None else value}")
    columns = ("id", "name", "state", "expires_at", "last_used_at")
    table(columns, ([client[column] for column in columns] for client in clients))


@app.command("open")
def open_account(
    kind: Kind, name: Annotated[str, typer.Argument(help="What it is called")], *, as_json: AsJson = False
) -> None:
    """Let an organisation in; it can do nothing until `marque keys create` has made it a key."""
    made = with_api(lambda api: api.post("/v1/accounts", {"kind": kind, "name": name}))
    print_or_json(made, made["id"], as_json=as_json)


@app.command("suspend")
def suspend_account(
    account: Account,
    reason: Annotated[str | None, typer.Option(help="Why; the account is told, and it is kept")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let nobody of an account in until it is resumed: within a second, and its leases go back."""
    body = {"reason": reason} if reason else {}
    answer = with_api(lambda api: api.post(f"/v1/accounts/{account}/suspend", body))
    print_or_json(answer, f"{account} is suspended", as_json=as_json)


@app.command("resume")
def resume_account(account: Account, *, as_json: AsJson = False) -> None:
    """Let a suspended account in again, with the keys that it had."""
    answer = with_api(lambda api: api.post(f"/v1/accounts/{account}/resume"))
    print_or_json(answer, f"{account} is let in again", as_json=as_json)


@app.command("close")
def close_account(account: Account, *, as_json: AsJson = False) -> None:
    """Shut an account out for good; its data stays."""
    answer = with_api(lambda api: api.post(f"/v1/accounts/{account}/close"))
    print_or_json(answer, f"{account} is closed", as_json=as_json)
