"""Sound of bulletins: recordings sent, renditions, and chimes of areas."""

from http import HTTPStatus
from typing import BinaryIO, cast

from flask import Response, jsonify, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import UnsupportedMediaType

from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace
from cms.areas.repository import Places
from cms.bulletins.api.schemas import RecordingOut, SoundOut, UploadBody
from cms.bulletins.repository.sharing import Chimes
from cms.bulletins.service import chimes, recordings
from cms.bulletins.service.recordings import RecordingSender
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, One, answer, body_of
from cms.platform.api.strict import Id, Output, Sha256, Strict, fields_of
from media.errors import RefusedAudioError
from media.model import Upload
from media.uploads import CHUNK_MAX_BYTES, CONTENT_RANGE
from province.areas import AreaId

_PART = body_of("application/octet-stream")
_BODY = body_of("application/octet-stream")


class UploadPath(BaseModel):
    upload_id: str = Field(max_length=80)


class PartHeader(BaseModel):
    """Content-Range of the part: first byte, last byte, total as announced at the beginning."""

    content_range: str = Field(alias="Content-Range", pattern=f"^{CONTENT_RANGE.pattern}$")


@routes.post("/audio/uploads", summary="Begin to send a recording in parts, or go on", responses={201: One[Upload]})
def begin_upload(body: UploadBody) -> tuple[Response, int]:
    """The same name, size and mark again lead to the same upload. Kept for a day after its last byte.

    Send the bytes from ``offset`` on; when ``offset`` is ``bytes`` the upload can be finished.
    """
    found = recordings.begin(caller.context(), _sender(), body.name, body.bytes, body.mark)
    return _json(found), 201


@routes.get("/audio/uploads/<upload_id>", summary="How far an upload has come", responses={200: One[Upload]})
def get_upload(path: UploadPath) -> Response:
    return _json(caller.context().uploads.find(_sender().user_id, path.upload_id))


@routes.put(
    "/audio/uploads/<upload_id>",
    summary="Send a part of at most 8 MB, named by Content-Range",
    responses={200: One[Upload]},
    openapi_extensions=_PART,
)
@caller.other_body
def send_part(path: UploadPath, header: PartHeader) -> Response:
    """UPLOAD_GAP (409) tells in ``offset`` where to go on. A part that has come before is no mistake."""
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType("send application/octet-stream")
    request.max_content_length = CHUNK_MAX_BYTES
    named = CONTENT_RANGE.fullmatch(header.content_range)
    assert named
    stream = cast("BinaryIO", request.stream)
    return _json(recordings.write(caller.context(), _sender(), path.upload_id, int(named[1]), stream))


@routes.post("/audio/uploads/<upload_id>/finish", summary="Make an upload a recording", responses={200: RecordingOut})
def finish_upload(path: UploadPath) -> Response:
    """Naturally idempotent: the same bytes have the same name. What cannot be aired is refused, and is not kept."""
    stored = recordings.finish(caller.context(), _sender(), path.upload_id).stored
    return jsonify(sha256=stored.sha256, bytes=stored.bytes)


def _sender() -> RecordingSender:
    """Return the caller as a sender of recordings; checked at every step, because rights may end in between."""
    with caller.context().uow.reading() as uow:
        caller.require_recorder(uow[Places].tree())
    return RecordingSender(caller.actor().user_id)


def _json(upload: Upload) -> Response:
    return answer(One[Upload](upload))


@routes.post(
    "/audio",
    summary="Send a recording (wav, mp3, m4a, ogg) as the body",
    responses={201: RecordingOut},
    openapi_extensions=_BODY,
)
@caller.other_body
def upload_audio() -> tuple[Response, int]:
    """Naturally idempotent: the same bytes have the same name. What cannot be aired is refused, and is not kept."""
    with caller.context().uow.reading() as uow:
        caller.require_recorder(uow[Places].tree())
    if not request.mimetype.startswith("audio/") and request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType("send audio/* or application/octet-stream")
    most = caller.context().settings.upload_max_mb * 1024 * 1024
    request.max_content_length = most + 1
    if (request.content_length or 0) > most:
        raise RefusedAudioError("TOO_LARGE")
    sender, told = RecordingSender(caller.actor().user_id), request.content_length or most
    taken = recordings.keep(caller.context(), sender, "", cast("BinaryIO", request.stream), told)
    return jsonify(sha256=taken.stored.sha256, bytes=taken.stored.bytes), 201


class ChimePath(BaseModel):
    chime_id: str = Field(max_length=80)


class ChimeBody(Strict):
    """``sha256`` as an upload was answered."""

    area_id: Id
    place: ChimePlace
    sha256: Sha256
    name: str = Field(default="", max_length=300)


@fields_of(Chime, hidden=("job_id",))
class ChimeOut(Output):
    """``sound`` is in use, made from ``original_name``; ``candidate_sha256`` is being made fit.

    ``refusal`` says why the last recording was not taken.
    """

    sound: SoundOut


@routes.get("/chimes", summary="Opening and closing sounds of the areas you may see", responses={200: Lines[ChimeOut]})
def list_chimes() -> Response:
    with caller.context().uow.reading() as uow:
        readable = frozenset(caller.readable_areas(uow[Places].tree()))
        found = [each for each in uow[Chimes].all() if each.area_id in readable]
    return answer(Lines[ChimeOut].model_validate({"items": found}))


@routes.put("/chimes", summary="Set one; it is used from the next approval on", responses={200: ChimeOut})
def set_chime(body: ChimeBody) -> Response:
    context = caller.context()
    chime = chimes.set_chime(
        context.uow(),
        area_id=AreaId(body.area_id),
        place=body.place,
        sha256=body.sha256 if context.content.has(body.sha256) else "",
        name=body.name,
        call=caller.call(),
    )
    return answer(ChimeOut.model_validate(chime))


@routes.delete("/chimes/<chime_id>", summary="Drop one; what is approved keeps it", responses={204: None})
def drop_chime(path: ChimePath) -> Response:
    chimes.drop_chime(caller.context().uow(), ChimeId(path.chime_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
