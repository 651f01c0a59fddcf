"""The document of a capture: one text, whose hash still proves what is left when parts of it have been erased.

The parts that may have to be erased stand beside the document, which has their hashes. A file of a picture cannot be
guessed by its hash. A name can, so that it is hashed behind a salt that goes with it (docs/decisions/0024-captures.md).
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.screening.captures.statements import StoredVersion
from shared.contracts.events.captures import CapturedImage, CapturedListing
from shared.contracts.ids import CaptureId

_SALT_BYTES = 32
_KEY = ("marketplace", "listing_id")


@dataclass(frozen=True)
class Frozen:
    """A version as its capture keeps it: the document, still without pictures, and the name beside it."""

    document: str
    seller_name: str | None
    seller_salt: bytes | None
    pictures: Sequence[Mapping[str, Any]]
    """As the marketplace told of them: each an address or evidence."""


def freeze(version: StoredVersion, *, capture_id: CaptureId, now: datetime) -> Frozen:
    """Return the parts of a capture of a version."""
    listing: dict[str, Any] = orjson.loads(version.content)
    pictures = listing.pop("images", [])
    if version.version is not None:
        listing["version"] = version.version
    if version.changed_at is not None:
        listing["updated_at"] = version.changed_at
    name = salt = None
    if "name" in listing.get("seller", {}):
        salt = secrets.token_bytes(_SALT_BYTES)
        name = listing["seller"].pop("name")
        listing["seller"]["name_hash"] = commitment(name, salt)
    facts = {
        "id": capture_id, "marketplace": version.marketplace, "listing_id": version.listing_id,
        "number": version.number, "source": version.source, "captured_at": now, "listing": listing,
    }  # fmt: skip
    return Frozen(canonical(facts), name, salt, pictures)


def completed(document: str, pictures: Sequence[Mapping[str, Any]]) -> tuple[str, bytes]:
    """Return the whole document, now that all is known of its pictures, and its hash."""
    whole = canonical({**orjson.loads(document), "images": [*pictures]})
    return whole, hashlib.sha256(whole.encode()).digest()


def canonical(value: Mapping[str, Any]) -> str:
    """Return the one text of a document: JSON with sorted names and nothing between them."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode()


def commitment(name: str, salt: bytes) -> str:
    """Return the hash that stands for a name."""
    return hashlib.sha256(salt + name.encode()).hexdigest()


def read_document(document: str, seller_name: str | None) -> tuple[CapturedListing, list[CapturedImage]]:
    """Return the listing and the pictures of a document, with the seller's name where it has not been erased."""
    whole = orjson.loads(document)
    listing = whole["listing"]
    if "seller" in listing:
        listing["seller"]["name"] = seller_name
    images = [CapturedImage.model_validate(image) for image in whole["images"]]
    return CapturedListing.model_validate(listing), images


def differences(before: str, after: str) -> list[str]:
    """Return the names of the fields in which two contents of a listing differ."""
    old, new = orjson.loads(before), orjson.loads(after)
    return sorted(name for name in old.keys() | new.keys() if name not in _KEY and old.get(name) != new.get(name))
