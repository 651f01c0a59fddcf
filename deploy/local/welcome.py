"""The greeting that the operator reads once the platform is ready."""

import os
import shlex
from pathlib import Path

from rich.console import Console

from deploy.local.home import Home

_CLAIM = '{"reviewer": "you", "max": 1, "lease_seconds": 60, "wait_seconds": 0}'
_AT = "$MARQUE_URL/v1/tasks/claim"
_FIRST_CALLS = (
    'curl -H "Authorization: Bearer $MARQUE_BRAND_KEY" "$MARQUE_URL/v1/reports?limit=3"',
    f'curl -H "Authorization: Bearer $MARQUE_VENDOR_KEY" -H "Content-Type: application/json" -d \'{_CLAIM}\' {_AT}',
)
_FIRST_ACCOUNT = (
    'ACCOUNT=$(./marque accounts open brand "Your first brand")',
    './marque keys create $ACCOUNT "Its first client"',
)


def show_welcome(console: Console, base_url: str, home: Home) -> None:
    """Print where everything is, and what to try next, in plain lines that can be copied."""
    credentials = shortened(home.credentials)
    variable = "" if os.environ.get("MARQUE_HOME") is None else f"MARQUE_HOME={shlex.quote(str(home.folder))} "
    lines = (
        "",
        f"Marque is running at  {base_url}",
        f"the API's pages       {base_url}/docs",
        f"the keys              {credentials}",
        "",
        "Try next:",
        f'eval "$({variable}./marque env)"',
        *(_FIRST_ACCOUNT if home.empty.exists() else _FIRST_CALLS),
        "",
        "Ctrl-C stops everything; the next `make run` goes on with all data.",
    )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def shortened(path: Path) -> str:
    """The path as seen from where the operator stands, when it is below."""
    try:
        return str(path.relative_to(os.getcwd()))  # noqa: PTH109 - the working folder as given, links and all
    except ValueError:
        return str(path)
