"""Reform: move from one data set of areas to the next, with devices, rights and rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from broadcast.scheduling.area_rules import AreaRules
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.areas.service.data_sets import SYSTEM, DataSet, NotLoadedError, Unit, add_missing, data_set, distance_km
from cms.boards.repository import BoardPlans
from cms.bulletins.repository.bulletins import Plans
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import Device, DeviceId, DeviceKind
from province.areas import AreaId, Point
from province.errors import InvalidError, Problem
from province.events import Event
from province.people import Actor, Grant, UserId
from province.wall_clock import local_date


@dataclass(frozen=True)
class Succession:
    """Heirs and predecessors. ``heirs``: of every old area, a district's being those of its communes.

    The new province has no predecessors: only a part of it came from the old one, and a bulletin to the old province
    must not be heard in the rest.
    """

    predecessors: Mapping[AreaId, tuple[AreaId, ...]]
    heirs: Mapping[AreaId, tuple[AreaId, ...]]
    units: Mapping[AreaId, Unit]


@dataclass(frozen=True, slots=True)
class SuccessorArea:
    """New area of something; ``is_sure`` false: it was guessed from points, a person should check."""

    area_id: AreaId
    is_sure: bool


def succession(old: DataSet, new: DataSet) -> Succession:
    """Compute the succession from the new units' ``came_from``."""
    known = {unit.code for unit in old.units}
    predecessors = {
        new.area_id(unit.code): tuple(old.area_id(code) for code in unit.came_from if code in known)
        for unit in new.units
        if known.intersection(unit.came_from)
    }
    heirs: dict[AreaId, set[AreaId]] = {old.area_id(unit.code): set() for unit in old.units}
    for new_id, olds in predecessors.items():
        for old_id in olds:
            heirs[old_id].add(new_id)
    for unit in reversed(old.units):  # children come after parents, so their heirs are complete
        if unit.parent_code is not None:
            heirs[old.area_id(unit.parent_code)] |= heirs[old.area_id(unit.code)]
    return Succession(
        predecessors,
        {old_id: tuple(sorted(found)) for old_id, found in heirs.items()},
        {new.area_id(unit.code): unit for unit in new.units},
    )


def choose_heir(heirs: Sequence[AreaId], units: Mapping[AreaId, Unit], point: Point | None) -> SuccessorArea:
    """Return the only heir; of several, the one whose centre is nearest relative to its own size.

    Distance alone would assign the edge of a wide commune to its small neighbour.
    """
    if len(heirs) == 1 or point is None:
        return SuccessorArea(heirs[0], is_sure=len(heirs) == 1)
    return SuccessorArea(min(heirs, key=lambda heir: (_reach(units[heir], point), heir)), is_sure=False)


def _reach(unit: Unit, point: Point) -> float:
    if unit.point is None:
        return float("inf")
    return distance_km(unit.point, point) / unit.radius_km


@dataclass(frozen=True, slots=True)
class Moved:
    """Device and its new area; ``is_sure`` false: its old commune was divided, check it on the map."""

    device_id: DeviceId
    old_area_id: AreaId
    area_id: AreaId
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Reformed:
    """Changes of a run; all empty if it was done before."""

    closed: tuple[AreaId, ...]
    succeeded: tuple[AreaId, ...]
    moved: tuple[Moved, ...]
    granted: tuple[tuple[UserId, Grant], ...]
    ruled: tuple[AreaId, ...]


@dataclass(frozen=True)
class _Step:
    """Context of all steps of a reform."""

    unit: UnitOfWork
    old: DataSet
    rule: Succession
    now: datetime
    by: Actor

    def record(self, name: str, subject_id: str, /, **detail: object) -> None:
        self.unit.record(Event.of(self.by, name, subject_id, self.now, **detail))


def reform(
    units: Callable[[], UnitOfWork],
    old_name: str,
    new_name: str,
    *,
    on: date,
    now: datetime,
    by: Actor = SYSTEM,
) -> Reformed:
    """Close the old areas at ``on``, make them predecessors, move devices, rights and rules. In one transaction.

    Nothing is deleted: old areas, as-runs, events, plans and grants keep their ids. A second run changes only what was
    added to the old areas since. The new data set is loaded if needed.
    """
    old, new = data_set(old_name), data_set(new_name)
    if on > local_date(now):
        raise InvalidError([Problem("on", "IN_FUTURE")])
    with units() as unit:
        if any(area.id not in unit[Places].tree() for area in old.areas()):
            raise NotLoadedError(old_name)
        add_missing(unit, new, now=now, by=by)
        step = _Step(unit, old, succession(old, new), now, by)
        ruled = _pass_rules(step)
        succeeded = _name_predecessors(step)
        done = Reformed(_close(step, on), succeeded, _move_devices(step), _pass_grants(step), ruled)
        if any((done.closed, done.succeeded, done.moved, done.granted, done.ruled)):
            step.record(
                "areas.reformed",
                new_name,
                old=old_name,
                on=on.isoformat(),
                closed=len(done.closed),
                succeeded=len(done.succeeded),
                devices=len(done.moved),
                grants=len(done.granted),
            )
            unit.commit()
    return done


