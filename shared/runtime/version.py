"""The version of Marque that this code is; the release's, as in pyproject.toml."""

from typing import Final

VERSION: Final = "0.1.0"
