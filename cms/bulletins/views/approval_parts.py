"""Fragments of the approval page: a whole province's look ahead, the devices of one area, the map."""

from flask import render_template, request
from werkzeug.wrappers import Response

from broadcast.alerts.audiences import ShapePosition
from broadcast.alerts.model import Audience
from broadcast.bulletins.targeting import reached
from cms.alerts.views import audience
from cms.bulletins.views import preflight
from cms.bulletins.views.approvals import refusal_of, reviewable
from cms.bulletins.views.bulletins import readable
from cms.fleet.queries.overview import device_list, posts_in
from cms.fleet.repository.devices import Devices
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import pages
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action

DEVICES_SHOWN = 500


@pages.get("/bulletins/<bulletin_id>/approval/ahead")
def approval_ahead(bulletin_id: str) -> str | Response:
    """Render the look ahead, and with it the approve button, which is enabled only afterwards."""
    seen = reviewable(bulletin_id)
    if seen is None:
        # Decided in the meantime: the page says by whom.
        return Response(status=200, headers={"HX-Refresh": "true"})
    ahead = preflight.look(seen.bulletin)
    return render_template(
        "bulletins/_ahead.html",
        bulletin=seen.bulletin,
        preflight=ahead,
        found_clashes=ahead.in_the_way,
        refusal=refusal_of(seen),
    )


@pages.get("/bulletins/<bulletin_id>/approval/areas/<area_id>")
def approval_area(bulletin_id: str, area_id: str) -> str:
    """Render one area by device and by day: each of its devices follows the area's plan, if it can."""
    found, tree = readable(bulletin_id)
    if area_id not in tree:
        raise NotFoundError("area", area_id)
    request_context.require(Action.BULLETIN_READ, (AreaId(area_id),), tree)
    ahead = preflight.asked(found, AreaId(area_id))
    if not ahead.areas:
        raise NotFoundError("area", area_id)
    with request_context.context().uow.reading() as uow:
        devices = device_list(uow.session, [AreaId(area_id)], limit=DEVICES_SHOWN).rows
    days = preflight.days_of(ahead)
    return render_template(
        "bulletins/approval_area.html",
        bulletin=found,
        area_id=AreaId(area_id),
        area_name=messages.area_name,
        days=days,
        heard_days=sum(bool(day.times) for day in days),
        devices=sorted(devices, key=lambda line: (line.is_online, line.device.name)),
    )


@pages.get("/bulletins/<bulletin_id>/map")
def bulletin_map(bulletin_id: str) -> dict[str, object]:
    """Return the map of the places addressed. ``box``: with the devices in the visible part."""
    found, box = readable(bulletin_id)[0], audience.MapBounds.of(request.args.get("box", ""))
    with request_context.context().uow.reading() as uow:
        held = uow[Devices].planning_areas()
        areas = reached(found.targets, messages.tree(uow), held)
        posts = {
            ShapePosition.OUTSIDE: posts_in(uow.session, [each for each in held if each not in areas]) if box else (),
            ShapePosition.INSIDE: posts_in(uow.session, areas) if box else (),
        }
    devices = [
        (post.point, standing, post.name)
        for standing, there in posts.items()
        for post in there
        if box and box.holds(post.point)
    ]
    return audience.drawn(dict.fromkeys(areas, ShapePosition.INSIDE), devices, Audience(found.targets))
