"""Writes docs/openapi.json anew: the public API of this code, as the gateway puts it together from what runs."""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from gateway.app import app as gateway
from gateway.openapi.describe import describe
from gateway.openapi.merge import merge
from gateway.route_table import UPSTREAMS
from gateway.routing import OWN
from tools.openapi_breaks import breaks

COMMITTED = Path(__file__).parents[1] / "docs" / "openapi.json"
PUBLIC_URL = "https://api.marque.example"


def document() -> dict[str, Any]:
    """The document. No service is started: each says what it has from its code alone."""
    found: dict[str, dict[str, Any]] = {OWN: gateway.own.openapi()}
    for name in UPSTREAMS:
        found[name] = import_module(f"services.{name}.app").app.openapi()
    copied: dict[str, dict[str, Any]] = json.loads(json.dumps(found))
    return describe(merge(copied), PUBLIC_URL)


def text_of(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write it. One that breaks a promise of the committed one is refused, unless `--break` says that this is meant."""
    made = document()
    if COMMITTED.exists() and "--break" not in arguments:
        broken = breaks(json.loads(COMMITTED.read_text(encoding="utf-8")), made)
        if broken:
            sys.stdout.write("docs/openapi.json was not written: this would break what partners program against.\n")
            sys.stdout.write("".join(f"  {sentence}\n" for sentence in broken))
            sys.stdout.write("Before a release, python -m tools.openapi --break writes it all the same.\n")
            return 1
    COMMITTED.write_text(text_of(made), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
