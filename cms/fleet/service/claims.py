"""Claim of a box at its pole, by a person with its code: from then on it is a device with a place."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cms.accounts.service import throttle
from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import certificates
from cms.fleet.service.changes import life_of
from cms.fleet.service.registration import NAME_MAX, next_names
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.lifecycle import (
    TAKES_CERTIFICATES,
    TRANSITIONS,
    DeviceLifecycle,
    LifecycleAction,
    LifecycleState,
    canonical_serial,
)
from devices.model import Device, DeviceId
from devices.protocol import claims
from province.areas import AreaId, AreaTree, Point
from province.call import Call
from province.errors import InvalidError, Problem, problem_if, refuse, too_long
from province.events import Event
from province.people import Action, Actor
from province.state_machine import following
from province.wall_clock import local_date


@dataclass(frozen=True, slots=True)
class Claim:
    """Input at the pole, typed or scanned. ``replaces``: the device whose hardware this box is from now on."""

    serial: str
    code: str
    area_id: AreaId
    name: str = ""
    point: Point | None = None
    photo_sha256: str = ""
    replaces: DeviceId | None = None


def claim(uow: UnitOfWork, typed: Claim, *, call: Call) -> DeviceLifecycle:
    """Claim the box; it is open for one enrolment. Wrong codes are counted, and lock the box for a while.

    Raises:
        NotAllowedError: the actor manages no devices in the commune, or in the replaced device's area.
        InvalidError: with all problems; an unknown serial and a wrong code are the same problem.
        NotPossibleError: it is in service or retired.
    """
    with uow:
        tree = uow[Places].tree()
        wanted = [typed.area_id] if typed.area_id in tree else []
        old = _replaced(uow, typed)
        call.require(Action.DEVICE_MANAGE, [*wanted, *([old.area_id] if old else [])], tree)
        life = _opened(uow, typed, call)
        state = following(TRANSITIONS, life.state, LifecycleAction.CLAIM)
        refuse(_problems(typed, life, old, tree, call.now) + _still_there(uow, life, old))
        device = _placed(uow, typed, life, old, tree=tree, now=call.now)
        claimed = replace(
            life,
            state=state,
            since_at=call.now,
            device_id=device.id,
            claimed_at=call.now,
            claimed_by_name=call.actor.name,
            photo_sha256=typed.photo_sha256 or life.photo_sha256,
            enrolled_csr="",
            failures=0,
            locked_until_at=None,
            version=life.version + 1,
        )
        uow[DeviceLifecycles].save(claimed)
        uow.record(call.event("device.claimed", device.id, area=device.area_id, serial=life.serial))
        uow.commit()
    return claimed


def wrong(uow: UnitOfWork, life: DeviceLifecycle, by: Actor, now: datetime) -> DeviceLifecycle:
    """Count a wrong code or proof; an event is recorded if it locks the box. The caller commits."""
    failures = life.failures + 1
    locked_s = throttle.CODE.held_s(failures)
    until = now + timedelta(seconds=locked_s) if locked_s else None
    counted = replace(life, failures=failures, locked_until_at=until, version=life.version + 1)
    uow[DeviceLifecycles].save(counted)
    if until is not None:
        told = {"failures": failures, "until": until.isoformat(timespec="seconds")}
        uow.record(Event.of(by, "device.claim_locked", life.device_id or life.serial, now, **told))
    return counted


def _opened(uow: UnitOfWork, typed: Claim, call: Call) -> DeviceLifecycle:
    """Return the box that this code opens."""
    serial = canonical_serial(typed.serial)
    code = claims.read_code(typed.code)
    refuse([Problem(name, "MISSING") for name in ("serial", "code") if not getattr(typed, name).strip()])
    if code is None:
        raise InvalidError([Problem("code", "CLAIM_CODE_MALFORMED")])
    life = None if serial is None else uow[DeviceLifecycles].find(serial)
    if life is None or not life.claim_x:
        raise InvalidError([Problem("code", "CLAIM_WRONG")])
    if claims.claim_x(life.serial, code) == life.claim_x:
        # Strangers at the enrolment listener may lock a box; a signed-in person with its code unlocks it.
        return life
    if life.is_locked(call.now):
        assert life.locked_until_at is not None
        minutes = int((life.locked_until_at - call.now).total_seconds() // 60) + 1
        raise InvalidError([Problem("code", "CLAIM_LOCKED", {"minutes": minutes})])
    wrong(uow, life, call.actor, call.now)
    uow.commit()
    raise InvalidError([Problem("code", "CLAIM_WRONG")])


def _replaced(uow: UnitOfWork, typed: Claim) -> Device | None:
    if typed.replaces is None:
        return None
    old = uow[Devices].find(typed.replaces)
    if old is None or old.retired_at is not None:
        raise InvalidError([Problem("replaces", "DEVICE_UNKNOWN")])
    return old


def _problems(typed: Claim, life: DeviceLifecycle, old: Device | None, tree: AreaTree, now: datetime) -> list[Problem]:
    problems = area_problems(typed.area_id, "area", tree, local_date(now))
    # A box registered for an area that a reform has closed can be claimed for its successors.
    if not problems and life.area_id not in tree.lineage(typed.area_id):
        problems.append(Problem("area", "BOX_OF_ANOTHER_AREA", {"area": tree.get(life.area_id).name}))
    problems += problem_if(old is not None and old.kind is not life.kind, "replaces", "KIND_DIFFERS")
    problems += problem_if(old is not None and life.device_id not in {None, old.id}, "replaces", "BOX_IS_A_DEVICE")
    return problems + too_long("name", typed.name, NAME_MAX)


def _still_there(uow: UnitOfWork, life: DeviceLifecycle, old: Device | None) -> list[Problem]:
    """Refuse a replacement while the old box is connected: at the pole it is off, remotely nobody can do so."""
    if old is None or life.device_id == old.id:
        return []
    status, before = uow[Devices].status(old.id), life_of(uow, old)
    is_there = status is not None and status.online and before.state in TAKES_CERTIFICATES
    return [Problem("replaces", "STILL_CONNECTED")] if is_there else []


def _placed(
    uow: UnitOfWork, typed: Claim, life: DeviceLifecycle, old: Device | None, *, tree: AreaTree, now: datetime
) -> Device:
    """Return the device that the box becomes: a new one, its earlier one, or the one whose hardware it replaces."""
    known = old or (uow[Devices].get(life.device_id) if life.device_id else None)
    if known is None:
        area = tree.get(typed.area_id)
        ((device_id, title),) = next_names(uow, area, life.kind, 1)
        device = Device(
            id=device_id,
            serial=life.serial,
            name=typed.name.strip() or life.name or title,
            kind=life.kind,
            area_id=area.id,
            enrolled_at=now,
            point=typed.point or area.point,
        )
        uow[Devices].add(device)
        areas = {device.area_id}
    else:
        if old is not None:
            _end_replaced(uow, old, now)
        # Earlier certificates belong to hardware, or to a memory, that is gone.
        certificates.take_back(uow, known.id, now)
        device = replace(
            known,
            serial=life.serial,
            name=typed.name.strip() or known.name,
            area_id=typed.area_id,
            point=typed.point or known.point,
            desired_version=known.desired_version + 1,
            retired_at=None,
            # It was shut off because of the old key's messages: this is another key, or another box.
            quarantined=False,
            alerts_pass=False,
            revoked=False,
        )
        uow[Devices].save(device)
        areas = {known.area_id, device.area_id}
    uow.outbox.add(OutboxKind.DESIRED, device.id)
    for area_id in sorted(areas):
        uow.outbox.add(OutboxKind.PLAN, area_id)
    return device


def _end_replaced(uow: UnitOfWork, old: Device, now: datetime) -> None:
    life = uow[DeviceLifecycles].of_device(old.id)
    if life is not None and life.state is not LifecycleState.RETIRED and life.serial != old.serial:
        return
    if life is not None and life.state is not LifecycleState.RETIRED:
        state = following(TRANSITIONS, life.state, LifecycleAction.REPLACE)
        uow[DeviceLifecycles].save(replace(life, state=state, since_at=now, version=life.version + 1))
