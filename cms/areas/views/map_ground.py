"""Background of maps: coast, place names and outlines, as there are no tiles and a point alone says little."""

from collections.abc import Sequence
from statistics import fmean

from flask import Response, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from cms.areas.repository import Places
from cms.platform.web import messages, request_context
from cms.platform.web.coast import Ring, land_within
from cms.platform.web.request_context import pages
from province.areas import Area, AreaTree, Point

KEPT_S = 3600
AROUND_DEG = 3.0
"""Sea beside a province that a wide screen shows."""


@pages.get("/map/ground")
def map_ground() -> AnyResponse:
    """Return the coast, and names and outlines of the areas in force, public facts, to signed-in users.

    ``places``: latitude, longitude and name of each, the larger before the smaller, without the province.
    ``land``: rings of the coast around them, right to a kilometre or two.
    ``outlines``: by area, as ``province.areas.Outline``; of those that have one.
    """
    tree, on = messages.tree(), request_context.today()
    areas = [area for area in tree if area.is_in_force(on)]
    places = sorted((each for each in areas if each.parent_id), key=lambda each: (len(tree.chain(each.id)), each.name))
    with request_context.context().uow.reading() as uow:
        known = uow[Places].outlines()
    named = [(point.lat, point.lon, area.name) for area in places if (point := _point(area, tree))]
    answer: Response = jsonify(
        places=named,
        land=_land_around([(lat, lon) for lat, lon, _ in named]),
        outlines={area.id: known[area.id] for area in areas if area.id in known},
    )
    answer.cache_control.private, answer.cache_control.max_age = True, KEPT_S
    answer.add_etag()
    return answer.make_conditional(request)


def _land_around(points: Sequence[tuple[float, float]]) -> Sequence[Ring]:
    if not points:
        return ()
    lats, lons = zip(*points, strict=True)
    return land_within(min(lats) - AROUND_DEG, min(lons) - AROUND_DEG, max(lats) + AROUND_DEG, max(lons) + AROUND_DEG)


def _point(area: Area, tree: AreaTree) -> Point | None:
    """Return the position of the name: the area's point, else the mean of the points below it."""
    if area.point is not None:
        return area.point
    below = [each.point for each in tree.leaves(area.id) if each.point is not None]
    return Point(fmean(each.lat for each in below), fmean(each.lon for each in below)) if below else None
