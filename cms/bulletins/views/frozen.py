"""Freeze page: a bulletin about to air cannot be changed, unless a user with the right gives a reason."""

from http import HTTPStatus

from flask import render_template, request

from broadcast.bulletins.lifecycle import AIRING
from broadcast.bulletins.model import Bulletin
from cms.bulletins.service import freeze_before_air
from cms.bulletins.service.freeze_before_air import Freeze
from cms.platform.web import messages, request_context
from province.errors import FrozenError
from province.people import Action

REASON = "override"


def freeze_of(found: Bulletin) -> Freeze | None:
    """Return the freeze by an airing that is about to begin, so that the page shows it beforehand."""
    if found.status not in AIRING:
        return None
    context = request_context.context()
    return freeze_before_air.look(context.uow.reading(), found.id, context.now())


def may_override(found: Bulletin) -> bool:
    """Return whether the user may override the freeze with a reason."""
    return all(request_context.can(Action.FREEZE_OVERRIDE, area_id, messages.tree()) for area_id in found.targets.areas)


def page(error: FrozenError, found: Bulletin) -> tuple[str, int]:
    """Render the same form again, with a field for the reason if the user may override."""
    html = render_template(
        "bulletins/frozen.html",
        bulletin=found,
        error=error,
        may_override=may_override(found),
        act=request.form.get("act", ""),
    )
    return html, HTTPStatus.CONFLICT
