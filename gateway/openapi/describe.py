"""Rules of every operation, added to the document in one place: authorization, errors, limits, idempotency."""

from typing import Any

from gateway import routing
from gateway.openapi import webhooks, words
from gateway.openapi.code_samples import add_code_samples
from gateway.openapi.merge import Document, drop_unused_schemas, operations
from gateway.openapi.tidy import tidy
from gateway.openapi.worked import add_examples, problem_example
from shared.contracts.codes import Scope
from shared.runtime import problems
from shared.runtime.idempotency import HEADER as IDEMPOTENCY_KEY

_KEY = "api_key"
_TOKEN = "access_token"  # noqa: S105 - the name of a scheme
_COMMON = "#/components/responses/"
_ORIGIN = "Access-Control-Allow-Origin"
_LIMITED = {
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimit-Policy"},
}
_EVERY_ANSWER = {
    "X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"},
    _ORIGIN: {"$ref": f"#/components/headers/{_ORIGIN}"},
}

_REFUSALS: dict[str, tuple[str, str, str]] = {
    "400": ("Unreadable", "The request cannot be read", "malformed_body"),
    "401": ("Unauthenticated", "A valid key or access token is needed", "unauthenticated"),
    "403": ("Forbidden", "The key lacks a scope that this call needs", "scope_missing"),
    "404": ("NotFound", "Not found, or it is another account's", "not_found"),
    "409": ("Conflict", "The first request under this idempotency key is still running", "idempotency_key_in_use"),
    "408": ("TooSlow", "The head or the body did not come in time", "body_too_slow"),
    "413": ("TooLarge", "The body is over the limit", "body_too_large"),
    "414": ("TargetTooLong", "The address of the request is over the limit", "target_too_long"),
    "415": ("UnsupportedMediaType", "The body is of a type that this call does not take", "unsupported_media_type"),
    "422": ("Invalid", "Fields of the request are not valid", "validation_failed"),
    "429": ("RateLimited", "Too many requests", "rate_limited"),
    "431": ("HeadTooLarge", "The head of the request is over the limit", "head_too_large"),
    "500": ("Failed", "Something failed here", "internal_error"),
    "502": ("AnswerLost", "The service behind this call broke off", "answer_lost"),
    "503": ("Away", "A part of the platform is away for the moment", "service_away"),
    "504": ("AnswerLate", "The service behind this call did not answer in time", "answer_late"),
}
_ALWAYS = ("400", "408", "414", "429", "431", "500")
_BY_SERVICES = ("502", "503", "504")
_COME_BACK = frozenset({"429", "502", "503", "504"})


def describe(document: Document, public_url: str) -> Document:
    """Complete a merged document: it says all that a partner's program can meet."""
    document["info"] = words.INFO
    document["servers"] = [_server(public_url)]
    document["externalDocs"] = {"url": f"{public_url}/asyncapi.json", "description": "The events (AsyncAPI)"}
    components = document["components"]
    components["securitySchemes"] = _security_schemes(public_url)
    components["headers"] = _headers()
    components["parameters"] = {"IdempotencyKey": _idempotency_key()}
    components["schemas"]["Problem"] = problems.Problem.model_json_schema(
        ref_template="#/components/schemas/{model}", mode="serialization"
    )
    components["schemas"].update(components["schemas"]["Problem"].pop("$defs", {}))
    components["schemas"] = webhooks.schemas() | components["schemas"]
    document["webhooks"] = webhooks.webhooks()
    components["responses"] = {name: _refusal(status) for status, (name, _, _) in _REFUSALS.items()}
    used: set[str] = set()
    for path, method, operation in operations(document):
        _complete(path, method, operation)
        used.update(operation.get("tags", ()))
    document["tags"] = [{"name": name, "description": text} for name, text in words.TAGS.items() if name in used]
    document["tags"] += [
        {"name": name, "description": f"{name.capitalize()}."} for name in sorted(used - set(words.TAGS))
    ]
    _drop_unused_responses(document)
    used_in = [document["paths"], document["webhooks"], components["responses"]]
    drop_unused_schemas({"paths": used_in, "components": components})
    for part in (document["paths"], document["webhooks"], components):
        tidy(part)
    add_examples(document)
    add_code_samples(document)
    return document


