"""What a map has for its ground: there are no tiles, and a point says little by itself."""

from __future__ import annotations

from statistics import fmean

from flask import Response, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from cms.web import sentences, visit
from cms.web.visit import pages
from province.areas import Area, AreaTree, Point

KEPT_S = 3600


@pages.get("/map/ground")
def map_ground() -> AnyResponse:
    """``places``: latitude, longitude and name of each in force, the larger before the smaller, the province left out.

    ``outlines``: by area, as ``province.areas.Outline``; of those in force that have one. Both are public facts:
    whoever is signed in is told.
    """
    tree, on = sentences.tree(), visit.today()
    areas = [area for area in tree if area.is_in_force(on)]
    places = sorted((each for each in areas if each.parent_id), key=lambda each: (len(tree.chain(each.id)), each.name))
    with visit.context().uow.reading() as uow:
        known = uow.places.outlines()
    answer: Response = jsonify(
        places=[(point.lat, point.lon, area.name) for area in places if (point := _point(area, tree))],
        outlines={area.id: known[area.id] for area in areas if area.id in known},
    )
    answer.cache_control.private, answer.cache_control.max_age = True, KEPT_S
    answer.add_etag()
    return answer.make_conditional(request)


def _point(area: Area, tree: AreaTree) -> Point | None:
    """Where its name stands: at its point, else in the middle of the communes below it."""
    if area.point is not None:
        return area.point
    below = [each.point for each in tree.leaves(area.id) if each.point is not None]
    return Point(fmean(each.lat for each in below), fmean(each.lon for each in below)) if below else None
