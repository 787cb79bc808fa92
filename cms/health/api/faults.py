"""Fault registry: single faults, incidents, and their acknowledgements."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from cms.areas.api.areas import DevicePath
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.health.queries.faults import AreaPart, parts_of
from cms.health.repository.faults import Acknowledgement, FaultRecords
from cms.health.service.duties import NOTE_MAX, acknowledge_fault, acknowledge_incident
from cms.health.service.ranking import RankedFault, RankedIncident, ranked
from cms.health.service.speak_labels import labels
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Output, Strict, fields_of
from cms.platform.store.uow import UnitOfWork
from devices.health.incidents import Incident
from devices.health.kinds import RULES, FaultKind, FaultRisk, Stake
from devices.health.speak_label import CanSpeak
from devices.model import DeviceId
from province.errors import NotFoundError
from province.people import Action


class FaultPath(BaseModel):
    fault_id: str = Field(max_length=80)


class IncidentPath(BaseModel):
    incident_id: str = Field(max_length=80)


class FaultQuery(BaseModel):
    area: str = Field(default="", max_length=80, description="Only in this area or below it")
    limit: int = Field(default=200, ge=1, le=2_000)


class FaultTakeBody(Strict):
    note: str = Field(default="", max_length=NOTE_MAX)


@fields_of(Acknowledgement, hidden=("by",))
class FaultTakenOut(Output): ...


@fields_of(Stake, hidden=("severity",))
class StakeOut(Output):
    """``next_at``: when one of its devices is to sound next."""


class FaultOut(Output):
    id: str
    device_id: str
    device_name: str
    area_id: str
    kind: FaultKind
    severity: str
    endangers: FaultRisk
    since_at: datetime
    opened_at: datetime | None
    relapses: int
    detail: str
    stake: StakeOut
    acknowledged: FaultTakenOut | None
    muted_until: datetime | None = Field(description="Somebody works there: nobody is told of it until then")


@fields_of(Incident, hidden=("joined_at",))
class IncidentOut(Output): ...


class RankedIncidentOut(IncidentOut):
    areas: list[str]
    stake: StakeOut
    acknowledged: FaultTakenOut | None


class LabelOut(Output):
    """Label of a device: its ability to speak now; ``reason``: the fault to repair first."""

    can_speak: CanSpeak
    reason: FaultKind | None
    is_passing: bool = Field(description="The reason is no longer seen, but not for long enough to be called over")


class WholeIncidentOut(IncidentOut):
    parts: list[AreaPart]
    acknowledged: FaultTakenOut | None


class FaultLines(BaseModel):
    """``total``: of all there are, most urgent first."""

    items: list[FaultOut]
    total: int


@routes.get("/faults", summary="Open faults of single devices, most urgent first", responses={200: FaultLines})
def list_faults(query: FaultQuery) -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        found = ranked(uow.session, caller.device_areas(tree, query.area), tree, caller.context().now()).faults
    return answer(FaultLines(items=[_fault(each) for each in found[: query.limit]], total=len(found)))


@routes.get("/devices/<device_id>/label", summary="Can it speak now, and if not, why", responses={200: LabelOut})
def get_label(path: DevicePath) -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        device = uow[Devices].get(DeviceId(path.device_id))
        device = caller.seen(device, Action.DEVICE_READ, tree, "device", path.device_id)
        found = labels(uow.session, [device.id])[device.id]
    return answer(LabelOut.model_validate(found))


@routes.get("/incidents", summary="Incidents going on, most urgent first", responses={200: Lines[RankedIncidentOut]})
def list_incidents(query: FaultQuery) -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        found = ranked(uow.session, caller.device_areas(tree, query.area), tree, caller.context().now()).incidents
    return answer(Lines[RankedIncidentOut](items=[_incident(each) for each in found[: query.limit]]))


@routes.get("/incidents/<incident_id>", summary="One incident, area by area", responses={200: WholeIncidentOut})
def get_incident(path: IncidentPath) -> Response:
    with caller.context().uow.reading() as uow:
        found, parts = _seen(uow, path.incident_id)
        taken = uow[FaultRecords].acknowledgements([found.id]).get(found.id)
    return answer(WholeIncidentOut.of(found, parts=parts, acknowledged=taken))


@routes.post("/faults/<fault_id>/acknowledge", summary="Take a fault on", responses={200: FaultTakenOut})
def take_fault_on(path: FaultPath, body: FaultTakeBody) -> Response:
    return _take_on(acknowledge_fault, path.fault_id, body.note)


@routes.post("/incidents/<incident_id>/acknowledge", summary="Take an incident on", responses={200: FaultTakenOut})
def take_incident_on(path: IncidentPath, body: FaultTakeBody) -> Response:
    return _take_on(acknowledge_incident, path.incident_id, body.note)


def _take_on(act: Callable[..., Acknowledgement], subject_id: str, note: str) -> Response:
    return idempotency.once_said(
        HTTPStatus.OK,
        lambda uow: act(uow, subject_id, note=note, call=caller.call()),
        lambda uow: uow[FaultRecords].acknowledgements([subject_id])[subject_id],
        _said,
    )


def _seen(uow: UnitOfWork, incident_id: str) -> tuple[Incident, list[AreaPart]]:
    """Return the incident and its parts by area. Raises NotFoundError if there is none that the caller may see."""
    mine = caller.device_areas(uow[Places].tree(), "")
    found = uow[FaultRecords].incident(incident_id)
    parts = list(parts_of(uow.session, found))
    if {each.area_id for each in parts}.isdisjoint(mine):
        raise NotFoundError("incident", incident_id)
    return found, parts


def _fault(found: RankedFault) -> FaultOut:
    fault, rule = found.line.fault, RULES[found.line.fault.kind]
    return FaultOut.of(
        fault,
        device_name=found.line.device_name,
        area_id=found.line.area_id,
        severity=rule.severity.name.lower(),
        endangers=rule.danger,
        stake=found.stake,
        acknowledged=found.taken,
        muted_until=found.muted_until,
    )


def _incident(found: RankedIncident) -> RankedIncidentOut:
    return RankedIncidentOut.of(found.incident, areas=sorted(found.areas), stake=found.stake, acknowledged=found.taken)


def _said(found: Acknowledgement) -> SubjectAnswer:
    """Return the answer about an acknowledgement; its ETag is the instant of it."""
    return SubjectAnswer(FaultTakenOut.model_validate(found).model_dump_json(), f'"{found.at.timestamp():.6f}"')
