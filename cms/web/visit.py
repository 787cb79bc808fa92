"""The current request: the wired parts, who is visiting, and what they may see."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, after_this_request, current_app, g, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from cms.accounts import own
from cms.accounts.model import SignedIn
from cms.accounts.signing_in import Wanted, Welcome, standing
from cms.context import Context
from cms.web import known_browsers, security
from province.areas import Area, AreaId, AreaTree
from province.errors import NotAllowedError
from province.people import Action, Actor
from province.policy import may
from province.wall_clock import local_date

log = logging.getLogger(__name__)
_Place = TypeVar("_Place")
_KEY = re.compile(r"[0-9a-z]{20,40}")
SESSION_COOKIE = "loa_session"
EXTENSION = "loa"
# Nobody has to be known for these, and nobody is looked up.
UNSIGNED = frozenset({"web.content", "web.health", "web.metrics", "web.ready", "web.static"})
PUBLIC = frozenset({"web.sign_in", "web.sign_in_form", "web.sign_out", "web.set_language"}) | frozenset(
    # Whoever has given a password only is nobody yet; these pages find out themselves.
    {"web.second_factor_form", "web.give_code", "web.enrol_form", "web.enrol", "web.first_password_form"}
    | {"web.set_first_password", "web.carry_on", "web.session_state"}
)

pages = Blueprint("web", __name__, static_folder="static", static_url_path="/assets", template_folder="templates")


class Versioned(Protocol):
    """What is changed only by whoever saw its present version."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> int: ...


def context() -> Context:
    return cast("Context", current_app.extensions[EXTENSION])


def actor() -> Actor:
    """Whoever is signed in; only called where ``require_sign_in`` has let the request through."""
    return cast("Actor", g.actor)


def visitor() -> Actor | None:
    return cast("Actor | None", g.get("actor"))


def can(action: Action, area_id: AreaId | None, tree: AreaTree) -> bool:
    return may(actor(), action, area_id, tree)


def can_anywhere(action: Action) -> bool:
    return may(actor(), action, None, _NO_AREAS)


def key_of(text: str) -> str:
    """What a form says its new thing will be called: sent twice it is made once. A new id where that is none."""
    return text if _KEY.fullmatch(text) else context().new_id()


def today() -> date:
    """The date it is in the province."""
    return local_date(context().now())


def areas_where(action: Action, tree: AreaTree) -> list[Area]:
    """Those in force in which the visitor may do it."""
    on = today()
    return [area for area in tree if area.is_in_force(on) and can(action, area.id, tree)]


def require(action: Action, areas: tuple[AreaId, ...], tree: AreaTree) -> None:
    """Raises NotAllowedError."""
    context().authority.require(actor(), action, areas, tree)


def first(places: Sequence[_Place], action: Action) -> _Place:
    """The place that a screen opens with.

    Raises:
        NotAllowedError: there is none, as every area of whoever looks is closed.
    """
    if not places:
        raise NotAllowedError(action, "ALL_CLOSED")
    return places[0]


def seen_version(found: Versioned) -> int:
    """The version the page showed; a form without one speaks of the present."""
    return typed_version(request.form.get("version", ""), found)


def typed_version(text: str, found: Versioned) -> int:
    return int(text) if text.isdecimal() else found.version


def step(act: Callable[..., object], found: Versioned, **more: object) -> None:
    """Have the visitor do this to what they saw. Raises what ``act`` raises."""
    wired = {"actor": actor(), "authority": context().authority, "now": context().now(), **more}
    act(context().uow(), found.id, expected_version=seen_version(found), **wired)


def local_path(target: str) -> str:
    """``target`` where it is a path of this site, else the start page: no redirect leads elsewhere."""
    parts = urlsplit(target)
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if is_local else "/"


def with_session(response: Response, welcome: Welcome) -> Response:
    """The answer, and with it the secret of the session for the browser to keep as long as it is good."""
    _set_session_cookie(response, welcome.secret, welcome.expires_at)
    if welcome.wanted is Wanted.NOTHING:
        known_browsers.remember(response, welcome.login, context().new_id())
    return response


def _set_session_cookie(response: Response, secret: str, expires_at: datetime) -> None:
    response.set_cookie(
        session_cookie(),
        secret,
        # Not a date: the browser's clock may be wrong.
        max_age=round((expires_at - context().now()).total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path="/",
    )


def session_cookie() -> str:
    """The name of the session's cookie; by https a browser takes it from this very host alone."""
    return security.host_cookie(SESSION_COOKIE)


def session_secret() -> str:
    """The secret that the browser holds of its session; empty where it holds none."""
    return request.cookies.get(session_cookie(), "")


def source() -> str:
    """The address the request came from, for the log."""
    return (request.remote_addr or "")[:64]


def agent() -> str:
    """What the browser calls itself."""
    return request.headers.get("User-Agent", "")[:200]


def is_fragment() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


@pages.before_request
def require_sign_in() -> Response | None:
    if request.endpoint in UNSIGNED:
        return None
    identify()
    if visitor() is not None or request.endpoint in PUBLIC:
        return None
    if is_fragment():
        return Response(status=401)
    if request.method != "GET":
        raise Unauthorized
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("web.sign_in_form", next=wanted if wanted != "/" else None))


def identify() -> None:
    """Look up the person whose session this is; it goes on for being used."""
    secret = session_secret()
    if not secret:
        return
    with context().uow.reading() as uow:
        found = standing(uow, secret, context().now())
    if found is not None and found.wanted is Wanted.NOTHING:
        g.actor = replace(found.user.actor, second_factor_at=found.session.second_factor_at)
        _slide(found.session, secret)


def _slide(session: SignedIn, secret: str) -> None:
    """A session that is used goes on, and the browser keeps its cookie as long."""
    settings = context().settings
    idle, longest = timedelta(hours=settings.session_hours), timedelta(hours=settings.session_hours_max)
    try:
        until_at = own.seen(context().uow, session, context().now(), idle=idle, longest=longest)
    except SQLAlchemyError:  # looking at a page must not fail for it
        log.warning("session.not_touched", exc_info=True)
        return
    if until_at != session.expires_at:

        @after_this_request
        def renewed(response: Response) -> Response:
            if f"{session_cookie()}=" not in str(response.headers.getlist("Set-Cookie")):
                _set_session_cookie(response, secret, until_at)
            return response


_NO_AREAS = AreaTree(())
