"""The API's Flask app: authentication, errors, and response headers for browsers and caches."""

from __future__ import annotations

from flask import Response, request
from flask_openapi3.models.info import Info
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from cms.alerts.api import alerts
from cms.areas.api import areas as places
from cms.areas.api import rules as area_rules
from cms.boards.api import pictures as board_pictures
from cms.bulletins.api import actions as acts
from cms.bulletins.api import approvals, audio, bulletins, chimes, sharing
from cms.commands.api import commands as acting
from cms.commands.api import maintenance, self_test_hours
from cms.exchange.api import cap, central
from cms.feedback import api as feedback
from cms.firmware.api import firmware
from cms.fleet.api import filters as device_filters
from cms.fleet.api import lifecycle as identity
from cms.health.api import duties, faults, telemetry
from cms.inbox import api as inbox
from cms.live.api import live
from cms.platform.api import caller, problems, uploads
from cms.platform.api.caller import routes
from cms.platform.context import Context
from cms.relays.api import relays
from cms.reports import api as reports
from cms.schedule.api import after_air, calendar, calendar_feeds, date_sets, proof, rescheduling, slots
from cms.speech.api import phrases, pronunciations, voices
from cms.stations.api import shelf, stations
from cms.tickets import api as tickets

# Importing a module puts its routes on the blueprint.
ROUTES = (
    acting,
    maintenance,
    acts,
    after_air,
    alerts,
    approvals,
    area_rules,
    audio,
    board_pictures,
    bulletins,
    calendar,
    calendar_feeds,
    cap,
    central,
    chimes,
    date_sets,
    device_filters,
    duties,
    faults,
    feedback,
    firmware,
    relays,
    identity,
    inbox,
    live,
    phrases,
    places,
    proof,
    reports,
    rescheduling,
    self_test_hours,
    sharing,
    shelf,
    slots,
    stations,
    telemetry,
    tickets,
    uploads,
    voices,
    pronunciations,
)
_JSON_MAX_BYTES = 1024 * 1024
_BODIES = frozenset({"POST", "PUT", "PATCH"})
_OTHER_BODIES = frozenset(
    {
        "v1.attach_signature",
        "v1.upload_audio",
        "v1.upload_board_picture",
        "v1.upload_image",
        "v1.send_part",
        "v1.push_cap",
        "v1.speak_live",
        "v1.push_edxl",
        "v1.tell_as_run",
        None,
    }
)


def make_api(context: Context) -> OpenAPI:
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
    api.add_url_rule("/openapi.json", endpoint="openapi", view_func=lambda: problems.document(api))
    problems.install(api)
    api.before_request(caller.identify)
    api.before_request(_check_body)
    api.register_api(routes)
    api.register_api(cap.public)
    api.after_request(_finish)
    return api


def _check_body() -> None:
    """Refuse a body that is not JSON, with its own status: later steps read JSON leniently."""
    if request.method not in _BODIES or request.endpoint in _OTHER_BODIES or not request.content_length:
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
