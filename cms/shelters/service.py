"""Shelters of communes: set by whoever keeps the contacts of the commune, one by one or from a file."""

from collections.abc import Mapping
from typing import Any, Final

from broadcast.alerts import message_templates
from broadcast.alerts.hazards import Hazard
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.shelters.repository import Shelters
from province.areas import AreaId
from province.call import Call
from province.errors import Problem, problem_if, refuse, too_long
from province.people import Action

SHELTER_MAX: Final = 120


def set_shelters(unit: UnitOfWork, shelters: Mapping[AreaId, str], *, call: Call) -> int:
    """Set the shelters of these areas (empty: none); return how many changed. The caller commits.

    Raises:
        InvalidError: AREA_UNKNOWN or TOO_LONG, in the field ``shelter``; nothing is stored then.
        NotAllowedError: the actor may not keep the contacts of one of the areas.
    """
    tree = unit[Places].tree()
    wanted = {area_id: " ".join(shelter.split()).rstrip(".") for area_id, shelter in shelters.items()}
    problems: list[Problem] = []
    for area_id, shelter in wanted.items():
        problems += problem_if(area_id not in tree, "shelter", "AREA_UNKNOWN", id=area_id[:80])
        problems += too_long("shelter", shelter, SHELTER_MAX)
    refuse(problems)
    call.require(Action.CONTACT_WRITE, list(wanted), tree)
    before = unit[Shelters].all()
    changed = {area_id: shelter for area_id, shelter in wanted.items() if before.get(area_id, "") != shelter}
    if changed:
        unit[Shelters].set(changed)
    for area_id, shelter in changed.items():
        unit.record(call.event("area.shelter_set", area_id, before=before.get(area_id, ""), after=shelter))
    return len(changed)


def advice_of(unit: UnitOfWork, hazard: Hazard, targets: Targets, **levels: Any) -> str:
    """Return the hazard's Vietnamese advice, with the shelters of the places where people have to leave.

    ``levels``: level, risk and table, as ``message_templates.advice_of`` takes them.
    """
    tree, shelters = unit[Places].tree(), unit[Shelters].all()
    there = reached(targets, tree, shelters)
    return message_templates.advice_of(hazard, [(tree.get(each).name, shelters[each]) for each in there], **levels)
