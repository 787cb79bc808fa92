"""Application set-up: registers the console on a Flask app."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from flask import Flask, Request, Response, request, url_for
from flask_babel import get_locale
from jinja2 import FileSystemLoader, Undefined, make_logging_undefined
from jinja2.utils import missing
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from cms.platform.clean_text import clean
from cms.platform.context import Context
from cms.platform.feature import Feature, MenuEntry, MenuTab
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
from cms.platform.web.languages import _
from cms.platform.web.request_context import EXTENSION, IDENTIFY, can_anywhere, pages, visitor
from cms.translations import DEFAULT
from province.people import Action

log = logging.getLogger(__name__)
_STATIC = Path(__file__).parent / "static"
_YEAR_S = 365 * 86_400


class Menu:
    """Menu of the given features."""

    def __init__(self, features: Sequence[Feature]) -> None:
        placed = sorted(
            ((entry, feature) for feature in features for entry in feature.menu), key=lambda each: each[0].position
        )
        self.entries: Final = tuple(entry for entry, _feature in placed)
        self.tabs: Final[Sequence[MenuTab]] = sorted(
            (tab for feature in features for tab in feature.tabs), key=lambda tab: tab.position
        )
        self._labels: dict[str, Callable[[], str]] = {
            entry.endpoint: feature.resolve(entry.label_function) for entry, feature in placed if entry.label_function
        }
        self.places: Final[Mapping[str, str]] = {
            f"{feature.package}.{module}": screens.of
            for feature in features
            for screens in feature.screens
            for module in screens.modules
        }
        self.own: Final = {entry.endpoint for entry in self.entries} | {tab.endpoint for tab in self.tabs}

    def place_of(self, endpoint: str, module: str) -> str:
        """Return the endpoint of the entry or tab of a screen: itself, or the one of its module; empty if none."""
        return endpoint if endpoint in self.own else self.places.get(module, "")

    def entry_of(self, place: str) -> str:
        """Return the menu entry of a place: that of the tab, or the place itself."""
        return next((tab.entry for tab in self.tabs if tab.endpoint == place), place)

    def shown_entries(self) -> list[tuple[str, str]]:
        """Return endpoint and label of the entries that the user may open."""
        return [(entry.endpoint, self._label(entry)) for entry in self.entries if can_anywhere(entry.action)]

    def shown_tabs(self, place: str) -> list[tuple[str, str]]:
        """Return endpoint and label of the tabs beside ``place`` that the user may open; none if it is no tab."""
        entry = next((tab.entry for tab in self.tabs if tab.endpoint == place), None)
        beside = [tab for tab in self.tabs if tab.entry == entry and can_anywhere(tab.action)]
        return [(tab.endpoint, _(tab.label)) for tab in beside]

    def label_of(self, endpoint: str) -> str:
        """Return the label of a menu entry; empty if there is none."""
        return next((_(entry.label) for entry in self.entries if entry.endpoint == endpoint), "")

    def _label(self, entry: MenuEntry) -> str:
        function = self._labels.get(entry.endpoint)
        return _(entry.label) if function is None else function()


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
    app.jinja_loader = FileSystemLoader([feature.templates for feature in features])
    # A screen of an alert with a blank is better than none.
    judge_names(app, make_logging_undefined(log))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, wording=wording, word=wording.word)
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
    app.context_processor(_frame_of(app, Menu(features)))
    app.after_request(_keep_assets)


def judge_names(app: Flask, kind: type[Undefined]) -> None:
    """Let ``kind`` stand for a name in a template that no view gave; a missing key of a value stays blank."""

    def stand_in(hint: str | None = None, obj: object = missing, *args: Any, **more: Any) -> Undefined:
        return (kind if obj is missing else Undefined)(hint, obj, *args, **more)

    app.jinja_env.undefined = stand_in  # type: ignore[assignment] # called, never derived from


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
