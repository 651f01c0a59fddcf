"""Texts of the public document about the API as a whole."""

from typing import Any

VERSION = "1.0.0"

INFO: dict[str, Any] = {
    "title": "Marque",
    "version": VERSION,
    "summary": "The platform with which a marketplace protects intellectual property",
    "description": """\
Brands report infringing listings, reviewers decide them under dated policies, and everyone affected is told what was
decided, by which clause, on what evidence.

**Who is calling.** Send `Authorization: Bearer <key>` with an API key, or with an access token from
`POST /oauth/token`. What another account owns answers 404.

**Once, however often.** Every POST takes an `Idempotency-Key`: the same key with the same body answers the first
response again, with `Idempotency-Replayed: true`.

**Refusals** are problem details (RFC 9457) with a stable `code` and, where fields are meant, JSON Pointers to them and
what was probably meant. `type` is the address, at this gateway, of a page about the code.

**Lists** come in pages: `limit`, an opaque `cursor`, and `next_cursor` in the answer.

**Limits** are told in `RateLimit` and `RateLimit-Policy`; past them the answer is 429 with `Retry-After`. Beside the
rate, requests at once are limited, and apart from these claims that wait for work and event streams (`waiting`). A head
has at most 64 kB and 100 fields (431), an address 8 kB (414), and a body has to keep coming (408).

**No test mode yet.** Every key acts on the platform that gave it out. To try things, run a platform of your own: it
starts with one command.

**Versions.** Within `v1` fields are added, never changed or removed: ignore those that you do not know.
""",
    "contact": {"name": "Marque", "url": "https://marque.dev", "email": "api@marque.dev"},
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

TAGS: dict[str, str] = {
    "rights": "The vault: the intellectual property rights that reports stand on.",
    "authorities": "The documents by which agents and licensees act under the rights of others.",
    "reports": "Notices about listings: check, file, follow, answer, take back.",
    "notices": "Free-text notices, read into their legal elements and a draft report.",
    "evidence": "Files shown in support of a claim.",
    "imports": "Many reports from one file, in the background.",
    "standing": "How reliable a reporter has been, and what that allows.",
    "service levels": "How long decisions take, live.",
    "queues": "Where tasks wait, by right, language and severity.",
    "tasks": "The question whether a listing infringes a right: claim, renew, judge.",
    "policies": "The rule book in dated, immutable versions.",
    "decisions": "The platform's answers, with the clauses they rest on.",
    "statements": "Statements of reasons to sellers (DSA Art. 17).",
    "enforcements": "What the marketplace was asked to do, and whether it took effect.",
    "escalations": "The desk for what needs someone senior now.",
    "severities": "How pressing something is, by rules that are data, and the clocks that follow.",
    "events": "Everything that happened to an account's things, by cursor or as a stream.",
    "webhooks": "The same events, sent to an address as Standard Webhooks.",
    "accounts": "Organisations, their clients and the keys of these.",
    "tokens": "Short-lived access tokens (RFC 6749, RFC 9068).",
    "dead letters": "Events that a service could not take in, for the operator.",
}

SCOPES: dict[str, str] = {
    "read": "Read {noun}",
    "write": "Read and change {noun}",
    "work": "Claim and judge {noun}",
    "manage": "Read and manage {noun}",
    "admin": "Administer {noun}, their clients and keys",
}
