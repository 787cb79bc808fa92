"""Places and the people on call there in the search of the console."""

from collections.abc import Sequence

from flask import url_for

from cms.areas.repository import Places
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


def found_contacts(words: str) -> Sequence[SearchHit]:
    """Find contacts of the user's places by name or duty, each where it is entered."""
    if not request_context.can_anywhere(Action.ALERT_READ):
        return []
    mine, wanted = request_context.areas_where(Action.ALERT_READ, messages.tree()), folded(words)
    with request_context.session() as session:
        places = Places(session)
        found = [(area, each) for area in mine for each in places.own_contacts(area.id)]
    return [
        SearchHit(
            each.name,
            url_for("web.contact_list", _anchor=f"at-{area.id}"),
            " · ".join(filter(None, (each.duty, each.phone, messages.full_name(area)))),
        )
        for area, each in found
        if wanted in folded(f"{each.name} {each.duty}")
    ][:HITS]
