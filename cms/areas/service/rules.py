"""Rules of an area: quiet hours, volume, quota, freeze; they apply to every device below."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from broadcast.scheduling.area_rules import AreaRules, Quota
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import Problem, problem_if, refuse
from province.people import Action

WINDOWS_MAX: Final = 8
FREEZE_MAX_MIN: Final = 120
_DAY_MIN = 24 * 60
# Of each quota: the field, and the highest sensible value.
QUOTAS: Final = (("sessions", 48), ("session_min", _DAY_MIN), ("day_min", _DAY_MIN))


def problems_of(rules: AreaRules) -> list[Problem]:
    """Return all problems; fields are those of ``AreaRules`` and ``Quota``."""
    found: list[Problem] = []
    quota = rules.quota
    for field, most in QUOTAS:
        value = getattr(quota, field)
        found += problem_if(value is not None and not 1 <= value <= most, field, "NOT_WITHIN", min=1, max=most)
    found += problem_if(not quota.weekdays, "weekdays", "MISSING")
    for field, volume_pct in (("volume_pct", rules.volume_pct), *(("volumes", w.volume_pct) for w in rules.volumes)):
        found += problem_if(not 0 <= volume_pct <= 100, field, "NOT_WITHIN", min=0, max=100)  # noqa: PLR2004 - per cent
    if not 0 <= rules.freeze_min <= FREEZE_MAX_MIN:
        found.append(Problem("freeze_min", "NOT_WITHIN", {"min": 0, "max": FREEZE_MAX_MIN}))
    windows: tuple[tuple[str, Sequence[object]], ...] = (("quiet", rules.quiet), ("volumes", rules.volumes))
    for field, held in windows:
        found += problem_if(len(held) > WINDOWS_MAX, field, "TOO_MANY", max=WINDOWS_MAX)
    return found


def present(unit: UnitOfWork, area_id: AreaId) -> AreaRules:
    """Return the area's own rules, else the inherited ones without quota, exemptions and signature."""
    own = unit[Places].own_rules(area_id)
    if own is not None:
        return own
    return replace(unit[Places].rules(area_id), quota=Quota(), exempt_on=(), needs_signature=False)


def set_rules(unit: UnitOfWork, area_id: AreaId, rules: AreaRules, *, call: Call) -> int:
    """Store the rules with an event, update plans and devices below; return the number of devices.

    The caller commits. The same rules again change nothing. Exemptions are no part of them.

    Raises:
        NotAllowedError: the actor sets no rules there.
        UnknownAreaError: no such area.
        InvalidError: with everything that is wrong.
    """
    tree = unit[Places].tree()
    tree.get(area_id)
    call.require(Action.RULE_SET, (area_id,), tree)
    refuse(problems_of(rules))
    rules = replace(rules, exempt_on=())
    before = present(unit, area_id)
    if rules == before:
        return 0
    planned = set(unit[Devices].planning_areas())
    below = [area.id for area in tree.subtree(area_id) if area.id in planned]
    unit[Places].set_rules(area_id, rules)
    devices = unit[Devices].renew_desired(below)
    for device_id in devices:
        unit.outbox.add(OutboxKind.DESIRED, device_id)
    for planning_area in below:
        unit.outbox.add(OutboxKind.PLAN, planning_area)
    detail = {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(rules)}
    unit.record(call.event("area.rules_set", area_id, **detail))
    return len(devices)
