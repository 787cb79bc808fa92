"""Places in the search of the console."""

from collections.abc import Sequence

from flask import url_for

from cms.platform.clean_text import folded
from cms.platform.web import messages, request_context
from cms.platform.web.search import HITS, SearchHit
from province.people import Action

_SCREENS = ((Action.BULLETIN_READ, "web.calendar"), (Action.DEVICE_READ, "web.devices"))


def found_places(words: str) -> Sequence[SearchHit]:
    """Find places of the user by name: their calendar, else their devices."""
    tree, wanted = messages.tree(), folded(words)
    for right, screen in _SCREENS:
        mine = [area for area in request_context.areas_where(right, tree) if wanted in folded(area.name)]
        if mine:
            first = sorted(mine, key=lambda area: (len(tree.chain(area.id)), area.name))[:HITS]
            return [SearchHit(messages.full_name(area), url_for(screen, area=area.id)) for area in first]
    return []
