"""Authentication of the caller: a bearer token, looked up at every request; and the caller's areas."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol, TypeVar, cast

from flask import current_app, g, request
from werkzeug.exceptions import Unauthorized

from cms.areas.repository import Places
from cms.platform import refusal_log
from cms.platform.api.documented_routes import DocumentedRoutes
from cms.platform.context import Context
from cms.platform.store.uow import UnitOfWork, UowFactory
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import NotFoundError
from province.people import Action, Actor
from province.policy import may, visible_areas

EXTENSION = "loa"
FIND_CALLER = "loa-find-caller"
FindCaller = Callable[[UowFactory, str, datetime], Actor | None]
DOCUMENT = "openapi"
_OWN_SECRET: set[str] = set()
_OTHER_BODIES: set[str] = set()
_View = TypeVar("_View", bound=Callable[..., object])


class _InArea(Protocol):
    @property
    def area_id(self) -> AreaId: ...


Found = TypeVar("Found", bound=_InArea)

routes = DocumentedRoutes("v1", __name__, [{"bearer": []}])
public_routes = DocumentedRoutes("public", __name__)
"""Routes without a token: warnings, calendars and feeds that other programs subscribe to."""


def own_secret(view: _View) -> _View:
    """Mark an endpoint with a secret that belongs to a system, not to a person."""
    _OWN_SECRET.add(f"{routes.name}.{view.__name__}")
    return view


def other_body(view: _View) -> _View:
    """Mark an endpoint whose request's body is not JSON."""
    _OTHER_BODIES.update(f"{each.name}.{view.__name__}" for each in (routes, public_routes))
    return view


def takes_json(endpoint: str | None) -> bool:
    """Return whether a body of this endpoint has to be JSON; an unknown address is refused later."""
    return endpoint is not None and endpoint not in _OTHER_BODIES


def needs_token(endpoint: str | None) -> bool:
    """Return whether the endpoint, or an unknown address, needs a person's token."""
    return endpoint is None or not (
        endpoint == DOCUMENT or endpoint in _OWN_SECRET or endpoint.startswith(f"{public_routes.name}.")
    )


def context() -> Context:
    return cast("Context", current_app.extensions[EXTENSION])


def call() -> Call:
    """Return the request as a call of the token's holder."""
    return cast("Call", g.call)


def actor() -> Actor:
    return call().actor


def identify() -> None:
    """Authenticate the request by its token; only public and own-secret endpoints need none.

    Raises Unauthorized, for an unknown address too.
    """
    if not needs_token(request.endpoint):
        return
    secret, found = bearer_secret(), None
    if secret:
        found = cast("FindCaller", current_app.extensions[FIND_CALLER])(context().uow, secret, context().now())
    if found is None:
        if secret:
            refusal_log.note_wrong_token(context().refusals, context().uow, request.remote_addr or "")
        raise Unauthorized("send Authorization: Bearer with a token of yours")
    g.call = context().call(found)


def bearer_secret() -> str:
    """Return the bearer secret of the request; empty if there is none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


@contextmanager
def reading(action: Action, *areas: AreaId) -> Iterator[tuple[UnitOfWork, AreaTree]]:
    """Open a unit that reads, and its tree, for a caller with the right to ``action`` in these areas.

    Without areas the right anywhere is enough. Raises NotAllowedError.
    """
    with context().uow.reading() as uow:
        tree = uow[Places].tree()
        require(action, areas, tree)
        yield uow, tree


def require_anywhere(action: Action) -> None:
    """Require the caller's right to an action in at least one area. Raises NotAllowedError."""
    with context().uow.reading() as uow:
        require(action, (), uow[Places].tree())


def require(action: Action, areas: tuple[AreaId, ...], tree: AreaTree) -> None:
    """Require the caller's right to an action in these areas. Raises NotAllowedError."""
    call().require(action, areas, tree)


def seen(found: Found, action: Action, tree: AreaTree, kind: str, subject_id: str) -> Found:
    """Return a subject of an area where the caller has the right to ``action``. Raises NotFoundError in other areas."""
    if not may(actor(), action, found.area_id, tree):
        raise NotFoundError(kind, subject_id)
    return found


def require_recorder(tree: AreaTree) -> None:
    """Require the right to send a recording: to write a bulletin or draft an alert anywhere. Raises NotAllowedError."""
    if not may(actor(), Action.ALERT_RAISE, None, tree):
        require(Action.BULLETIN_WRITE, (), tree)


def areas_where(action: Action, tree: AreaTree) -> list[AreaId]:
    return [area.id for area in tree if may(actor(), action, area.id, tree)]


def device_areas(tree: AreaTree, area: str) -> list[AreaId]:
    """List the areas in which the caller may see devices; with ``area`` only that one and those below it.

    Raises:
        NotAllowedError: the caller may see none.
        UnknownAreaError: there is no such area.
    """
    require(Action.DEVICE_READ, (), tree)
    mine = areas_where(Action.DEVICE_READ, tree)
    if not area:
        return mine
    tree.get(AreaId(area))
    return [each for each in mine if tree.is_within(each, AreaId(area))]


def readable_areas(tree: AreaTree) -> frozenset[AreaId]:
    """Return the areas whose bulletins the caller may read. Raises NotAllowedError if there are none."""
    require(Action.BULLETIN_READ, (), tree)
    return visible_areas(actor(), Action.BULLETIN_READ, tree)
