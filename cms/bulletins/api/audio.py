"""Uploads of recordings: streamed into the content store; a bulletin then names one by its hash."""

from typing import BinaryIO, cast

from flask import Response, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType

from cms.areas.repository import Places
from cms.bulletins.api.schemas import RecordingOut
from cms.bulletins.service import recordings
from cms.bulletins.service.recordings import RecordingSender
from cms.platform.api import caller
from cms.platform.api.caller import routes
from media.errors import RefusedAudioError

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


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
