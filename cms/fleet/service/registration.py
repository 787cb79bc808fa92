"""Register of boxes: purchased hardware, its area, and the public half of each claim code."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.platform.store.uow import UnitOfWork
from devices.lifecycle import TRANSITIONS, DeviceLifecycle, LifecycleAction, LifecycleState, canonical_serial
from devices.model import DeviceId, DeviceKind
from devices.protocol import claims
from province.areas import Area, AreaId, AreaTree
from province.call import Call
from province.errors import Problem, problem_if, refuse, too_long
from province.people import Action
from province.state_machine import following
from province.wall_clock import local_date

LETTER = {DeviceKind.CLUSTER: "l", DeviceKind.BOARD: "b", DeviceKind.STATION: "s", DeviceKind.BRIDGE: "f"}
TITLE = {
    DeviceKind.CLUSTER: "Cụm loa",
    DeviceKind.BOARD: "Bảng tin",
    DeviceKind.STATION: "Đài",
    DeviceKind.BRIDGE: "Bộ nối",
}
NAME_MAX: Final = 200
AT_ONCE_MAX: Final = 2_000


def next_names(unit: UnitOfWork, area: Area, kind: DeviceKind, count: int) -> list[tuple[DeviceId, str]]:
    """Make ids never used before, each with a name of kind and place."""
    prefix = f"{area.id}-{LETTER[kind]}"
    taken = unit[Devices].numbers_after(prefix)
    numbers = range(taken + 1, taken + 1 + count)
    return [(DeviceId(f"{prefix}{number:02d}"), f"{TITLE[kind]} {number}, {area.name}") for number in numbers]


@dataclass(frozen=True, slots=True)
class BoxDraft:
    """Input of a box. ``code``: the claim code that its maker printed; empty: one is made."""

    serial: str
    kind: str
    area_id: AreaId
    name: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """Registered box. ``code`` is returned only now, for the label: it is not stored."""

    life: DeviceLifecycle
    code: str


def findings(uow: UnitOfWork, drafts: Sequence[BoxDraft], tree: AreaTree, now: datetime) -> list[list[Problem]]:
    """Return all problems of each draft, among the others and with the register."""
    serials = [canonical_serial(draft.serial) for draft in drafts]
    named = [serial for serial in serials if serial is not None]
    often = Counter(named)
    taken = uow[DeviceLifecycles].known(named) | uow[Devices].serials_among(named)
    on = local_date(now)
    found = []
    for draft, serial in zip(drafts, serials, strict=True):
        problems = _serial_problems(draft, serial)
        if serial is not None and often[serial] > 1:
            problems.append(Problem("serial", "SERIAL_TWICE", {"serial": serial}))
        problems += problem_if(serial in taken, "serial", "SERIAL_TAKEN", serial=str(serial))
        problems += (
            [] if draft.kind in set(DeviceKind) else [Problem("kind", "KIND_UNKNOWN", {"kind": draft.kind[:40]})]
        )
        problems += too_long("name", draft.name, NAME_MAX)
        problems += area_problems(draft.area_id, "area", tree, on)
        problems += problem_if(draft.code and claims.read_code(draft.code) is None, "code", "CLAIM_CODE_MALFORMED")
        found.append(problems)
    return found


def register(
    uow: UnitOfWork, drafts: Sequence[BoxDraft], *, call: Call, entropy: Callable[[int], bytes]
) -> Sequence[Registered]:
    """Register all of them, or none. ``entropy(n)`` returns n random bytes.

    Raises:
        NotAllowedError: the actor manages no devices in one of the areas.
        InvalidError: with all problems of the first invalid one.
    """
    with uow:
        tree = uow[Places].tree()
        named = sorted({draft.area_id for draft in drafts if draft.area_id in tree})
        call.require(Action.DEVICE_MANAGE, named, tree)
        for problems in findings(uow, drafts, tree, call.now):
            refuse(problems)
        done = [_registered(draft, claims.code_of(entropy(claims.ENTROPY_BYTES)), call) for draft in drafts]
        uow[DeviceLifecycles].add_many([each.life for each in done])
        for each in done:
            told = {"area": each.life.area_id, "kind": each.life.kind.value}
            uow.record(call.event("device.registered", each.life.serial, **told))
        uow.commit()
    return done


def relabel(
    uow: UnitOfWork, serials: Sequence[str], *, call: Call, entropy: Callable[[int], bytes]
) -> Sequence[Registered]:
    """Make new codes for labels that were lost or seen; the old ones are invalid from now on.

    Raises:
        NotFoundError, NotPossibleError: no such box, or it is claimed already.
        NotAllowedError: the actor manages no devices there.
    """
    with uow:
        tree = uow[Places].tree()
        lives = [uow[DeviceLifecycles].get(serial) for serial in dict.fromkeys(serials)]
        call.require(Action.DEVICE_MANAGE, [life.area_id for life in lives], tree)
        done = []
        for life in lives:
            state = following(TRANSITIONS, life.state, LifecycleAction.RELABEL)
            code = claims.code_of(entropy(claims.ENTROPY_BYTES))
            x = claims.claim_x(life.serial, claims.read_code(code) or "")
            fresh = replace(life, state=state, claim_x=x, failures=0, locked_until_at=None, version=life.version + 1)
            uow[DeviceLifecycles].save(fresh)
            uow.record(call.event("device.relabelled", life.serial))
            done.append(Registered(fresh, code))
        uow.commit()
    return done


def _serial_problems(draft: BoxDraft, serial: str | None) -> list[Problem]:
    if not draft.serial.strip():
        return [Problem("serial", "MISSING")]
    return [] if serial is not None else [Problem("serial", "SERIAL_MALFORMED", {"serial": draft.serial[:60]})]


def _registered(draft: BoxDraft, made: str, call: Call) -> Registered:
    serial = canonical_serial(draft.serial)
    code = draft.code.strip() or made
    read = claims.read_code(code)
    assert serial is not None
    assert read is not None
    life = DeviceLifecycle(
        serial=serial,
        kind=DeviceKind(draft.kind),
        name=" ".join(draft.name.split()),
        area_id=draft.area_id,
        claim_x=claims.claim_x(serial, read),
        registered_at=call.now,
        registered_by=call.actor.user_id,
        registered_by_name=call.actor.name,
        state=LifecycleState.REGISTERED,
        since_at=call.now,
    )
    return Registered(life, code)
