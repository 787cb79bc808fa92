"""Faults and incidents in Mũi Né, stored as the scheduler does, for tests of screens and API."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notice, Notices
from devices.health.faults import Ending, Fault, FaultState
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.kinds import FaultKind
from devices.health.notices import Duty, IncidentStage
from devices.model import DeviceId
from province.events import Event
from tests.console import COMMUNE, FAR_COMMUNE, Console

BOX = DeviceId(f"{COMMUNE}-l01")


def fault(console: Console, kind: FaultKind = FaultKind.SPEAKER_OPEN, device_id: DeviceId = BOX) -> Fault:
    """Store a fault that has been open for an hour, closing the earlier ones of its kind on the device."""
    context = console.context
    since = context.now() - timedelta(hours=1)
    made = Fault(context.new_id(), device_id, kind, FaultState.OPEN, since, since, detail="12 Ω", relapses=1)
    with context.uow() as unit:
        health = unit[FaultRecords]
        before = [each for each in health.living(context.now()) if (each.device_id, each.kind) == (device_id, kind)]
        over = {"state": FaultState.CLOSED, "closed_at": context.now(), "ending": Ending.CLEARED}
        health.save([replace(each, **over) for each in before], [])  # type: ignore[arg-type]
        health.save([made], [])
        unit.commit()
    return made


def passing(console: Console, going: Fault) -> None:
    """Mark the fault as cleared by the device's last report, but not closed yet."""
    with console.context.uow() as unit:
        unit[FaultRecords].save([replace(going, clear_at=console.context.now())], [])
        unit.commit()


def over(console: Console, ended: Fault) -> None:
    with console.context.uow() as unit:
        closed = replace(ended, state=FaultState.CLOSED, closed_at=console.context.now(), ending=Ending.CLEARED)
        unit[FaultRecords].save([closed], [])
        unit.commit()


def incident(console: Console) -> Incident:
    """Store a power cut of the ward, with a notice to the people on call."""
    context = console.context
    began = context.now() - timedelta(minutes=10)
    made = Incident(
        context.new_id(),
        IncidentScope.FEEDER,
        ("473 Mũi Né",),
        Cause.POWER,
        began,
        began,
        began,
        2,
        1,
        reported_power=1,
    )
    silent = replace(fault(console, FaultKind.LINK_LOST), incident_id=made.id, detail="")
    letter = Notice(
        context.new_id(), "truc@binhthuan.example", made.id, IncidentStage.OPENED, "Mất điện", "…", began, began
    )
    with context.uow() as unit:
        unit[FaultRecords].save([silent], [made])
        unit[Notices].write(letter)
        unit.record(Event("incident.opened", made.id, began, "health", "health", {"affected": 2}))
        unit.commit()
    return made


def wide_incident(console: Console) -> Incident:
    """Store the same cut, with a fault in the township Liên Hương, in another district, as well."""
    made = incident(console)
    elsewhere = fault(console, FaultKind.LINK_LOST, DeviceId(f"{FAR_COMMUNE}-l01"))
    with console.context.uow() as unit:
        unit[FaultRecords].save([replace(elsewhere, incident_id=made.id, detail="")], [])
        unit.commit()
    return made


def duty(console: Console, **fields: object) -> Duty:
    """Put a person of the ward on call, always."""
    named = Duty(console.context.new_id(), COMMUNE, "Trực kỹ thuật", "truc@binhthuan.example")
    made = replace(named, **fields)  # type: ignore[arg-type] # each test names fields of a duty
    with console.context.uow() as unit:
        unit[FaultRecords].add_duty(made)
        unit.commit()
    return made
