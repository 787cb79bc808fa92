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
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from cms.platform.store.uow import UnitOfWork
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.kinds import RULES, FaultKind, FaultRisk, Stake
from devices.health.speak_label import CanSpeak
from devices.model import DeviceId
from province.errors import NotFoundError


class FaultPath(BaseModel):
    fault_id: str = Field(max_length=80)


class IncidentPath(BaseModel):
    incident_id: str = Field(max_length=80)


class FaultQuery(BaseModel):
    area: str = Field(default="", max_length=80, description="Only in this area or below it")
    limit: int = Field(default=200, ge=1, le=2_000)


class FaultTakeBody(Strict):
    note: str = Field(default="", max_length=NOTE_MAX)


class FaultTakenOut(Output):
    subject_id: str
    at: datetime
    by_name: str
    note: str


class StakeOut(Output):
    """``next_at``: when one of its devices is to sound next."""

    devices: int
    next_at: datetime | None
    is_alerted: bool


class FaultOut(BaseModel):
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


class IncidentOut(Output):
    id: str
    scope: IncidentScope
    keys: list[str]
    cause: Cause
    began_at: datetime
    opened_at: datetime
    over_at: datetime | None
    members: int
    affected: int
    reported_power: int
    merged_into: str


class RankedIncidentOut(IncidentOut):
    areas: list[str]
    stake: StakeOut
    acknowledged: FaultTakenOut | None


class LabelOut(Output):
    """Label of a device: its ability to speak now; ``reason``: the fault to repair first."""

    can_speak: CanSpeak
    reason: FaultKind | None
    is_passing: bool = Field(description="The reason is no longer seen, but not for long enough to be called over")


class PartOut(Output):
    area_id: str
    affected: int
    members: int


class WholeIncidentOut(IncidentOut):
    parts: list[PartOut]
    acknowledged: FaultTakenOut | None


class FaultLines(BaseModel):
    """``total``: of all there are, most urgent first."""

    items: list[FaultOut]
    total: int


class IncidentLines(BaseModel):
    items: list[RankedIncidentOut]


@routes.get("/faults", summary="Open faults of single devices, most urgent first", responses={200: FaultLines})
def list_faults(query: FaultQuery) -> Response:
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        found = ranked(uow.session, caller.device_areas(tree, query.area), tree, caller.context().now()).faults
    return answer(FaultLines(items=[_fault(each) for each in found[: query.limit]], total=len(found)))


@routes.get("/devices/<device_id>/label", summary="Can it speak now, and if not, why", responses={200: LabelOut})
def get_label(path: DevicePath) -> Response:
    with caller.context().uow.reading() as uow:
        mine = caller.device_areas(uow[Places].tree(), "")
        device = uow[Devices].get(DeviceId(path.device_id))
        if device.area_id not in mine:
            raise NotFoundError("device", path.device_id)
        found = labels(uow.session, [device.id])[device.id]
    return answer(LabelOut.model_validate(found))


@routes.get("/incidents", summary="Incidents going on, most urgent first", responses={200: IncidentLines})
def list_incidents(query: FaultQuery) -> Response:
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        found = ranked(uow.session, caller.device_areas(tree, query.area), tree, caller.context().now()).incidents
    return answer(IncidentLines(items=[_incident(each) for each in found[: query.limit]]))


@routes.get("/incidents/<incident_id>", summary="One incident, area by area", responses={200: WholeIncidentOut})
def get_incident(path: IncidentPath) -> Response:
    with caller.context().uow.reading() as uow:
        found, parts = _seen(uow, path.incident_id)
        taken = uow[FaultRecords].acknowledgements([found.id]).get(found.id)
    body = IncidentOut.model_validate(found).model_dump()
    shown = [PartOut.model_validate(each) for each in parts]
    return answer(WholeIncidentOut(**body, parts=shown, acknowledged=_taken(taken)))


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
    tree = uow[Places].tree()
    mine = caller.device_areas(tree, "")
    found = uow[FaultRecords].incident(incident_id)
    parts = list(parts_of(uow.session, found))
    if {each.area_id for each in parts}.isdisjoint(mine):
        raise NotFoundError("incident", incident_id)
    return found, parts


def _fault(found: RankedFault) -> FaultOut:
    fault, rule = found.line.fault, RULES[found.line.fault.kind]
    return FaultOut(
        id=fault.id,
        device_id=fault.device_id,
        device_name=found.line.device_name,
        area_id=found.line.area_id,
        kind=fault.kind,
        severity=rule.severity.name.lower(),
        endangers=rule.danger,
        since_at=fault.since_at,
        opened_at=fault.opened_at,
        relapses=fault.relapses,
        detail=fault.detail,
        stake=_stake(found.stake),
        acknowledged=_taken(found.taken),
        muted_until=found.muted_until,
    )


def _incident(found: RankedIncident) -> RankedIncidentOut:
    return RankedIncidentOut(
        **IncidentOut.model_validate(found.incident).model_dump(),
        areas=sorted(found.areas),
        stake=_stake(found.stake),
        acknowledged=_taken(found.taken),
    )


def _stake(found: Stake) -> StakeOut:
    return StakeOut.model_validate(found)


def _taken(found: Acknowledgement | None) -> FaultTakenOut | None:
    return None if found is None else FaultTakenOut.model_validate(found)


def _said(found: Acknowledgement) -> SubjectAnswer:
    """Return the answer about an acknowledgement; its ETag is the instant of it."""
    return SubjectAnswer(FaultTakenOut.model_validate(found).model_dump_json(), f'"{found.at.timestamp():.6f}"')
