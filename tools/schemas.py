"""Writes what is published anew: the schema of every event, the AsyncAPI and OpenAPI documents,
the reference tables, and what is deployed.
"""

import sys
from pathlib import Path

from shared.contracts import asyncapi, schemas
from tools import deployment, openapi, reference

ASYNCAPI = Path(__file__).parents[1] / "docs" / "asyncapi.json"


def main() -> int:
    """Publish. What would break something published before is refused, and is not written."""
    refused = schemas.main()
    if refused:
        return refused
    ASYNCAPI.write_text(schemas.text_of(asyncapi.document()), encoding="utf-8")
    reference.main()
    deployment.main()
    return openapi.main([])


if __name__ == "__main__":
    sys.exit(main())
