"""Notices by people without an account (DSA Art. 16): taken, confirmed by mail, filed, followed, forgotten."""
