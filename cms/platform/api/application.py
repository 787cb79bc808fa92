"""The API's Flask app: authentication, errors, and response headers for browsers and caches."""

from collections.abc import Sequence

from flask import Response, request
from flask_openapi3.models.info import Info
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from cms.platform.api import caller, problems
from cms.platform.api.caller import public_routes, routes
from cms.platform.context import Context
from cms.platform.feature import Feature

_JSON_MAX_BYTES = 1024 * 1024
_BODIES = frozenset({"POST", "PUT", "PATCH"})


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
    api.add_url_rule("/openapi.json", endpoint=caller.DOCUMENT, view_func=lambda: _document(api))
    problems.install(api)
    api.before_request(caller.identify)
    api.before_request(_check_body)
    api.register_api(routes)
    api.register_api(public_routes)
    api.after_request(_finish)
    return api


def _document(api: OpenAPI) -> Response:
    for each in (routes, public_routes):
        each.describe(api)
    return problems.document(api)


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
