"""Firmware: images, and roll-outs in waves."""

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from flask import Response, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from werkzeug.exceptions import UnsupportedMediaType

from cms.areas.repository import Places
from cms.firmware.queries import member_list
from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import packages, rollouts
from cms.firmware.service.rollouts import RolloutDraft
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer, body_of
from cms.platform.api.strict import Id, Output, Sha256, Strict, WhyBody, fields_of
from cms.platform.store.uow import UnitOfWork
from devices.firmware import rollout_progress
from devices.firmware.model import FirmwareImage, Member, MemberState, Rollout, RolloutId, Wave
from devices.firmware.rollout_progress import WaveTally
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action
from province.policy import visible_areas

_PACKAGE = body_of("application/octet-stream")


WaveName = Annotated[str, BeforeValidator(lambda wave: wave.name.lower() if isinstance(wave, Wave) else wave)]


class RolloutPath(BaseModel):
    rollout_id: str = Field(max_length=80)


class RolloutBody(Strict):
    """One image for each model, to all devices of these models at and below the area."""

    area_id: Id
    image_ids: list[Sha256] = Field(max_length=50)
    title: str = Field(max_length=300)


class MembersQuery(BaseModel):
    state: MemberState | None = None
    cursor: str = Field(default="", max_length=40)
    limit: int = Field(default=100, ge=1, le=500)


@fields_of(FirmwareImage, hidden=("manifest", "uploaded_by"))
class ImageOut(Output):
    """``id`` is the SHA-256 of the signed manifest, ``sha256`` that of the image."""

    model_config = ConfigDict(from_attributes=True, protected_namespaces=())
    floor: int = Field(description="Once a device keeps this image, nothing numbered below boots there any more")


@fields_of(WaveTally)
class WaveOut(Output):
    """``size`` counts the devices that were heard, or may still be."""

    wave: WaveName


@fields_of(Rollout, hidden=("created_by", "started_by", "changed_at"))
class RolloutOut(Output):
    wave: WaveName
    stop_code: str = Field(description="GATE, UNHEARD or PERSON")
    waves: list[WaveOut] = Field(default=[], description="Only where one roll-out is asked for")


class RolloutPreviewOut(BaseModel):
    """``models`` by image id; ``left_out`` by reason."""

    devices: int
    waves: dict[str, int]
    models: dict[str, int]
    left_out: dict[str, int]


@fields_of(Member, hidden=("rollout_id", "commune_id", "is_cluster", "again_at"))
class MemberOut(Output):
    wave: WaveName


class Members(BaseModel):
    items: list[MemberOut]
    next_cursor: str


@routes.get("/firmware/images", summary="Images taken in, by model", responses={200: Lines[ImageOut]})
def list_images() -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, _tree):
        found = uow[FirmwareRecords].images()
    return answer(Lines[ImageOut].model_validate({"items": found}))


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
    caller.require_anywhere(Action.DEVICE_MANAGE)
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType("send application/octet-stream")
    request.max_content_length = packages.PACKAGE_MAX_BYTES
    image = packages.take(
        context.uow(), request.get_data(), keyring=context.keyring, content=context.content, call=caller.call()
    )
    return answer(ImageOut.model_validate(image), HTTPStatus.CREATED)


@routes.get(
    "/firmware/rollouts", summary="Roll-outs where you may read, newest first", responses={200: Lines[RolloutOut]}
)
def list_rollouts() -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        mine = visible_areas(caller.actor(), Action.DEVICE_READ, tree)
        found = [each for each in uow[FirmwareRecords].rollouts() if each.area_id in mine]
    return answer(Lines[RolloutOut].model_validate({"items": found}))


@routes.post(
    "/firmware/rollouts/preview", summary="Who would be in it, and who not", responses={200: RolloutPreviewOut}
)
def preview_rollout(body: RolloutBody) -> Response:
    context = caller.context()
    with context.uow.reading() as uow:
        tree = uow[Places].tree()
        area_id = AreaId(body.area_id)
        caller.require(Action.DEVICE_MANAGE, (area_id,) if area_id in tree else (), tree)
        found = rollouts.preview(uow, RolloutId(context.new_id()), body.build(RolloutDraft))
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
        lambda uow: rollouts.plan(uow, rollout_id, draft=body.build(RolloutDraft), call=caller.call()),
        lambda uow: uow[FirmwareRecords].get(rollout_id),
        idempotency.saying(RolloutOut),
    )


@routes.get("/firmware/rollouts/<rollout_id>", summary="One roll-out, with its figures", responses={200: RolloutOut})
def get_rollout(path: RolloutPath) -> Response:
    with caller.context().uow.reading() as uow:
        found = _seen(uow, path.rollout_id)
        figures = rollout_progress.tally(uow[FirmwareRecords].members(found.id))
    waves = [WaveOut.model_validate(each) for each in figures]
    return answer(RolloutOut.of(found, waves=waves), version=found.version)


@routes.get("/firmware/rollouts/<rollout_id>/devices", summary="Where each device stands", responses={200: Members})
def list_rollout_devices(path: RolloutPath, query: MembersQuery) -> Response:
    with caller.context().uow.reading() as uow:
        found = _seen(uow, path.rollout_id)
        page = member_list(uow.session, found.id, query.state, after=query.cursor, limit=query.limit)
    return answer(Members.model_validate({"items": page.rows, "next_cursor": page.next_cursor}))


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
def stop_rollout(path: RolloutPath, body: WhyBody) -> Response:
    return _stepped(path, rollouts.stop, why=body.why)


def _stepped(path: RolloutPath, act: Callable[..., Rollout], **more: Any) -> Response:
    with caller.context().uow.reading() as uow:
        found = _seen(uow, path.rollout_id)
    return versions.stepped(RolloutOut, act, found, **more)


def _seen(uow: UnitOfWork, rollout_id: str) -> Rollout:
    """Return the roll-out. Raises NotFoundError if there is none that the caller may read."""
    tree = uow[Places].tree()
    caller.require(Action.DEVICE_READ, (), tree)
    found = uow[FirmwareRecords].get(RolloutId(rollout_id))
    if found.area_id not in visible_areas(caller.actor(), Action.DEVICE_READ, tree):
        raise NotFoundError("firmware_rollout", rollout_id)
    return found
