"""What places on a map of devices are called: there are no tiles, and a point says little by itself."""

from __future__ import annotations

from statistics import fmean

from flask import Response, jsonify

from broadcast.model.people import Action
from cms.web import sentences, visit
from cms.web.visit import pages
from devices.areas import Area, AreaTree, Point


@pages.get("/map/names")
def map_names() -> Response:
    """Latitude, longitude and name of each place in force, the larger before the smaller.

    The province itself is not told: it is all there is on its map. Raises NotAllowedError: the visitor sees no devices.
    """
    tree, on = sentences.tree(), visit.today()
    visit.require(Action.DEVICE_READ, (), tree)
    places = [area for area in tree if area.parent_id is not None and area.is_in_force(on)]
    places.sort(key=lambda area: (len(tree.chain(area.id)), area.name))
    return jsonify([(point.lat, point.lon, area.name) for area in places if (point := _point(area, tree))])


def _point(area: Area, tree: AreaTree) -> Point | None:
    """Where its name stands: at its point, else in the middle of the communes below it."""
    if area.point is not None:
        return area.point
    below = [each.point for each in tree.leaves(area.id) if each.point is not None]
    return Point(fmean(each.lat for each in below), fmean(each.lon for each in below)) if below else None
