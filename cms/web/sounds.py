"""The sound of a bulletin while it is made: progress, and another try after a failure."""

from __future__ import annotations

from flask import render_template

from cms.web import sentences
from cms.web.bulletins import is_stale, rights, see
from cms.web.visit import pages


@pages.get("/bulletins/<bulletin_id>/sound")
def sound(bulletin_id: str) -> str:
    """The player, or how far the work is; asked for again by the page until it is over."""
    seen = see(bulletin_id)
    found = seen.bulletin
    return render_template(
        "_sound.html",
        bulletin=found,
        sound=found.sound,
        is_stale=is_stale(found),
        job=seen.job,
        failure=sentences.failure(found.sound.error),
        can_edit=rights(seen)["can_edit"],
    )
