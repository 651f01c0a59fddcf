"""Mistakes that partners make, and what each must be answered: written by hand, one row for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RIGHT: dict[str, Any] = {
    "type": "trademark", "title": "ACME", "mark_text": "ACME", "mark_type": "word", "office": "EUIPO",
    "registration_number": "018012345", "owner": {"name": "Acme GmbH", "country": "DE"}, "nice_classes": [25],
    "registered_on": "2020-01-02", "expires_on": "2040-01-02", "territories": ["EU"],
}  # fmt: skip
REPORT: dict[str, Any] = {
    "right_id": "{right}", "claim": "counterfeit", "language": "en", "markets": ["DE"],
    "items": [{"url": "https://shop.example/item/9001"}],
    "explanation": "The goods are not ours, and the mark on them is.",
    "legal_basis": "dsa", "statements": {"good_faith": True, "accuracy": True, "perjury": True},
    "signature": "Full Legal Name", "contact": {"name": "A Name", "email": "a@brand.example"},
}  # fmt: skip
CLAIM: dict[str, Any] = {"reviewer": "r-1", "max": 1, "lease_seconds": 60, "wait_seconds": 0}
ID = "01j9zq4m2te5rv8c3kx7w0nh6b"


@dataclass(frozen=True)
class Mistake:
    """A request as a partner would send it by mistake, and the answer.

    In `{}` stand things of the brand: its right, its report, a key that has ended. `at` is the pointer or the parameter
    that the answer names, `says` words of its detail or of the message there, `meant` what it suggests, and `allowed`
    what it lists.
    """

    title: str
    send: str
    status: int
    code: str
    body: Any = None
    who: str = "brand"
    at: str | None = None
    says: Sequence[str] = ()
    meant: str | None = None
    allowed: Sequence[str] = ()
    others: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    answered: Mapping[str, Any] = field(default_factory=dict)


def without(body: dict[str, Any], *names: str, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**body, **changes}.items() if name not in names}


_TYPES = ("trademark", "copyright", "design", "patent", "trade_dress", "geographical_indication")
_CLAIMS = ("counterfeit", "trademark", "copyright", "design", "patent", "trade_dress", "geographical_indication")
_INVALID = (422, "validation_failed")
_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

FIELDS = (
    Mistake("a date in the order of a country", "POST /v1/rights", *_INVALID, without(RIGHT, expires_on="02.01.2040"),
            at="/expires_on", says=["YYYY-MM-DD, such as 2026-01-31"]),
    Mistake("a date as a number", "POST /v1/rights", *_INVALID, without(RIGHT, expires_on=2209075200),
            at="/expires_on", says=["written as text"]),
    Mistake("a day that there is not", "POST /v1/rights", *_INVALID, without(RIGHT, expires_on="2040-02-30"),
            at="/expires_on", says=["date"]),
    Mistake("a time without its offset", "POST /v1/accounts/{account}/clients", *_INVALID,
            {"name": "one", "expires_at": "2040-01-02T10:00:00"}, who="admin", at="/expires_at", says=["timezone"]),
    Mistake("a field that is misspelt", "POST /v1/reports", *_INVALID, without(REPORT, "claim", clam="counterfeit"),
            at="/clam", says=["did you mean claim?"], meant="claim", others=["/claim"]),
    Mistake("a field in camel case", "POST /v1/reports", *_INVALID, without(REPORT, "right_id", rightId="{right}"),
            at="/rightId", says=["did you mean right_id?"], meant="right_id", others=["/right_id"]),
    Mistake("a field of an item that is misspelt", "POST /v1/reports", *_INVALID,
            without(REPORT, items=[{"urll": "https://shop.example/item/1"}]),
            at="/items/0/urll", meant="url", others=["/items/0/url"]),
    Mistake("a field that there is not", "POST /v1/reports/preflight", *_INVALID, without(REPORT, zzz=1),
            at="/zzz", says=["known here are claim, contact"]),
    Mistake("a field of another type of right", "POST /v1/rights", *_INVALID, without(RIGHT, author="A Name"),
            at="/author", says=["Unknown field; known here are"]),
    Mistake("a missing field beside wrong ones", "POST /v1/reports", *_INVALID,
            without(REPORT, "right_id", claim="fake", markets="DE"),
            at="/right_id", says=["required"], others=["/claim", "/markets"]),
    Mistake("what the type of right needs beside a wrong field", "POST /v1/rights", *_INVALID,
            without(RIGHT, "registration_number", nice_classes=[46]),
            at="/registration_number", says=["needs"], others=["/nice_classes/0"]),
    Mistake("a value that is none of those there are", "POST /v1/reports", *_INVALID, without(REPORT, claim="fake"),
            at="/claim", allowed=_CLAIMS, says=["'counterfeit'", "'geographical_indication'"]),
    Mistake("a value that is misspelt", "POST /v1/reports", *_INVALID, without(REPORT, claim="Counterfiet"),
            at="/claim", allowed=_CLAIMS, meant="counterfeit", says=["did you mean counterfeit?"]),
    Mistake("a type of right that there is not", "POST /v1/rights", *_INVALID, without(RIGHT, type="trade-mark"),
            at="/type", allowed=_TYPES, meant="trademark"),
    Mistake("no type of right", "POST /v1/rights", *_INVALID, without(RIGHT, "type"), at="/type", says=["required"]),
    Mistake("a number as text", "POST /v1/tasks/claim", *_INVALID, without(CLAIM, max="1"), who="vendor", at="/max",
            says=["integer"]),
    Mistake("a number that is too large", "POST /v1/tasks/claim", *_INVALID, without(CLAIM, max=51), who="vendor",
            at="/max", says=["less than or equal to 50"]),
    Mistake("a truth as text", "POST /v1/reports", *_INVALID, without(REPORT, statements={"good_faith": "true"}),
            at="/statements/good_faith", says=["boolean"]),
    Mistake("one where a list is wanted", "POST /v1/reports", *_INVALID, without(REPORT, markets="DE"),
            at="/markets", says=["list"]),
    Mistake("an empty list", "POST /v1/reports", *_INVALID, without(REPORT, items=[]), at="/items",
            says=["at least 1"]),
    Mistake("an id of another kind in the body", "POST /v1/reports", *_INVALID, without(REPORT, right_id=f"rep_{ID}"),
            at="/right_id", says=["another kind (report)", "rgt_"]),
    Mistake("a list for an object", "POST /v1/reports", *_INVALID, [REPORT], at=""),
    Mistake("no body", "POST /v1/reports", *_INVALID, headers=_JSON, at="", says=["required"]),
)  # fmt: skip
PARAMETERS = (
    Mistake("a parameter that is misspelt", "GET /v1/reports?stat=received", *_INVALID, at="stat", meant="state",
            says=["did you mean state?"]),
    Mistake("a parameter in camel case", "GET /v1/reports?rightId={right}", *_INVALID, at="rightId", meant="right_id"),
    Mistake("a parameter that there is not", "GET /v1/reports?page=2", *_INVALID, at="page",
            says=["it takes claim, cursor, limit"]),
    Mistake("a parameter twice that is no list", "GET /v1/reports?limit=10&limit=20", *_INVALID, at="limit",
            says=["send it once"]),
    Mistake("a limit out of range", "GET /v1/reports?limit=1000", *_INVALID, at="limit",
            says=["less than or equal to 200"]),
    Mistake("a filter with a value that is misspelt", "GET /v1/rights?type=trademarks", *_INVALID, at="type",
            allowed=_TYPES, meant="trademark"),
    Mistake("a cursor that is made up", "GET /v1/reports?cursor=abc", 422, "cursor_invalid", at="cursor",
            says=["Start again without a cursor"]),
    Mistake("a cursor of another shape", "GET /v1/reports?cursor=1/2", *_INVALID, at="cursor", says=["pattern"]),
    Mistake("an id of another kind in the path", "GET /v1/reports/{right}", *_INVALID, at="report_id",
            says=["another kind (right)", "rep_"]),
    Mistake("a task's id for a report's", "POST /v1/tasks/{report}/release", *_INVALID, {"lease_token": "x"},
            who="vendor", at="task_id", says=["another kind (report)", "tsk_"]),
    Mistake("an id that was cut", "GET /v1/reports/rep_01j9zq4m2te5rv8c", *_INVALID, at="report_id",
            says=["26 characters"]),
    Mistake("an id in capitals", f"GET /v1/reports/rep_{ID.upper()}", *_INVALID, at="report_id",
            says=["in lower case"]),
)  # fmt: skip
BODIES = (
    Mistake("a comma too many", "POST /v1/reports", 400, "malformed_body", b'{\n "claim": "design",\n}', headers=_JSON,
            says=["line 3, column 1"]),
    Mistake("text that is not UTF-8", "POST /v1/reports", 400, "malformed_body", b'{"claim": "\xff"}', headers=_JSON,
            says=["UTF-8", "byte 11"]),
    Mistake("a name twice", "POST /v1/reports", *_INVALID, b'{"claim": "design", "claim": "patent"}', headers=_JSON,
            at="/claim", says=["more than once"]),
    Mistake("a form", "POST /v1/reports", 415, "unsupported_media_type", b"claim=counterfeit", headers=_FORM,
            says=["application/x-www-form-urlencoded", "Content-Type: application/json"],
            answered={"accepted": ["application/json"]}),
    Mistake("JSON said to be text", "POST /v1/rights", 415, "unsupported_media_type", b"{}",
            headers={"Content-Type": "text/plain"}, says=["text/plain"], answered={"accepted": ["application/json"]}),
    Mistake("JSON without its type", "POST /v1/rights", 415, "unsupported_media_type", b"{}",
            headers={"Content-Type": ""}, says=["without a Content-Type"]),
    Mistake("a compressed body", "POST /v1/rights", 415, "unsupported_media_type", b"\x1f\x8b\x08\x00\x00",
            headers={**_JSON, "Content-Encoding": "gzip"}, says=["Content-Encoding gzip"]),
    Mistake("a form for the gateway's own", "POST /v1/accounts", 415, "unsupported_media_type", b"kind=brand",
            who="admin", headers=_FORM, answered={"accepted": ["application/json"]}),
    Mistake("JSON for a file", "POST /v1/evidence", 415, "unsupported_media_type", {"file": "x"},
            says=["multipart/form-data"]),
    Mistake("JSON for an import", "POST /v1/imports", 415, "unsupported_media_type", {"rows": []},
            says=["application/json"]),
    Mistake("a spreadsheet for a letter", "POST /v1/reports/parse", 415, "unsupported_media_type", b"a,b",
            headers={"Content-Type": "text/csv"}, says=["text/csv"]),
    Mistake("more than a body may have", "POST /v1/accounts", 413, "body_too_large", b" " * 65_537, who="admin",
            headers=_JSON, says=["65536"]),
)  # fmt: skip
_NOBODY = (401, "unauthenticated")
CALLERS = (
    Mistake("no key", "GET /v1/reports", *_NOBODY, who="", says=["Authorization: Bearer <key>"]),
    Mistake("a key without the word Bearer", "GET /v1/reports", *_NOBODY, who="",
            headers={"Authorization": "{brand}"}, says=["The word Bearer is missing"]),
    Mistake("a key under another scheme", "GET /v1/reports", *_NOBODY, who="",
            headers={"Authorization": "Basic {brand}"}, says=["The scheme basic is not understood"]),
    Mistake("a key in another header", "GET /v1/reports", *_NOBODY, who="", headers={"X-Api-Key": "{brand}"},
            says=["came in the header X-Api-Key", "Authorization: Bearer <key>"]),
    Mistake("a key in the address", "GET /v1/reports?api_key={brand}", *_NOBODY, who="",
            says=["came in the address", "rotate it"]),
    Mistake("a key that is mistyped", "GET /v1/reports", *_NOBODY, who="",
            headers={"Authorization": "Bearer {mistyped}"}, says=["mistyped"]),
    Mistake("a key that was cut", "GET /v1/reports", *_NOBODY, who="", headers={"Authorization": "Bearer {cut}"},
            says=["not whole", "has 74 characters, and this one has 70"]),
    Mistake("a key for a sandbox", "GET /v1/reports", *_NOBODY, who="", headers={"Authorization": "Bearer mq_test_abc"},
            says=["no sandbox"]),
    Mistake("a key of nobody", "GET /v1/reports", *_NOBODY, who="", headers={"Authorization": "Bearer {nobody}"},
            says=["A valid key"]),
    Mistake("a key whose secret is another's", "GET /v1/reports", *_NOBODY, who="",
            headers={"Authorization": "Bearer {guessed}"}, says=["A valid key"]),
    Mistake("a key whose secret is another's, of a client that was revoked", "GET /v1/reports", *_NOBODY, who="",
            headers={"Authorization": "Bearer {guessed_revoked}"}, says=["A valid key"]),
    Mistake("neither a key nor a token", "GET /v1/reports", *_NOBODY, who="",
            headers={"Authorization": "Bearer secret"}, says=["neither an API key nor an access token"]),
    Mistake("a key that was replaced", "GET /v1/reports", 401, "key_expired", who="replaced", says=["expired"]),
    Mistake("a key that was revoked", "GET /v1/reports", 401, "key_revoked", who="revoked", says=["revoked"]),
    Mistake("a key of a closed account", "GET /v1/reports", 401, "key_of_closed_account", who="closed",
            says=["closed"]),
    Mistake("a scope that lacks", "POST /v1/rights", 403, "scope_missing", RIGHT, who="little", says=["rights:write"],
            answered={"required_scope": "rights:write"}),
    Mistake("a kind of account that has no part in it", "POST /v1/tasks/claim", 404, "not_found", CLAIM,
            who="all_scopes", says=["vendor or marketplace", "of kind brand"],
            answered={"required_account_kinds": ["vendor", "marketplace"]}),
    Mistake("what the operator alone may do", "POST /v1/policies", 403, "account_kind_not_allowed", {},
            who="all_scopes", answered={"required_account_kinds": ["marketplace"]}),
    Mistake("a report of nobody", f"GET /v1/reports/rep_{ID}", 404, "report_not_found"),
)  # fmt: skip
PLACES = (
    Mistake("a path in the singular", "GET /v1/report", 404, "not_found", who="", says=["did you mean /v1/reports?"]),
    Mistake("a path without its version", "GET /reports", 404, "not_found", says=["did you mean /v1/reports?"]),
    Mistake("a path that ends in a slash", "GET /v1/reports/", 404, "not_found", says=["did you mean /v1/reports?"]),
    Mistake("a verb that is misspelt", "POST /v1/reports/{report}/witdraw", 404, "not_found", {},
            says=["did you mean /v1/reports/{report_id}/withdraw?"]),
    Mistake("a path that is like none", "GET /wp-login.php", 404, "not_found", who="", says=["see /docs"]),
    Mistake("a method that is not there", "DELETE /v1/reports/{report}", 405, "method_not_allowed",
            says=["DELETE is not allowed here; GET is."]),
    Mistake("PUT where there is PATCH", "PUT /v1/rights/{right}", 405, "method_not_allowed", RIGHT,
            says=["GET, PATCH"]),
)  # fmt: skip
TABLE = (*FIELDS, *PARAMETERS, *BODIES, *CALLERS, *PLACES)
