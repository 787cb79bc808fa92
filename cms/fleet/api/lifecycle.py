"""Device life cycle and provisioning: registered boxes, claiming at the pole, quarantine, moves, decommissioning."""

import os
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from flask import Response
from pydantic import BaseModel, Field

from cms.commands.api.commands import BatchOut
from cms.commands.repository import CommandBatches
from cms.commands.service import quarantine
from cms.commands.service.quarantine import BY_TWO
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import changes, claims, registration
from cms.fleet.service.changes import BY_HAND
from cms.fleet.service.claims import Claim
from cms.fleet.service.registration import NAME_MAX, BoxDraft
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import AreaBody, Id, Output, Strict
from cms.platform.store.uow import UnitOfWork
from devices.commands.model import BatchId
from devices.lifecycle import CertificateState, DeviceLifecycle, LifecycleAction, LifecycleState, canonical_serial
from devices.model import Device, DeviceId, DeviceKind
from province.areas import AreaId, Point
from province.errors import NotFoundError
from province.people import Action
from province.policy import may


class LifecyclePath(BaseModel):
    device_id: str = Field(max_length=40)


class ActPath(LifecyclePath):
    act: str = Field(max_length=20, description=", ".join(act.value for act in BY_HAND))


class BoxBody(Strict):
    """``code`` is the claim code that its maker printed: what the server makes is shown on its screens alone, once."""

    serial: str = Field(max_length=80)
    kind: DeviceKind = DeviceKind.CLUSTER
    area_id: Id
    name: str = Field(default="", max_length=300)
    code: str = Field(min_length=16, max_length=40)


class BoxesBody(Strict):
    items: list[BoxBody] = Field(min_length=1, max_length=registration.AT_ONCE_MAX)


class ClaimBody(Strict):
    serial: str = Field(max_length=80)
    code: str = Field(max_length=40)
    area_id: Id
    name: str = Field(default="", max_length=300)
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    replaces: Id | None = Field(default=None, description="The device whose hardware this box is from now on")


class ActBody(Strict):
    why: str = Field(default="", max_length=2000)
    at_once: bool = Field(
        default=False,
        description="Without another person. Done by people at the console: refused to every token (TOKEN_REFUSED)",
    )
    key_in_doubt: bool = Field(
        default=False,
        description="Of a quarantine: somebody else may have its key, so alerts are muted too. Else alerts pass",
    )


class DeviceMoveBody(AreaBody):
    keeps_point: bool = Field(default=False, description="It stays at its pole: only its area was wrong")


class DescriptionBody(Strict):
    """``lat`` and ``lon``, in degrees, go together; without them the position is unknown."""

    name: str = Field(min_length=1, max_length=NAME_MAX)
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


class BoxOut(Output):
    serial: str
    kind: DeviceKind
    name: str
    area_id: str
    state: LifecycleState
    since_at: datetime
    device_id: str | None
    claimed_at: datetime | None
    locked_until_at: datetime | None
    version: int


class CertificateOut(Output):
    number: str
    state: CertificateState
    issued_at: datetime
    ends_at: datetime


class IdentityOut(BoxOut):
    quarantined: bool
    alerts_pass: bool = Field(description="In quarantine it goes on to sound alerts")
    certificates: list[CertificateOut]


@routes.get("/devices/registrations", summary="Boxes that are not in service", responses={200: Lines[BoxOut]})
def list_boxes() -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        lives = uow[DeviceLifecycles].in_states(
            (LifecycleState.REGISTERED, LifecycleState.CLAIMED, LifecycleState.REVOKED)
        )
    seen = [life for life in lives if may(caller.actor(), Action.DEVICE_READ, life.area_id, tree)]
    return answer(Lines[BoxOut].model_validate({"items": seen}))


@routes.post("/devices/registrations", summary="Register boxes: all of them, or none", responses={201: Lines[BoxOut]})
def register_boxes(body: BoxesBody) -> Response:
    drafts = [BoxDraft(each.serial, each.kind.value, AreaId(each.area_id), each.name, each.code) for each in body.items]
    serials = [serial for draft in drafts if (serial := canonical_serial(draft.serial))]

    def register(uow: UnitOfWork) -> list[DeviceLifecycle]:
        done = registration.register(uow, drafts, call=caller.call(), entropy=os.urandom)
        return [each.life for each in done]

    return idempotency.once_said(
        HTTPStatus.CREATED, register, lambda uow: [uow[DeviceLifecycles].get(serial) for serial in serials], _boxes_said
    )


