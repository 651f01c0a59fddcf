"""The version of the client; CHANGELOG.md says what each brought."""

__version__ = "0.1.0"
