"""What is about to air stands: the page that says so, and lets those entitled go on with a reason."""

from __future__ import annotations

from http import HTTPStatus

from flask import render_template, request

from broadcast.lifecycle import AIRING
from broadcast.model.bulletins import Bulletin
from broadcast.use_cases import about_to_air
from broadcast.use_cases.about_to_air import Freeze
from cms.web import sentences, visit
from province.errors import FrozenError
from province.people import Action

REASON = "override"


def freeze_of(found: Bulletin) -> Freeze | None:
    """The airing of it that is about to begin: its page says so before anything is asked for."""
    if found.status not in AIRING:
        return None
    context = visit.context()
    return about_to_air.look(context.uow.reading(), found.id, context.now())


def may_override(found: Bulletin) -> bool:
    """Whether the visitor may change it all the same, with a reason."""
    return all(visit.can(Action.FREEZE_OVERRIDE, area_id, sentences.tree()) for area_id in found.targets.areas)


def page(error: FrozenError, found: Bulletin) -> tuple[str, int]:
    """The same form once more, with a reason to give where the visitor may override."""
    html = render_template(
        "frozen.html", bulletin=found, error=error, may_override=may_override(found), act=request.form.get("act", "")
    )
    return html, HTTPStatus.CONFLICT
