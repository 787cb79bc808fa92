"""On-call duties: added and removed by people who manage the devices there."""

from typing import Final

from cms.areas.repository import Places
from cms.health.repository.faults import FaultRecords
from cms.platform.store.uow import UnitOfWork
from devices.health.notices import Duty, is_address
from province.call import Call
from province.errors import InvalidError, NotFoundError, Problem, too_long
from province.people import Action

NAME_MAX: Final = 200
ADDRESS_MAX: Final = 500


def add(uow: UnitOfWork, duty: Duty, *, call: Call) -> Duty:
    """Add a duty. The same id again changes nothing: a form may be sent twice.

    Raises:
        NotAllowedError: the actor manages no devices there.
        InvalidError: with all problems.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.DEVICE_MANAGE, [duty.area_id] if duty.area_id in tree else (), tree)
        if problems := _problems(duty, is_known=duty.area_id in tree):
            raise InvalidError(problems)
        health = uow[FaultRecords]
        known = _held(health, duty.id)
        if known is not None:
            return known
        health.add_duty(duty)
        told: dict[str, object] = {"area": duty.area_id, "name": duty.name, "line": duty.line}
        uow.record(call.event("duty.added", duty.id, told))
        uow.commit()
    return duty


def remove(uow: UnitOfWork, duty_id: str, *, call: Call) -> Duty:
    """Remove a duty; its notices that are not sent yet are dropped.

    Raises:
        NotFoundError: no such duty.
        NotAllowedError: the actor manages no devices there.
    """
    with uow:
        health = uow[FaultRecords]
        found = get(uow, duty_id)
        call.require(Action.DEVICE_MANAGE, [found.area_id], uow[Places].tree())
        health.remove_duty(duty_id)
        uow.record(call.event("duty.removed", duty_id))
        uow.commit()
    return found


def get(uow: UnitOfWork, duty_id: str) -> Duty:
    """Return the duty, within a unit of work. Raises NotFoundError."""
    found = _held(uow[FaultRecords], duty_id)
    if found is None:
        raise NotFoundError("duty", duty_id)
    return found


def _held(health: FaultRecords, duty_id: str) -> Duty | None:
    return next((each for each in health.duties() if each.id == duty_id), None)


def _problems(duty: Duty, *, is_known: bool) -> list[Problem]:
    problems = too_long("name", duty.name, NAME_MAX) + too_long("address", duty.address, ADDRESS_MAX)
    if not duty.name:
        problems.append(Problem("name", "MISSING"))
    if not is_address(duty.address):
        problems.append(Problem("address", "NO_ADDRESS" if duty.address else "MISSING"))
    if not is_known:
        problems.append(Problem("area", "MISSING"))
    if not duty.weekdays:
        problems.append(Problem("weekdays", "MISSING"))
    return problems