def _close(step: _Step, on: date) -> tuple[AreaId, ...]:
    tree = step.unit[Places].tree()
    still_open = tuple(area.id for area in step.old.areas() if tree.get(area.id).valid_to is None)
    step.unit[Places].close(still_open, on)
    step.unit[Plans].drop_after(still_open, local_date(step.now))
    step.unit[BoardPlans].drop(still_open)
    for area_id in still_open:
        step.record("area.closed", area_id, on=on.isoformat(), heirs=list(step.rule.heirs[area_id]))
    return still_open


def _name_predecessors(step: _Step) -> tuple[AreaId, ...]:
    tree = step.unit[Places].tree()
    changed = []
    for area_id, olds in step.rule.predecessors.items():
        known = tree.get(area_id).predecessors
        wanted = tuple(dict.fromkeys((*known, *olds)))
        if wanted != known:
            step.unit[Places].succeed(area_id, wanted)
            step.record("area.succeeded", area_id, predecessors=list(wanted))
            changed.append(area_id)
    return tuple(changed)


def _move_devices(step: _Step) -> tuple[Moved, ...]:
    moved = []
    tree = step.unit[Places].tree()
    for area_id, heirs in step.rule.heirs.items():
        for device in step.unit[Devices].in_area(area_id):
            if not heirs:
                continue
            choice = choose_heir(heirs, step.rule.units, device.point or tree.get(area_id).point)
            moved.append(Moved(device.id, area_id, choice.area_id, choice.is_sure))
            _move(step, device, moved[-1])
    for area_id in sorted({move.area_id for move in moved}):
        step.unit.outbox.add(OutboxKind.PLAN, area_id)
    return tuple(moved)


def _move(step: _Step, device: Device, move: Moved) -> None:
    changed = replace(device, area_id=move.area_id, desired_version=device.desired_version + 1)
    step.unit[Devices].save(changed)
    step.unit.outbox.add(OutboxKind.DESIRED, device.id)
    if device.kind is DeviceKind.STATION:
        step.unit.outbox.add(OutboxKind.RECEIVER, device.id)
    step.record("device.moved", device.id, old=move.old_area_id, new=move.area_id, is_sure=move.is_sure)


def _pass_grants(step: _Step) -> tuple[tuple[UserId, Grant], ...]:
    """Grant the same role at every heir. The old grant stays: it only gives the closed areas' history."""
    held = set(step.unit[People].granted_at([*step.rule.heirs, *step.rule.units]))
    missing: dict[UserId, dict[Grant, None]] = {}
    for user_id, grant in sorted(held, key=lambda each: (each[0], each[1].role, each[1].area_id)):
        for heir in step.rule.heirs.get(grant.area_id, ()):
            passed = Grant(grant.role, heir)
            if (user_id, passed) not in held:
                missing.setdefault(user_id, {})[passed] = None
    for user_id, grants in missing.items():
        step.unit[People].grant(user_id, list(grants))
        given = [f"{grant.role}@{grant.area_id}" for grant in grants]
        step.record("user.granted", user_id, grants=given, reason="reform")
    return tuple((user_id, grant) for user_id, grants in missing.items() for grant in grants)


def _pass_rules(step: _Step) -> tuple[AreaId, ...]:
    """Merge the old areas' rules: quiet hours of each, the lowest volume, the strictest quota."""
    places, changed = step.unit[Places], []
    tree = places.tree()
    for area_id, olds in step.rule.predecessors.items():
        if all(tree.get(old_id).valid_to is not None for old_id in olds):
            continue
        rules = [places.rules(old_id) for old_id in olds]
        quiet = tuple(dict.fromkeys(window for each in rules for window in each.quiet))
        quota = rules[0].quota
        for each in rules[1:]:
            quota = quota.within(each.quota)
        wanted = AreaRules(
            quiet,
            rules[0].zone,
            min(each.volume_pct for each in rules),
            tuple(dict.fromkeys(window for each in rules for window in each.volumes)),
            quota,
            freeze_min=max(each.freeze_min for each in rules),
        )
        if wanted != places.rules(area_id):
            places.set_rules(area_id, wanted)
            step.record("area.rules_set", area_id, reason="reform", predecessors=list(olds))
            changed.append(area_id)
    return tuple(changed)
