"""Firmware: images, and roll-outs in waves."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field, field_validator
from werkzeug.exceptions import UnsupportedMediaType

from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id, Sha256
from cms.firmware.queries import member_list
from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import packages, rollouts
from cms.firmware.service.rollouts import RolloutDraft
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import answer, body_of
from cms.platform.api.strict import Output, Strict
from cms.platform.store.uow import UnitOfWork
from devices.firmware import rollout_progress
from devices.firmware.model import ImageId, MemberState, Rollout, RolloutId, RolloutState, Wave
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action
from province.policy import visible_areas

_PACKAGE = body_of("application/octet-stream")


class RolloutPath(BaseModel):
    rollout_id: str = Field(max_length=80)


class RolloutBody(Strict):
    """One image for each model, to all devices of these models at and below the area."""

    area_id: Id
    image_ids: list[Sha256] = Field(max_length=50)
    title: str = Field(max_length=300)


class RolloutStopBody(Strict):
    why: str = Field(max_length=2000)


class MembersQuery(BaseModel):
    state: MemberState | None = None
    cursor: str = Field(default="", max_length=40)
    limit: int = Field(default=100, ge=1, le=500)


class ImageOut(BaseModel):
    """``id`` is the SHA-256 of the signed manifest, ``sha256`` that of the image."""

    model_config = ConfigDict(from_attributes=True, protected_namespaces=())
    id: str
    model: str
    number: int
    version: str
    sha256: str
    bytes: int
    floor: int = Field(description="Once a device keeps this image, nothing numbered below boots there any more")
    notes: str
    uploaded_at: datetime
    uploaded_by_name: str


class Images(BaseModel):
    items: list[ImageOut]


class WaveOut(BaseModel):
    """``size`` counts the devices that were heard, or may still be."""

    wave: str
    size: int
    done: int
    failed: int
    open: int
    unheard: int


class RolloutOut(Output):
    id: str
    version: int
    area_id: str
    image_ids: list[str]
    title: str
    state: RolloutState
    wave: str
    wave_at: datetime | None
    paused_at: datetime | None
    created_at: datetime
    created_by_name: str
    started_by_name: str
    released_by_name: str
    stop_code: str = Field(description="GATE, UNHEARD or PERSON")
    stop_why: str
    waves: list[WaveOut] = Field(default=[], description="Only where one roll-out is asked for")

    @field_validator("wave", mode="before")
    @classmethod
    def _named(cls, wave: object) -> object:
        return wave.name.lower() if isinstance(wave, Wave) else wave


class Rollouts(BaseModel):
    items: list[RolloutOut]


class RolloutPreviewOut(BaseModel):
    """``models`` by image id; ``left_out`` by reason."""

    devices: int
    waves: dict[str, int]
    models: dict[str, int]
    left_out: dict[str, int]


class MemberOut(Output):
    device_id: str
    device_name: str
    image_id: str
    wave: str
    state: MemberState
    code: str
    attempt: int
    sent_at: datetime | None
    changed_at: datetime | None

    @field_validator("wave", mode="before")
    @classmethod
    def _named(cls, wave: object) -> object:
        return wave.name.lower() if isinstance(wave, Wave) else wave


class Members(BaseModel):
    items: list[MemberOut]
    next_cursor: str


@routes.get("/firmware/images", summary="Images taken in, by model", responses={200: Images})
def list_images() -> Response:
    with caller.context().uow.reading() as uow:
        caller.require(Action.DEVICE_READ, (), uow[Places].tree())
        found = uow[FirmwareRecords].images()
    return answer(Images(items=[ImageOut.model_validate(each) for each in found]))


@routes.post(
    "/firmware/images",
    summary="Take in a signed package, sent as the body",
    responses={201: ImageOut},
    openapi_extensions=_PACKAGE,
)
@caller.other_body
def upload_image() -> Response:
    """Naturally idempotent: the same package is the same image."""
    context = caller.context()
    with context.uow.reading() as uow:
        caller.require(Action.DEVICE_MANAGE, (), uow[Places].tree())
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType("send application/octet-stream")
    request.max_content_length = packages.PACKAGE_MAX_BYTES
    image = packages.take(
        context.uow(), request.get_data(), keyring=context.keyring, content=context.content, call=caller.call()
    )
    return answer(ImageOut.model_validate(image), HTTPStatus.CREATED)


@routes.get("/firmware/rollouts", summary="Roll-outs where you may read, newest first", responses={200: Rollouts})
def list_rollouts() -> Response:
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        caller.require(Action.DEVICE_READ, (), tree)
        mine = visible_areas(caller.actor(), Action.DEVICE_READ, tree)
        found = [each for each in uow[FirmwareRecords].rollouts() if each.area_id in mine]
    return answer(Rollouts(items=[RolloutOut.model_validate(each) for each in found]))


@routes.post(
    "/firmware/rollouts/preview", summary="Who would be in it, and who not", responses={200: RolloutPreviewOut}
)
def preview_rollout(body: RolloutBody) -> Response:
    context = caller.context()
    with context.uow.reading() as uow:
        tree = uow[Places].tree()
        area_id = AreaId(body.area_id)
        caller.require(Action.DEVICE_MANAGE, (area_id,) if area_id in tree else (), tree)
        found = rollouts.preview(uow, RolloutId(context.new_id()), _draft(body))
    members = found.choice.members
    return answer(
        RolloutPreviewOut(
            devices=len(members),
            waves={wave.name.lower(): sum(each.wave is wave for each in members) for wave in Wave},
            models=Counter(each.image_id for each in members),
            left_out=Counter(each.value for each in found.choice.left_out.values()),
        )
    )


@routes.post("/firmware/rollouts", summary="Plan one; nobody is told yet", responses={201: RolloutOut})
def plan_rollout(body: RolloutBody) -> Response:
    context = caller.context()
    rollout_id = RolloutId(context.new_id())
    return idempotency.created(
        "firmware/rollouts",
        lambda uow: rollouts.plan(uow, rollout_id, draft=_draft(body), call=caller.call()),
        lambda uow: uow[FirmwareRecords].get(rollout_id),
        _said,
    )


@routes.get("/firmware/rollouts/<rollout_id>", summary="One roll-out, with its figures", responses={200: RolloutOut})
def get_rollout(path: RolloutPath) -> Response:
    with caller.context().uow.reading() as uow:
        found = _seen(uow, path.rollout_id)
        figures = rollout_progress.tally(uow[FirmwareRecords].members(found.id))
    told = RolloutOut.model_validate(found)
    told.waves = [WaveOut(wave=each.wave.name.lower(), **_counts(each)) for each in figures]
    return answer(told, version=found.version)


@routes.get("/firmware/rollouts/<rollout_id>/devices", summary="Where each device stands", responses={200: Members})
def list_rollout_devices(path: RolloutPath, query: MembersQuery) -> Response:
    with caller.context().uow.reading() as uow:
        found = _seen(uow, path.rollout_id)
        page = member_list(uow.session, found.id, query.state, after=query.cursor, limit=query.limit)
    items = [MemberOut.model_validate(each) for each in page.rows]
    return answer(Members(items=items, next_cursor=page.next_cursor))


@routes.post("/firmware/rollouts/<rollout_id>/start", summary="Tell the canary", responses={200: RolloutOut})
def start_rollout(path: RolloutPath) -> Response:
    return _stepped(path, rollouts.start)


@routes.post(
    "/firmware/rollouts/<rollout_id>/release",
    summary="Let the other waves follow: by somebody who neither planned nor started it",
    responses={200: RolloutOut},
)
def release_rollout(path: RolloutPath) -> Response:
    return _stepped(path, rollouts.release)


@routes.post("/firmware/rollouts/<rollout_id>/pause", summary="Tell nobody more", responses={200: RolloutOut})
def pause_rollout(path: RolloutPath) -> Response:
    return _stepped(path, rollouts.pause)


@routes.post("/firmware/rollouts/<rollout_id>/resume", summary="Go on after a pause", responses={200: RolloutOut})
def resume_rollout(path: RolloutPath) -> Response:
    return _stepped(path, rollouts.pause, is_paused=False)


@routes.post("/firmware/rollouts/<rollout_id>/stop", summary="Stop it for good", responses={200: RolloutOut})
def stop_rollout(path: RolloutPath, body: RolloutStopBody) -> Response:
    return _stepped(path, rollouts.stop, why=body.why)


def _stepped(path: RolloutPath, act: Callable[..., Rollout], **more: Any) -> Response:
    with caller.context().uow.reading() as uow:
        found = _seen(uow, path.rollout_id)
    return idempotency.said(_said(versions.step(act, found, **more)), HTTPStatus.OK)


def _seen(uow: UnitOfWork, rollout_id: str) -> Rollout:
    """Return the roll-out. Raises NotFoundError if there is none that the caller may read."""
    tree = uow[Places].tree()
    caller.require(Action.DEVICE_READ, (), tree)
    found = uow[FirmwareRecords].get(RolloutId(rollout_id))
    if found.area_id not in visible_areas(caller.actor(), Action.DEVICE_READ, tree):
        raise NotFoundError("firmware_rollout", rollout_id)
    return found


def _draft(body: RolloutBody) -> RolloutDraft:
    return RolloutDraft(AreaId(body.area_id), tuple(ImageId(each) for each in body.image_ids), body.title)


def _counts(tally: rollout_progress.WaveTally) -> dict[str, int]:
    return {
        "size": tally.size,
        "done": tally.done,
        "failed": tally.failed,
        "open": tally.open,
        "unheard": tally.unheard,
    }


def _said(found: Rollout) -> SubjectAnswer:
    return SubjectAnswer(RolloutOut.model_validate(found).model_dump_json(), f'"{found.version}"')
