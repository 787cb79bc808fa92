"""Application set-up: registers the console on a Flask app."""

import logging
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, request, url_for
from flask_babel import get_locale
from jinja2 import FileSystemLoader, Undefined, make_logging_undefined
from jinja2.utils import missing
from markupsafe import Markup
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.local import LocalProxy
from werkzeug.utils import cached_property

from cms.platform.clean_text import clean
from cms.platform.context import Context
from cms.platform.feature import Feature
from cms.platform.web import (
    components,  # noqa: F401 - has a screen
    emblem,
    error_summary,
    formats,
    languages,
    messages,
    refusals,
    search,
    security,
    server_state,
    sound_refusals,
    unsaved,
    wording,
)
from cms.platform.web.menu import Menu, ShownEntry
from cms.platform.web.request_context import EXTENSION, IDENTIFY, can_anywhere, pages, visitor
from cms.translations import DEFAULT
from province.people import Action

log = logging.getLogger(__name__)
_STATIC = Path(__file__).parent / "static"
_YEAR_S = 365 * 86_400
_WORKER = "technician_worker.js"


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
        has_hsts=not settings.has_own_certificate,
    )
    languages.install(app)
    formats.install(app)
    messages.install(features)
    refusals.install(app, features)
    unsaved.install(app)
    server_state.install(app)
    menu = Menu(features)
    search.install(app, menu, features)
    error_summary.install(app)
    emblem.install(app, settings)
    app.jinja_loader = FileSystemLoader([feature.templates for feature in features])
    # A screen of an alert with a blank is better than none.
    judge_names(app, make_logging_undefined(log))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, icon=icon, wording=wording, word=wording.word)
    app.jinja_env.globals.update(
        area_name=messages.area_name,
        area_names=messages.area_names,
        wire_reason=messages.wire_reason,
        can=messages.can,
        can_anywhere=can_anywhere,
        Action=Action,
    )
    app.jinja_env.globals.update(
        upload_limits=(settings.upload_max_mb, settings.upload_max_minutes),
        sound_remark=sound_refusals.REMARKS.__getitem__,
    )
    app.register_blueprint(pages)
    for feature in features:
        words = {name: feature.resolve(module) for name, module in feature.template_words}
        app.jinja_env.globals.update(words)
        if feature.public_pages:
            # Public pages have no session, so there are no rights to abuse; their form carries a ticket of its own.
            public = feature.resolve(feature.public_pages)
            security.csrf.exempt(public)
            app.register_blueprint(public)
    app.context_processor(_frame_of(app, menu))
    app.after_request(_keep_assets)


def judge_names(app: Flask, kind: type[Undefined]) -> None:
    """Let ``kind`` stand for a name in a template that no view gave; a missing key of a value stays blank."""

    def stand_in(hint: str | None = None, obj: object = missing, *args: Any, **more: Any) -> Undefined:
        return (kind if obj is missing else Undefined)(hint, obj, *args, **more)

    app.jinja_env.undefined = stand_in  # type: ignore[assignment] # called, never derived from


def asset(name: str) -> str:
    """Return the URL of a static file, with its hash, so that browsers may cache it permanently."""
    return _address(request.script_root, name)


def icon(name: str) -> Markup:
    """Return an icon of the sprite, which says nothing to a screen reader: a word stands beside it."""
    return _drawn(request.script_root, name)


@lru_cache(maxsize=1024)
def _address(root: str, name: str) -> str:
    """Build the URL once for each root of URLs, with which ``url_for`` begins it: a page names forty files."""
    del root
    mark = sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("web.static", filename=name, v=mark)


@lru_cache(maxsize=1024)
def _drawn(root: str, name: str) -> Markup:
    address = _address(root, "icons.svg")
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(address, name)


def _keep_assets(response: Response) -> Response:
    if request.endpoint == "web.static" and "v" in request.args and response.status_code == 200:  # noqa: PLR2004
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    if request.endpoint == "web.static" and (request.view_args or {}).get("filename") == _WORKER:
        # It keeps the technician's pages, which lie beside the folder of the files.
        response.headers["Service-Worker-Allowed"] = "/"
    return response


def _frame_of(app: Flask, menu: Menu) -> Callable[[], dict[str, object]]:
    """Return the function that gives the variables of the frame around every page."""

    def frame() -> dict[str, object]:
        locale = get_locale()
        endpoint, person = request.endpoint or "", visitor()
        place = menu.place_of(endpoint, getattr(app.view_functions.get(endpoint), "__module__", ""))
        entry = menu.entry_of(place)

        @cache
        def entries() -> list[ShownEntry]:
            return menu.shown_entries(entry) if person else []

        return {
            "actor": person,
            "language": str(locale) if locale else DEFAULT,
            # Their counts are read for a template that shows them: open pages ask for small parts all the time.
            "menu": LocalProxy(entries),
            "here": entry,
            "menu_tab": place,
            "menu_tabs": menu.shown_tabs(place) if person else (),
            "menu_tabs_label": menu.label_of(entry),
        }

    return frame


class CleanRequest(Request):
    """A request without control characters in ``args`` and ``form``; files and raw bodies are unchanged."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        return _cleaned(super().args)

    def _load_form_data(self) -> None:
        if "form" not in self.__dict__:
            super()._load_form_data()
            self.__dict__["form"] = _cleaned(self.__dict__["form"])


def _cleaned(values: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict([(name, clean(value)) for name, value in values.items(multi=True)])