@routes.post("/devices/claims", summary="Claim a box at its pole", responses={201: IdentityOut})
def claim_box(body: ClaimBody) -> Response:
    """Sent again it is claimed again: open for one enrolment, as the first time."""
    context = caller.context()
    point = None if body.lat is None or body.lon is None else Point(body.lat, body.lon)
    typed = Claim(
        serial=body.serial,
        code=body.code,
        area_id=AreaId(body.area_id),
        name=body.name,
        point=point,
        replaces=DeviceId(body.replaces) if body.replaces else None,
    )
    life = claims.claim(context.uow(), typed, call=caller.call())
    assert life.device_id is not None
    return _identity(_seen(life.device_id), HTTPStatus.CREATED)


@routes.get("/devices/<device_id>/identity", summary="Who a device is", responses={200: IdentityOut})
def get_identity(path: LifecyclePath) -> Response:
    return _identity(_seen(path.device_id))


@routes.post(
    "/devices/<device_id>/identity/<act>",
    summary="Quarantine, release, revoke, retire or unclaim it",
    responses={200: IdentityOut, 202: BatchOut},
)
def change_device(path: ActPath, body: ActBody) -> Response:
    """202: it waits for another person, who agrees to the batch: all but unclaim, and what is done ``at_once``."""
    found, context = _seen(path.device_id), caller.context()
    action = next((act for act in BY_HAND if act.value == path.act), None)
    if action is None:
        raise NotFoundError("act", path.act)
    with context.uow.reading() as uow:
        version = versions.expected_version(changes.life_of(uow, found).version)
    if body.at_once:
        quarantine.do_at_once(
            context.uow(),
            found.id,
            action,
            why=body.why,
            expected_version=version,
            call=caller.call(),
            most=context.settings.at_once_devices_max,
            alerts_pass=_passes_alerts(action, body),
        )
    elif action in BY_TWO:
        return _asked(found.id, action, body, version)
    else:
        changes.unclaim(context.uow(), found.id, why=body.why, expected_version=version, call=caller.call())
    return _identity(_seen(path.device_id))


def _passes_alerts(action: LifecycleAction, body: ActBody) -> bool:
    return action is LifecycleAction.QUARANTINE and not body.key_in_doubt


def _asked(device_id: DeviceId, action: LifecycleAction, body: ActBody, version: int) -> Response:
    context = caller.context()
    batch_id = BatchId(context.new_id())
    return idempotency.once_said(
        HTTPStatus.ACCEPTED,
        lambda uow: quarantine.ask(
            uow,
            batch_id,
            device_id,
            action,
            why=body.why,
            alerts_pass=_passes_alerts(action, body),
            expected_version=version,
            call=caller.call(),
        ),
        lambda uow: uow[CommandBatches].get(batch_id),
        idempotency.saying(BatchOut),
    )


@routes.post("/devices/<device_id>/move", summary="To another area, with key and history", responses={200: IdentityOut})
def move_device(path: LifecyclePath, body: DeviceMoveBody) -> Response:
    found, context = _seen(path.device_id), caller.context()
    point = found.point if body.keeps_point else None
    changes.move(context.uow(), found.id, AreaId(body.area_id), point=point, call=caller.call())
    return _identity(_seen(path.device_id))


@routes.put("/devices/<device_id>/description", summary="Correct name and position", responses={200: IdentityOut})
def describe_device(path: LifecyclePath, body: DescriptionBody) -> Response:
    found, context = _seen(path.device_id), caller.context()
    changes.describe(
        context.uow(),
        found.id,
        name=body.name,
        point=None if body.lat is None or body.lon is None else Point(body.lat, body.lon),
        call=caller.call(),
    )
    return _identity(_seen(path.device_id))


def _seen(device_id: str) -> Device:
    """Return the device. Raises NotFoundError if there is none that the caller may see."""
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        found = uow[Devices].get(DeviceId(device_id))
    return caller.seen(found, Action.DEVICE_READ, tree, "device", device_id)


def _identity(device: Device, status: int = HTTPStatus.OK) -> Response:
    with caller.context().uow.reading() as uow:
        life = changes.life_of(uow, device)
        certificates = uow[DeviceLifecycles].certificates_of(device.id)
    told = IdentityOut.of(
        life,
        area_id=device.area_id,
        quarantined=device.quarantined,
        alerts_pass=device.alerts_pass,
        certificates=certificates,
    )
    return answer(told, status, version=life.version)


def _boxes_said(lives: list[DeviceLifecycle]) -> SubjectAnswer:
    return SubjectAnswer(Lines[BoxOut].model_validate({"items": lives}).model_dump_json(), "")
