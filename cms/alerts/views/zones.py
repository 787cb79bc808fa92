"""Named zones: in the form of an alert, and on a page of their own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flask import render_template, request
from werkzeug.wrappers import Response

from broadcast.alerts.model import Alert, AlertZone, ZoneKind
from cms.alerts.forms import AlertForm, written_shape
from cms.alerts.repository.alerts import AlertZones
from cms.alerts.service import zones
from cms.alerts.views import page as alert_page
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from province.errors import InvalidError, Problem, problem_if, refuse
from province.people import Action

PUTS: Final = "zone-"
KEEPS: Final = "keep-zone"
"""Values of the form's buttons: put this zone in, keep the places as a zone."""


def usable() -> Sequence[AlertZone]:
    """List the zones in all of whose places the user may raise alerts."""
    return [each for each in _all() if _is_usable(each)]


def _all() -> Sequence[AlertZone]:
    with request_context.session() as session:
        return AlertZones(session).all()


def _is_usable(zone: AlertZone) -> bool:
    areas, tree = zone.audience.targets.areas, messages.tree()
    return any(each in tree for each in areas) and alert_page.may_everywhere(Action.ALERT_RAISE, areas)


def put_in(typed: AlertForm, zone_id: str) -> AlertForm:
    """Return the form with the zone added to its places. Where only one of them has a shape the zone replaces them.

    A shape leaves out whatever lies outside of it: a whole commune beside it would not be heard.
    """
    zone = next((each for each in usable() if each.id == zone_id), None)
    if zone is None:
        raise InvalidError([Problem("areas", "NO_SUCH_ZONE")])
    shape = written_shape(zone.audience)
    is_alike = bool(shape) == bool(typed.shape.strip())
    areas = tuple(dict.fromkeys((*(typed.areas if is_alike else ()), *zone.audience.targets.areas)))
    lines = [*(typed.shape.splitlines() if is_alike else ()), *shape.splitlines()]
    return replace(typed, areas=areas, shape="\n".join(dict.fromkeys(each for each in lines if each.strip())))


def keep(saved: Alert) -> Answer:
    """Keep the places of the alert as the zone of the form. Raises InvalidError."""
    name, kind = request.form.get("zone_name", ""), request.form.get("zone_kind", "")
    refuse(problem_if(kind not in set(ZoneKind), "zone_kind", "MISSING"))
    zone = zones.keep(new_unit(), name, ZoneKind(kind), saved.audience, call=call())
    return confirmed(_("The zone “%(name)s” is kept.", name=zone.name), "web.edit_alert", alert_id=saved.id)


@pages.get("/alerts/zones")
def alert_zones() -> str:
    messages.tree_for(Action.ALERT_READ)
    return render_template("alerts/zones.html", zones=_all(), is_mine=_is_usable)


@pages.post("/alerts/zones/<zone_id>/remove")
def remove_zone(zone_id: str) -> Response:
    gone = zones.remove(new_unit(), zone_id, call=call())
    return confirmed(_("The zone “%(name)s” is removed.", name=gone.name), "web.alert_zones")
