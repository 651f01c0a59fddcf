"""Where the commands write: what was asked for goes to stdout, what went wrong to stderr."""

from rich.console import Console

console = Console()
errors = Console(stderr=True)
