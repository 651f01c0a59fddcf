"""Writes what is published anew: the schema of every event, and the AsyncAPI document made from them."""

import sys
from pathlib import Path

from shared.contracts import asyncapi, schemas

ASYNCAPI = Path(__file__).parents[1] / "docs" / "asyncapi.json"


def main() -> int:
    """Publish. A schema that would break what was published before is refused, and nothing is written."""
    refused = schemas.main()
    if refused:
        return refused
    ASYNCAPI.write_text(schemas.text_of(asyncapi.document()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
