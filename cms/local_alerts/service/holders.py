"""Key holders: a PIN is shown once, to the person who issues it, and stored as a slow hash."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from broadcast.alerts.local_alerts import KeyHolder, KeyHolderId, holder_problems
from cms.alerts.service.steps import require_fresh_code
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.local_alerts.repository import KeyHolders
from cms.local_alerts.service.issues import renew
from cms.platform.store.uow import UnitOfWork
from devices.model import Device, DeviceId
from devices.protocol.key_presses import PIN_DIGITS, holder_of, pin_hash
from devices.protocol.messages import HolderPin
from province.areas import AreaId
from province.call import Call
from province.errors import NotAllowedError, NotPossibleError, refuse
from province.people import Action


def issue(
    uow: UnitOfWork, *, person_name: str, phone: str, device_ids: Sequence[DeviceId], call: Call
) -> tuple[KeyHolder, str]:
    """Give a person the keys of these devices; return the holder and the PIN, which is known nowhere else.

    Raises:
        NotAllowedError: no right to approve alerts at all of them, or SECOND_FACTOR.
        InvalidError: with everything that is missing, or a device that has too many holders.
    """
    name, number = " ".join(person_name.split()), " ".join(phone.split())
    with uow:
        devices = [each for each in uow[Devices].get_many(set(device_ids)).values() if _has_keypad(each)]
        _require(uow, devices, call)
        beside = uow[KeyHolders].by_device([each.id for each in devices])
        refuse(holder_problems(name, number, [len(beside.get(each.id, ())) for each in devices]))
        pin, salt, hashed = _new_pin([each for held in beside.values() for each in held])
        holder = KeyHolder(
            id=KeyHolderId(call.new_id()),
            person_name=name,
            phone=number,
            salt=salt,
            pin_hash=hashed,
            issued_at=call.now,
            issued_by=call.actor.user_id,
            issued_by_name=call.actor.name,
        )
        uow[KeyHolders].add(holder)
        uow[KeyHolders].give(holder.id, [each.id for each in devices])
        _renewed(uow, holder, devices, call, "key_holder.issued")
        uow.commit()
    return holder, pin


def change_pin(uow: UnitOfWork, holder_id: KeyHolderId, *, call: Call) -> tuple[KeyHolder, str]:
    """Give the holder a new PIN; the old one works until each box is reached, or its orders expire.

    Raises:
        NotFoundError: no such holder.
        NotAllowedError: no right to approve alerts at all of the devices, or SECOND_FACTOR.
        NotPossibleError: the holder was withdrawn.
    """
    with uow:
        old, devices = _standing(uow, holder_id)
        _require(uow, devices, call)
        beside = uow[KeyHolders].by_device([each.id for each in devices])
        others = [each for held in beside.values() for each in held if each.id != holder_id]
        pin, salt, hashed = _new_pin(others)
        by, name = call.actor.user_id, call.actor.name
        holder = replace(old, salt=salt, pin_hash=hashed, issued_at=call.now, issued_by=by, issued_by_name=name)
        uow[KeyHolders].save(holder)
        _renewed(uow, holder, devices, call, "key_holder.pin_changed")
        uow.commit()
    return holder, pin


def withdraw(uow: UnitOfWork, holder_id: KeyHolderId, *, call: Call) -> KeyHolder:
    """Withdraw the holder's PIN. Those who may cancel alerts there may do so, and those who manage the devices.

    Raises:
        NotFoundError: no such holder.
        NotAllowedError: neither right at all of the devices.
        NotPossibleError: it is withdrawn.
    """
    with uow:
        old, devices = _standing(uow, holder_id)
        areas, tree = _areas(devices), uow[Places].tree()
        try:
            call.require(Action.DEVICE_MANAGE, areas, tree)
        except NotAllowedError:
            call.require(Action.ALERT_CANCEL, areas, tree)
        holder = replace(old, withdrawn_at=call.now, withdrawn_by_name=call.actor.name)
        uow[KeyHolders].save(holder)
        _renewed(uow, holder, devices, call, "key_holder.withdrawn")
        uow.commit()
    return holder


def _standing(uow: UnitOfWork, holder_id: KeyHolderId) -> tuple[KeyHolder, Sequence[Device]]:
    holder = uow[KeyHolders].get(holder_id)
    if holder.withdrawn_at is not None:
        raise NotPossibleError("withdrawn", "withdraw")
    named = uow[KeyHolders].devices_of([holder_id]).get(holder_id, ())
    return holder, list(uow[Devices].get_many(named).values())


def _require(uow: UnitOfWork, devices: Sequence[Device], call: Call) -> None:
    call.require(Action.ALERT_APPROVE, _areas(devices), uow[Places].tree())
    require_fresh_code(call, Action.ALERT_APPROVE)


def _areas(devices: Sequence[Device]) -> Sequence[AreaId]:
    return sorted({each.area_id for each in devices})


def _has_keypad(device: Device) -> bool:
    return device.retired_at is None and device.kind.has_loudspeaker


def _new_pin(others: Sequence[KeyHolder]) -> tuple[str, str, str]:
    """Return a PIN with its salt and hash; no other holder of these devices has it, so that it tells who it was."""
    known = [HolderPin(id=each.id, salt=each.salt, pin_hash=each.pin_hash) for each in others]
    pin = ""
    while not pin or holder_of(pin, known) is not None:
        pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"
    salt = secrets.token_hex(16)
    return pin, salt, pin_hash(pin, salt)


def _renewed(uow: UnitOfWork, holder: KeyHolder, devices: Sequence[Device], call: Call, event: str) -> None:
    named = sorted(each.id for each in devices)
    renew(uow, call.now, named)
    uow.record(call.event(event, holder.id, person=holder.person_name, devices=named))
