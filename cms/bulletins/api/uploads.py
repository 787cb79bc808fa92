"""Resumable uploads of recordings: begin, send from the current offset, finish. Any step may be repeated."""

from typing import BinaryIO, cast

from flask import Response, jsonify, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import UnsupportedMediaType

from cms.areas.repository import Places
from cms.bulletins.api.schemas import RecordingOut, UploadBody, UploadOut
from cms.bulletins.service import recordings
from cms.bulletins.service.recordings import RecordingSender
from cms.platform.api import caller
from cms.platform.api.caller import routes
from media.model import Upload
from media.uploads import CHUNK_MAX_BYTES, CONTENT_RANGE

_PART = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class UploadPath(BaseModel):
    upload_id: str = Field(max_length=80)


class PartHeader(BaseModel):
    """Content-Range of the part: first byte, last byte, total as announced at the beginning."""

    content_range: str = Field(alias="Content-Range", pattern=f"^{CONTENT_RANGE.pattern}$")


@routes.post("/audio/uploads", summary="Begin to send a recording in parts, or go on", responses={201: UploadOut})
def begin_upload(body: UploadBody) -> tuple[Response, int]:
    """The same name, size and mark again lead to the same upload. Kept for a day after its last byte."""
    found = recordings.begin(caller.context(), _sender(), body.name, body.bytes, body.mark)
    return _json(found), 201


@routes.get("/audio/uploads/<upload_id>", summary="How far an upload has come", responses={200: UploadOut})
def get_upload(path: UploadPath) -> Response:
    return _json(caller.context().uploads.find(_sender().user_id, path.upload_id))


@routes.put(
    "/audio/uploads/<upload_id>",
    summary="Send a part of at most 8 MB, named by Content-Range",
    responses={200: UploadOut},
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
    return jsonify(UploadOut.model_validate(upload).model_dump())
