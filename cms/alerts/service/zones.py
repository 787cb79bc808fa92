"""Named zones: places and shapes drawn before the storm, which one press puts into an alert."""

from typing import Final

from broadcast.alerts.model import AlertZone, Audience, ZoneKind
from broadcast.alerts.shapes import shape_problems
from cms.alerts.repository.alerts import AlertZones
from cms.alerts.service.steps import require_in_areas
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import Problem, problem_if, refuse, too_long
from province.people import Action

NAME_MAX: Final = 80
ZONES_MOST: Final = 200


def keep(uow: UnitOfWork, name: str, kind: ZoneKind, audience: Audience, *, call: Call) -> AlertZone:
    """Keep this audience under the name; a zone of the same name is replaced.

    Raises:
        NotAllowedError: no right to raise alerts in all of its places, or in those of the zone that it would replace.
        InvalidError: no name or one that is too long, no place, a shape that is none, or too many zones.
    """
    said = " ".join(name.split())
    with uow:
        zones = uow[AlertZones]
        before = zones.named(said)
        problems = problem_if(not said, "zone_name", "MISSING") + too_long("zone_name", said, NAME_MAX)
        problems += problem_if(not audience.targets.areas, "areas", "MISSING") + shape_problems(audience)
        if before is None and len(zones.all()) >= ZONES_MOST:
            problems.append(Problem("zone_name", "TOO_MANY", {"max": ZONES_MOST}))
        refuse(problems)
        zone_id = call.new_id() if before is None else before.id
        zone = AlertZone(zone_id, said, kind, audience, call.now, call.actor.user_id, call.actor.name)
        for each in (zone, before or zone):
            require_in_areas(uow, call, Action.ALERT_RAISE, each)
        zones.put(zone)
        uow.record(call.event("alert_zone.kept", zone.id, name=said, kind=kind, areas=list(audience.targets.areas)))
        uow.commit()
    return zone


def remove(uow: UnitOfWork, zone_id: str, *, call: Call) -> AlertZone:
    """Remove a zone; alerts that were made with it keep their places.

    Raises:
        NotFoundError: no such zone.
        NotAllowedError: no right to raise alerts in all of its places.
    """
    with uow:
        zone = uow[AlertZones].get(zone_id)
        require_in_areas(uow, call, Action.ALERT_RAISE, zone)
        uow[AlertZones].remove(zone_id)
        uow.record(call.event("alert_zone.removed", zone.id, name=zone.name))
        uow.commit()
    return zone
