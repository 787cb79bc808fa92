"""Request context: the wired services, the signed-in user, and the areas the user may see."""

import logging
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from cms.platform.context import Context, Versioned
from cms.platform.store.engine import reading
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import security
from province.areas import Area, AreaId, AreaTree
from province.call import Call
from province.errors import NotAllowedError
from province.people import Action, Actor
from province.policy import may
from province.wall_clock import local_date

log = logging.getLogger(__name__)
_Place = TypeVar("_Place")
_Changed = TypeVar("_Changed")
_KEY = re.compile(r"[0-9a-z]{20,40}")
SESSION_COOKIE = "loa_session"
EXTENSION = "loa"
IDENTIFY = "loa-identify"
_STATIC_FILES = "web.static"
_SESSIONLESS: set[Callable[..., object]] = set()
_BEFORE_SIGN_IN: set[Callable[..., object]] = set()
_Screen = TypeVar("_Screen", bound=Callable[..., object])

pages = Blueprint("web", __name__, static_folder="static", static_url_path="/assets", template_folder="templates")


def add_template_globals(**values: object) -> None:
    """Give every template these names; a feature calls it where its screens are imported."""
    pages.record(lambda state: state.app.jinja_env.globals.update(values))


def sessionless(screen: _Screen) -> _Screen:
    """Mark a screen that needs no session; none is looked up."""
    _SESSIONLESS.add(screen)
    return screen


def before_sign_in(screen: _Screen) -> _Screen:
    """Mark a screen for people who are not signed in, or with the password only; it looks for that itself."""
    _BEFORE_SIGN_IN.add(screen)
    return screen


def is_sessionless(endpoint: str) -> bool:
    """Return whether the endpoint needs no session; so do the static files."""
    return endpoint == _STATIC_FILES or current_app.view_functions.get(endpoint) in _SESSIONLESS


def is_before_sign_in(endpoint: str) -> bool:
    """Return whether the endpoint is open to people who are not signed in."""
    return current_app.view_functions.get(endpoint) in _BEFORE_SIGN_IN


def context() -> Context:
    return cast("Context", current_app.extensions[EXTENSION])


def call() -> Call:
    """Return the request as a call of the signed-in user; only after ``require_sign_in``."""
    return cast("Call", g.call)


def new_unit() -> UnitOfWork:
    """Return a unit of work, for one call of a service."""
    return context().uow()


def session() -> AbstractContextManager[Session]:
    """Open a session that reads without a lock."""
    return reading(context().engine)


def actor() -> Actor:
    """Return the signed-in user; only after ``require_sign_in``."""
    return call().actor


def visitor() -> Actor | None:
    """Return the signed-in user; None for anybody else."""
    return call().actor if "call" in g else None


def sign_in_as(user: Actor) -> None:
    """Make the rest of the request a call of this user."""
    g.call = context().call(user)


def can(action: Action, area_id: AreaId | None, tree: AreaTree) -> bool:
    return may(actor(), action, area_id, tree)


def can_anywhere(action: Action) -> bool:
    return may(actor(), action, None, _NO_AREAS)


def can_everywhere(action: Action, areas: Collection[AreaId], tree: AreaTree) -> bool:
    """Return whether the user holds the right in each of the areas; anywhere, if none is named."""
    return all(can(action, area_id, tree) for area_id in areas) if areas else can_anywhere(action)


def key_of(text: str) -> str:
    """Return the id that the form gives its new object, so that a form sent twice makes one; else a new id."""
    return text if _KEY.fullmatch(text) else context().new_id()


def today() -> date:
    """Return the current date in the province."""
    return local_date(context().now())


def areas_where(action: Action, tree: AreaTree) -> list[Area]:
    """Return the areas in force where the user holds the right."""
    on = today()
    return [area for area in tree if area.is_in_force(on) and can(action, area.id, tree)]


def require(action: Action, areas: tuple[AreaId, ...], tree: AreaTree) -> None:
    """Require the right in these areas. Raises NotAllowedError."""
    call().require(action, areas, tree)


def first(places: Sequence[_Place], action: Action) -> _Place:
    """Return the place with which a screen opens.

    Raises:
        NotAllowedError: there is none, as every area of the user is closed.
    """
    if not places:
        raise NotAllowedError(action, "ALL_CLOSED")
    return places[0]


def seen_version(found: Versioned) -> int:
    """Return the version that the page showed; of a form without one, the present version."""
    return typed_version(request.form.get("version", ""), found)


def typed_version(text: str, found: Versioned) -> int:
    return int(text) if text.isdecimal() else found.version


def step(act: Callable[..., _Changed], found: Versioned, **more: object) -> _Changed:
    """Call ``act`` as the user on the version they saw. Raises what ``act`` raises."""
    return act(context().uow(), found.id, expected_version=seen_version(found), call=call(), **more)


def local_path(target: str) -> str:
    """Return ``target`` if it is a path of this site, else the start page, so that no redirect leads elsewhere."""
    parts = urlsplit(target)
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if is_local else "/"


def session_cookie() -> str:
    """Return the name of the session's cookie; over https, only this very host can set it."""
    return security.host_cookie(SESSION_COOKIE)


def session_secret() -> str:
    """Return the secret in the browser's session cookie; empty if it has none."""
    return request.cookies.get(session_cookie(), "")


def source() -> str:
    """Return the client address of the request, for the log."""
    return (request.remote_addr or "")[:64]


def agent() -> str:
    """Return the User-Agent header."""
    return request.headers.get("User-Agent", "")[:200]


def is_fragment() -> bool:
    """Return whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


@pages.before_request
def require_sign_in() -> Response | None:
    endpoint = request.endpoint or ""
    if is_sessionless(endpoint):
        return None
    identify()
    if visitor() is not None or is_before_sign_in(endpoint):
        return None
    if is_fragment():
        return Response(status=401)
    if request.method != "GET":
        raise Unauthorized
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("web.sign_in_form", next=wanted if wanted != "/" else None))


def identify() -> None:
    """Look up the user of the session, as the feature of accounts does."""
    cast("Callable[[], object]", current_app.extensions[IDENTIFY])()


_NO_AREAS = AreaTree(())
