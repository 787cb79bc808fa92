"""The API's Flask app: authentication, errors, and response headers for browsers and caches."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response, jsonify, request
from flask_openapi3.models.info import Info
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from cms.platform.api import caller, problems
from cms.platform.api.caller import public_routes, routes
from cms.platform.api.examples import add_examples
from cms.platform.context import Context
from cms.platform.feature import Feature
from province.errors import Problem, refuse

_JSON_MAX_BYTES = 1024 * 1024
_BODIES = frozenset({"POST", "PUT", "PATCH"})
_ARGUMENT: Final = re.compile(r"<(?:[a-z]+:)?([a-z0-9_]+)>")
DESCRIBED: Final = "loa-openapi"
_ONCE: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "Sent again with the same key within a day, the request gets the first answer and does nothing.",
    "schema": {"type": "string", "maxLength": 200},
}
_OF_VERSION: Final = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "description": "ETag of the version that is to be changed: 412 if there is another by now, 428 where it is needed.",
    "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
}
_HEADERS: Final = {"post": (_ONCE, _OF_VERSION)} | dict.fromkeys(("put", "patch", "delete"), (_OF_VERSION,))


def make_api(context: Context, features: Sequence[Feature]) -> OpenAPI:
    for feature in features:
        feature.load_api()
    api = OpenAPI(
        __name__,
        info=Info(
            title="Loa",
            version="1",
            description="Bulletins from draft to proof, and alerts. Errors are RFC 9457; changes are guarded by ETags; "
            "POST takes an Idempotency-Key.",
        ),
        servers=[Server(url="/api/v1")],
        security_schemes={"bearer": {"type": "http", "scheme": "bearer"}},
        doc_ui=False,
        validation_error_callback=_invalid,
        static_folder=None,
    )
    api.config.update(MAX_CONTENT_LENGTH=_JSON_MAX_BYTES)
    api.json.ensure_ascii = False  # type: ignore[attr-defined]
    api.extensions[caller.EXTENSION] = context
    api.extensions[caller.FIND_CALLER] = next(each.resolve(each.find_caller) for each in features if each.find_caller)
    api.add_url_rule("/openapi.json", endpoint=caller.DOCUMENT, view_func=lambda: jsonify(document_of(api)))
    problems.install(api)
    api.before_request(caller.identify)
    api.before_request(_check_query)
    api.before_request(_check_body)
    api.register_api(routes)
    api.register_api(public_routes)
    api.after_request(_finish)
    return api


def document_of(api: OpenAPI) -> Mapping[str, Any]:
    """Return the OpenAPI document with an example of each call, made once for a process."""
    known: dict[str, Any] | None = api.extensions.get(DESCRIBED)
    if known is None:
        for each in (routes, public_routes):
            each.describe(api)
        known = problems.describe(api)
        _tag(api, known)
        _name_headers(known)
        add_examples(known)
        api.extensions[DESCRIBED] = known
    return known


def _tag(api: OpenAPI, document: dict[str, Any]) -> None:
    """Name the feature of each operation: calls of one feature belong together."""
    features: dict[tuple[str, str], str] = {}
    for rule in api.url_map.iter_rules():
        view = api.view_functions[rule.endpoint]
        path = _ARGUMENT.sub(r"{\1}", rule.rule)
        features |= {(path, method.lower()): view.__module__.split(".")[1] for method in rule.methods or ()}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            operation["tags"] = [features[path, method]]
    names = {each["tags"][0] for operations in document["paths"].values() for each in operations.values()}
    document["tags"] = [{"name": each} for each in sorted(names)]


def _name_headers(document: dict[str, Any]) -> None:
    """Name the headers that guard against a change sent twice, or made of an old version."""
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if operation.get("security"):
                operation.setdefault("parameters", []).extend(_HEADERS.get(method, ()))


def _check_query() -> None:
    """Refuse a parameter that the call does not have: misspelt, it would be ignored. Feeds are open to any program."""
    known = routes.queries.get(request.endpoint or "")
    if known is not None:
        refuse([Problem(each, "UNKNOWN_PARAMETER") for each in sorted(set(request.args) - known)])


def _check_body() -> None:
    """Refuse a body that is not JSON, with its own status: later steps read JSON leniently."""
    if request.method not in _BODIES or not caller.takes_json(request.endpoint) or not request.content_length:
        return
    if not request.is_json:
        raise UnsupportedMediaType("send application/json")
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested deeper than the parser goes
        body = None
    if body is None:
        raise BadRequest("the body is not JSON")


def _invalid(error: ValidationError) -> Response:
    found = [
        {
            "field": ".".join(str(part) for part in fault["loc"]),
            "code": fault["type"].upper(),
            "detail": {"message": fault["msg"]},
        }
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return problems.answer("INVALID", problems=found)


def _finish(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-cache" if request.method == "GET" else "no-store")
    response.headers.add("Vary", "Authorization")
    if request.method in {"GET", "HEAD"} and response.status_code == 200:  # noqa: PLR2004
        if "ETag" not in response.headers:
            response.add_etag()
        response.make_conditional(request)
    return response
