"""Who calls: a bearer token, looked up at every request."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from werkzeug.exceptions import Unauthorized

from cms.accounts.signing_in import whose_token
from cms.context import Context
from cms.store import refused_log
from province.areas import AreaId, AreaTree
from province.people import Action, Actor
from province.policy import may, visible_areas

EXTENSION = "loa"
_FEEDS = frozenset({"public.calendar_feed", "public.station_feed", "public.station_feed_audio"})
PUBLIC = frozenset({"openapi", "public.cap_feed", "public.cap_document", "public.cap_signer"}) | _FEEDS
OWN_SECRET = frozenset({"v1.push_cap", "v1.push_edxl"})
"""Asks for a secret that is no person's."""

routes = APIBlueprint("v1", __name__, abp_security=[{"bearer": []}])


def context() -> Context:
    return cast("Context", current_app.extensions[EXTENSION])


def actor() -> Actor:
    return cast("Actor", g.actor)


def identify() -> None:
    """Everything but the API's own description asks for a token; an unknown address as well."""
    if request.endpoint in PUBLIC | OWN_SECRET:
        return
    secret, found = bearer_secret(), None
    if secret:
        with context().uow.reading() as uow:
            found = whose_token(uow, secret, context().now())
    if found is None:
        if secret:
            refused_log.note_wrong_token(context().refusals, context().uow, request.remote_addr or "")
        raise Unauthorized("send Authorization: Bearer with a token of yours")
    g.actor = found


def bearer_secret() -> str:
    """Empty where there is none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def require(action: Action, areas: tuple[AreaId, ...], tree: AreaTree) -> None:
    """Raises NotAllowedError."""
    context().authority.require(actor(), action, areas, tree)


def require_recorder(tree: AreaTree) -> None:
    """Whoever may write a bulletin or draft an alert anywhere may send a recording. Raises NotAllowedError."""
    if not may(actor(), Action.ALERT_RAISE, None, tree):
        require(Action.BULLETIN_WRITE, (), tree)


def areas_where(action: Action, tree: AreaTree) -> list[AreaId]:
    return [area.id for area in tree if may(actor(), action, area.id, tree)]


def device_areas(tree: AreaTree, area: str) -> list[AreaId]:
    """Where the caller may see devices; with ``area`` only there and below it.

    Raises:
        NotAllowedError: nowhere.
        UnknownAreaError: there is no such area.
    """
    require(Action.DEVICE_READ, (), tree)
    mine = areas_where(Action.DEVICE_READ, tree)
    if not area:
        return mine
    tree.get(AreaId(area))
    return [each for each in mine if tree.is_within(each, AreaId(area))]


def readable_areas(tree: AreaTree) -> frozenset[AreaId]:
    """Where the caller may see what officials wrote. Raises NotAllowedError where that is nowhere."""
    require(Action.BULLETIN_READ, (), tree)
    return visible_areas(actor(), Action.BULLETIN_READ, tree)