def _server(public_url: str) -> dict[str, Any]:
    """Return the API's address. On the operator's own machine that is the one which the document was read from."""
    if public_url.startswith("https://"):
        return {"url": public_url, "description": "The platform in production", "x-internal": False}
    return {"url": "/", "description": "A local platform", "x-internal": False}


def _drop_unused_responses(document: Document) -> None:
    used = {
        response["$ref"].removeprefix(_COMMON)
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
        if "$ref" in response
    }
    responses = document["components"]["responses"]
    document["components"]["responses"] = {name: responses[name] for name in sorted(used)}


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    route = routing.find(path)
    public = route is not None and route.public
    scopes = sorted({scope for one in operation.get("security", ()) for scopes in one.values() for scope in scopes})
    operation["security"] = [] if public else [{_KEY: []}, {_TOKEN: scopes}]
    parameters = operation.setdefault("parameters", [])
    of_our_shape = path.startswith("/v1/")
    if method == "post" and of_our_shape and not any(p.get("name") == IDEMPOTENCY_KEY for p in parameters):
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    _complete_responses(operation, _statuses(path, method, operation, public=public))
    if not parameters:
        del operation["parameters"]


def _statuses(path: str, method: str, operation: dict[str, Any], *, public: bool) -> list[str]:
    """The refusals that an operation can meet beside its own."""
    route = routing.find(path)
    statuses = [*_ALWAYS, *(_BY_SERVICES if route is None or route.service != routing.OWN else ("503",))]
    if not public:
        statuses += ["401", "403"]
    if "{" in path or not public:  # what only the operator may ask is not there for others
        statuses.append("404")
    if method == "post" and path.startswith("/v1/"):
        statuses.append("409")
    if "requestBody" in operation:
        statuses += ["413", "415"]
    if "requestBody" in operation or operation.get("parameters"):
        statuses.append("422")
    return statuses


def _complete_responses(operation: dict[str, Any], statuses: list[str]) -> None:
    responses = operation["responses"]
    responses.pop("4XX", None)
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    for status in statuses:
        responses.setdefault(status, {"$ref": _COMMON + _REFUSALS[status][0]})
    for status, response in responses.items():
        if "$ref" not in response:
            limited = _LIMITED if status != "500" else {}
            response["headers"] = {**_EVERY_ANSWER, **limited, **response.get("headers", {})}
            if status == "429":
                response["headers"]["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    operation["responses"] = dict(sorted(responses.items()))


def _refusal(status: str) -> dict[str, Any]:
    _, title, code = _REFUSALS[status]
    example = problem_example(int(status), code, title)
    headers = dict(_EVERY_ANSWER if status == "500" else _EVERY_ANSWER | _LIMITED)
    if status in _COME_BACK:
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return {
        "description": title,
        "headers": headers,
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }


def _security_schemes(public_url: str) -> dict[str, Any]:
    scopes = {scope.value: words.SCOPES[scope.value.partition(":")[2]].format(noun=scope.noun) for scope in Scope}
    return {
        _KEY: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "mq_live_<id>_<secret><checksum>",
            "description": "An API key. It is shown once, can be rotated with an overlap, and is revoked at once.",
        },
        _TOKEN: {
            "type": "oauth2",
            "description": "A token for at most 15 minutes: a JWT (RFC9068), made and checked as RFC8725 asks.",
            "flows": {"clientCredentials": {"tokenUrl": f"{public_url}/oauth/token", "scopes": scopes}},
        },
    }


def _headers() -> dict[str, Any]:
    def header(description: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
        return {"description": description, "schema": schema, "example": example}

    text = {"type": "string", "maxLength": 255}
    return {
        _ORIGIN: header("No page of another origin may read the answers", text, "https://api.marque.example"),
        "X-Request-Id": header("Finds this request in our logs", text, "req_5f1d7c0e9a8b4c3d2e1f0a9b"),
        "RateLimit": header("What is left (draft-ietf-httpapi-ratelimit-headers)", text, '"client";r=399;t=1'),
        "RateLimit-Policy": header("The limit (draft-ietf-httpapi-ratelimit-headers)", text, '"client";q=400;w=2'),
        "Retry-After": header(
            "Seconds to wait", {"type": "integer", "format": "int32", "minimum": 1, "maximum": 86400}, 1
        ),
    }


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": False,
        "description": "Makes a request safe to repeat: same key and body, and the first response is answered again",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "9f1c7f0e-2c1b-4a55-8d4e-6a1f0c3b2a10",
    }
