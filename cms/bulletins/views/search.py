"""Bulletins in the search of the console."""

from collections.abc import Sequence

from flask import url_for

from cms.bulletins.queries import BulletinFilter, bulletin_list
from cms.platform.web import formats, messages, request_context, wording
from cms.platform.web.languages import _
from cms.platform.web.search import HITS, SearchHit
from province.people import Action
from province.policy import visible_areas


def found_bulletins(words: str) -> Sequence[SearchHit]:
    """Find bulletins that the user may read, the latest first."""
    if not request_context.can_anywhere(Action.BULLETIN_READ):
        return []
    me, tree = request_context.actor(), messages.tree()
    areas = visible_areas(me, Action.BULLETIN_READ, tree)
    with request_context.session() as session:
        rows = bulletin_list(session, areas, me.user_id, BulletinFilter(words=words), after="", limit=HITS).rows
    return [
        SearchHit(
            row.title or _("(no title yet)"),
            url_for("web.bulletin", bulletin_id=row.id),
            f"{wording.word(wording.STATUS, row.status)} · {formats.day(formats.local(row.changed_at).date())}",
        )
        for row in rows
    ]
