"""Application set-up: registers the console on a Flask app."""

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, request, url_for
from flask_babel import get_locale
from jinja2 import FileSystemLoader

from cms.platform.context import Context
from cms.platform.feature import Feature
from cms.platform.web import (
    formats,
    languages,
    messages,
    refusals,
    security,
    server_state,
    sound_refusals,
    unsaved,
    wording,
)
from cms.platform.web.clean_request import CleanRequest
from cms.platform.web.menu import Menu
from cms.platform.web.request_context import EXTENSION, IDENTIFY, pages, visitor
from cms.translations import DEFAULT

_STATIC = Path(__file__).parent / "static"
_YEAR_S = 365 * 86_400


def install(app: Flask, context: Context, features: Sequence[Feature]) -> None:
    for feature in features:
        feature.load_screens()
    settings = context.settings
    app.request_class = CleanRequest
    app.extensions[EXTENSION] = context
    app.extensions[IDENTIFY] = next(each.resolve(each.identify) for each in features if each.identify)
    security.install(
        app,
        security.web_secret(settings.keys_dir),
        upload_max_bytes=settings.upload_max_mb * 1024 * 1024,
        session_hours=settings.session_hours,
    )
    languages.install(app)
    formats.install(app)
    messages.install(features)
    refusals.install(app, features)
    unsaved.install(app)
    server_state.install(app)
    app.jinja_loader = FileSystemLoader([feature.templates for feature in features])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, wording=wording, word=wording.word)
    app.jinja_env.globals.update(
        upload_limits=(settings.upload_max_mb, settings.upload_max_minutes),
        sound_remark=lambda remark: sound_refusals.REMARKS[remark](),
    )
    app.register_blueprint(pages)
    for feature in features:
        if feature.public_pages:
            # Public pages have no session, so there are no rights to abuse; their form carries a ticket of its own.
            public = feature.resolve(feature.public_pages)
            security.csrf.exempt(public)
            app.register_blueprint(public)
    app.context_processor(_frame_of(app, Menu(features)))
    app.after_request(_keep_assets)


def asset(name: str) -> str:
    """Return the URL of a static file, with its hash, so that browsers may cache it permanently."""
    return url_for("web.static", filename=name, v=_mark(name))


@cache
def _mark(name: str) -> str:
    return sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def _keep_assets(response: Response) -> Response:
    if request.endpoint == "web.static" and "v" in request.args and response.status_code == 200:  # noqa: PLR2004
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response


def _frame_of(app: Flask, menu: Menu) -> Callable[[], dict[str, object]]:
    """Return the function that gives the variables of the frame around every page."""

    def frame() -> dict[str, object]:
        locale = get_locale()
        endpoint, person = request.endpoint or "", visitor()
        place = menu.place_of(endpoint, getattr(app.view_functions.get(endpoint), "__module__", ""))
        entry = menu.entry_of(place)
        return {
            "actor": person,
            "language": str(locale) if locale else DEFAULT,
            "menu": menu.shown_entries() if person else [],
            "here": entry,
            "menu_tab": place,
            "menu_tabs": menu.shown_tabs(place) if person else (),
            "menu_tabs_label": menu.label_of(entry),
        }

    return frame
