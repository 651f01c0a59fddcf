"""`marque env`: the running platform as variables of a shell, so that commands in the documents work in any home."""

import shlex
from typing import Any

from cli.output import AsJson, line, print_json
from cli.running import home
from deploy.local.credentials import read_credentials


def env(*, as_json: AsJson = False) -> None:
    """Print the platform's address, ports and keys for a shell: eval "$(./marque env)"."""
    here = home()
    variables = shell_variables(str(here.folder), here.recorded(), read_credentials(here.credentials))
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        line(f"export {name}={shlex.quote(value)}")


def shell_variables(folder: str, recorded: dict[str, Any], keys: dict[str, str]) -> dict[str, str]:
    """Return the variables: MARQUE_URL, MARQUE_HOME, MARQUE_PORT, and for each role MARQUE_<ROLE>_KEY.

    MARQUE_PORT_<SERVICE> are the ports of the services themselves, where `/metrics` is.
    """
    url = recorded["base_url"]
    services: dict[str, str] = recorded["services"]
    return {
        "MARQUE_HOME": folder,
        "MARQUE_URL": url,
        "MARQUE_PORT": url.rpartition(":")[2],
        **{f"MARQUE_{role.upper()}_KEY": key for role, key in keys.items()},
        **{f"MARQUE_PORT_{name.upper()}": at.rpartition(":")[2] for name, at in services.items()},
    }
