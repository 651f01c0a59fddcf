"""The step of the package's build that makes the parts which are not written by hand."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent


class MadeParts(BuildHookInterface):  # type: ignore[misc] # the builder is there while the package is built
    """Makes `core` and `sync` in a checkout. A source distribution has them already, and no document."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - what is overridden names them
        document = HERE.parents[1] / "docs" / "openapi.json"
        if not document.exists():
            return
        sys.path.insert(0, str(HERE))
        from generate import is_fresh, make_parts  # noqa: PLC0415 - stands beside this file

        if not is_fresh(document, HERE / "marque_client"):
            make_parts(document, HERE / "marque_client")
