"""What is about to air stands: the page that says so, and lets those entitled go on with a reason."""

from __future__ import annotations

from http import HTTPStatus

from flask import render_template, request

from broadcast.errors import FrozenError
from broadcast.model.bulletins import Bulletin
from broadcast.model.people import Action
from cms.web import sentences, visit

REASON = "override"


def page(error: FrozenError, found: Bulletin) -> tuple[str, int]:
    """The same form once more, with a reason to give where the visitor may override."""
    tree = sentences.tree()
    may_override = all(visit.can(Action.FREEZE_OVERRIDE, area_id, tree) for area_id in found.targets.areas)
    html = render_template(
        "frozen.html", bulletin=found, error=error, may_override=may_override, act=request.form.get("act", "")
    )
    return html, HTTPStatus.CONFLICT
