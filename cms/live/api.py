"""Live addresses: prepared, on the air, ended."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Self

from flask import Response, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import BadRequest, ServiceUnavailable, UnsupportedMediaType

from broadcast.bulletins.model import SoundState
from broadcast.live.model import LiveId, LiveRecording, LiveSession, frame_ms
from cms.alerts.queries.reaches import area_reaches
from cms.areas.repository import Places
from cms.live.queries import Delay, delay_of, latest_live
from cms.live.repository import LiveSessions
from cms.live.service import addresses, held_addresses, pipe
from cms.live.service.held_addresses import device_sound_of
from cms.live.service.pipe import UnsealedFrame
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer, body_of
from cms.platform.api.strict import Id, Output, Sha256, Strict, fields_of
from cms.platform.store.engine import reading
from devices.protocol.errors import MalformedError
from devices.protocol.live import SEQ_MAX
from media.errors import ContentMissingError
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action
from province.policy import visible_areas

_FRAME = body_of("application/octet-stream")


class LiveMode(StrEnum):
    RECORD = "record"
    LIVE = "live"


class LivePath(BaseModel):
    live_id: str = Field(max_length=80)


class FrameQuery(BaseModel):
    """Number of the frame, counted up from 0, and the instant when its first sample was spoken (ms UTC)."""

    seq: int = Field(ge=0, le=SEQ_MAX)
    at: int = Field(ge=0, lt=2**53)


class LiveBody(Strict):
    areas: list[Id] = Field(max_length=200)
    topic: str = Field(max_length=2000)
    way: LiveMode = LiveMode.RECORD


class LiveSoundBody(Strict):
    sha256: Sha256


@fields_of(LiveRecording, hidden=("sound_sha256",))
class LiveRecordingOut(Output):
    """Recording of the sent sound, at ``/content/{sha256}`` (Ogg Opus)."""


class LiveSoundOut(BaseModel):
    """Sound recorded beforehand, processed for airing: listen to ``/content/{sha256}`` before it is released."""

    state: SoundState
    error: str
    sha256: str
    duration_ms: int


@fields_of(LiveSession, hidden=("owner_id", "sound"))
class LiveOut(Output):
    until_at: datetime = Field(description="It ends by then; while it is held: it may be released until then")
    recording: LiveRecordingOut | None
    recorded_first: LiveSoundOut | None = Field(default=None, description="null: it is spoken live")

    @classmethod
    def made(cls, found: LiveSession) -> Self:
        told = cls.model_validate(found)
        if found.sound is not None:
            made = device_sound_of(found)
            told.recorded_first = LiveSoundOut(
                state=found.sound.state,
                error=found.sound.error,
                sha256=made.sha256 if made else "",
                duration_ms=made.duration_ms if made else 0,
            )
        return told


class LiveWithReachOut(LiveOut):
    frame_ms: int = Field(description="How much sound a frame has to hold")
    reached: dict[str, int] = Field(description="How many devices are in which state")
    delay: Delay | None


@routes.get("/live-addresses", summary="The newest live addresses where you may look", responses={200: Lines[LiveOut]})
def list_live() -> Response:
    with reading(caller.context().engine) as session:
        found = latest_live(session)
    seen = _areas()
    return answer(Lines[LiveOut](items=[LiveOut.made(each) for each in found if not seen.isdisjoint(each.areas)]))


@routes.post("/live-addresses", summary="Refused: people speak, at the console", responses={201: LiveOut})
def prepare_live(body: LiveBody) -> Response:
    """``record``: nothing sounds before it is released. ``live``: the loudspeakers open now, and wait a minute."""
    live_id = LiveId(caller.context().new_id())
    prepare = partial(addresses.prepare, longest=_longest())
    ask: Callable[..., LiveSession] = held_addresses.hold if body.way is LiveMode.RECORD else prepare
    return idempotency.created(
        "live-addresses",
        lambda uow: ask(
            uow, live_id, areas=[AreaId(area_id) for area_id in body.areas], topic=body.topic, call=caller.call()
        ),
        lambda uow: uow[LiveSessions].get(live_id),
        _said,
    )


@routes.get("/live-addresses/<live_id>", summary="One of them, and how far it got", responses={200: LiveWithReachOut})
def get_live(path: LivePath) -> Response:
    found = _seen(path.live_id)
    with reading(caller.context().engine) as session:
        areas, delay = area_reaches(session, found.id), delay_of(session, found.id)
    reached: Counter[str] = Counter()
    for area in areas:
        reached.update({state.value: count for state, count in area.states.items()})
    return answer(
        LiveWithReachOut(
            **LiveOut.made(found).model_dump(), frame_ms=frame_ms(reached.total()), reached=reached, delay=delay
        )
    )


@routes.post("/live-addresses/<live_id>/air", summary="Refused: people speak, at the console", responses={200: LiveOut})
def go_live(path: LivePath) -> Response:
    return _stepped(path, addresses.go_on_air)


@routes.post("/live-addresses/<live_id>/stop", summary="End it, or discard what was recorded", responses={200: LiveOut})
def stop_live(path: LivePath) -> Response:
    return _stepped(path, addresses.stop)


@routes.post(
    "/live-addresses/<live_id>/recording", summary="Refused: people record, at the console", responses={200: LiveOut}
)
def record_live(path: LivePath, body: LiveSoundBody) -> Response:
    """``sha256`` is that of a recording sent to ``/audio`` before."""
    try:
        caller.context().content.stat(body.sha256)
    except ContentMissingError:
        raise NotFoundError("recording", body.sha256) from None
    return _stepped(path, held_addresses.record, sha256=body.sha256)


@routes.post(
    "/live-addresses/<live_id>/release", summary="Refused: people release, at the console", responses={200: LiveOut}
)
def release_live(path: LivePath) -> Response:
    """Twice is once."""
    return _stepped(path, held_addresses.release, longest=_longest())


@routes.post(
    "/live-addresses/<live_id>/frames",
    summary="Refused: people speak, at the console",
    responses={204: None},
    openapi_extensions=_FRAME,
)
@caller.other_body
def speak_live(path: LivePath, query: FrameQuery) -> tuple[str, int]:
    """Packets of 20 ms, each with its length (2 bytes, big-endian) before it. A frame that is lost stays lost."""
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType("send application/octet-stream")
    context = caller.context()
    with context.uow.reading() as uow:
        found, tree = uow[LiveSessions].get(LiveId(path.live_id)), uow[Places].tree()
    addresses.require_heard(found, caller.call(), tree)
    try:
        frame = pipe.read_body(str(query.seq), str(query.at), request.get_data(cache=False))
    except MalformedError as error:
        raise BadRequest(str(error)) from None
    if not pipe.say(context, UnsealedFrame(found.id, frame)):
        raise ServiceUnavailable("the gateway is away")
    return "", HTTPStatus.NO_CONTENT


def _stepped(path: LivePath, act: Callable[..., LiveSession], **more: object) -> Response:
    found = _seen(path.live_id)
    return idempotency.once_said(
        HTTPStatus.OK,
        lambda uow: act(uow, found.id, call=caller.call(), **more),
        lambda uow: uow[LiveSessions].get(found.id),
        _said,
    )


def _seen(live_id: str) -> LiveSession:
    """Return the session. Raises NotFoundError if there is none in areas that the caller may see."""
    with reading(caller.context().engine) as session:
        found = LiveSessions(session).get(LiveId(live_id))
    if _areas().isdisjoint(found.areas):
        raise NotFoundError("live", live_id)
    return found


def _areas() -> frozenset[AreaId]:
    """Return the areas whose deliveries the caller may read. Raises NotAllowedError if there are none."""
    with caller.reading(Action.DELIVERY_READ) as (_uow, tree):
        return visible_areas(caller.actor(), Action.DELIVERY_READ, tree)


def _longest() -> timedelta:
    return timedelta(minutes=caller.context().settings.live_max_minutes)


def _said(found: LiveSession) -> SubjectAnswer:
    return SubjectAnswer(LiveOut.made(found).model_dump_json(), f'"{found.version}"')
