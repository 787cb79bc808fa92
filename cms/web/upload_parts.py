"""Parts of a recording from the browser's own sender: answers are JSON, refusals sentences in the reader's language.

What is whole is then taken by the form's part that asked for it, as a file in one piece would be: with ``upload`` in
place of ``recording``.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import BinaryIO, cast

from flask import Response, jsonify, request
from werkzeug.exceptions import BadRequest

from broadcast.model.people import Action, Actor
from cms.accounts.policy import may
from cms.errors import problem_of
from cms.web import sound_sentences, visit
from cms.web.languages import _
from cms.web.sentences import tree
from cms.web.visit import pages
from media.errors import RefusedAudioError, UploadGapError, UploadMissingError
from media.model import StoredContent, Upload
from media.uploads import CHUNK_MAX_BYTES, CONTENT_RANGE

NAME_MAX = 200
Answer = Response | tuple[Response, int]


@pages.post("/uploads/parts")
def begin_upload() -> Answer:
    _require_sender(visit.actor())
    size = request.form.get("bytes", "")
    name, mark = request.form.get("name", "")[-NAME_MAX:], request.form.get("mark", "")[:80]
    try:
        begun = visit.context().uploads.begin(
            visit.actor().user_id,
            name,
            int(size) if size.isdecimal() and len(size) <= 12 else 0,  # noqa: PLR2004 - beyond any disk
            mark,
            max_bytes=max_bytes(),
        )
    except RefusedAudioError as error:
        return _refused(error), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return _told(begun)


@pages.put("/uploads/parts/<upload_id>")
def send_part(upload_id: str) -> Answer:
    """A gap is no failure: the answer says from where to go on."""
    _require_sender(visit.actor())
    named = CONTENT_RANGE.fullmatch(request.headers.get("Content-Range", ""))
    if named is None:
        raise BadRequest
    request.max_content_length = CHUNK_MAX_BYTES
    owner, uploads = visit.actor().user_id, visit.context().uploads
    try:
        return _told(uploads.write(owner, upload_id, int(named[1]), cast("BinaryIO", request.stream)))
    except UploadGapError:
        return _told(uploads.find(owner, upload_id))
    except UploadMissingError as error:
        return jsonify(message=_(problem_of(error).sentence)), HTTPStatus.NOT_FOUND
    except RefusedAudioError as error:
        return _refused(error), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def taken() -> tuple[str, StoredContent | None]:
    """The recording that this request brings, whole or as the id of an upload: its name and where it is stored.

    Raises RefusedAudioError TOO_LARGE; UploadMissingError, UploadGapError.
    """
    uploads, upload_id = visit.context().uploads, request.form.get("upload", "")
    if upload_id:
        owner = visit.actor().user_id
        return uploads.find(owner, upload_id).name, uploads.finish(owner, upload_id)
    file = request.files.get("recording")
    if file is None or not file.filename:
        return "", None
    try:
        stored = visit.context().content.put_stream(cast("BinaryIO", file.stream), max_bytes())
    finally:
        file.close()
    return file.filename[-NAME_MAX:], stored


def max_bytes() -> int:
    return visit.context().settings.upload_max_mb * 1024 * 1024


def _require_sender(actor: Actor) -> None:
    """Whoever may write a bulletin, raise an alert or speak live anywhere may send a recording."""
    if not any(may(actor, action, None, tree()) for action in (Action.ALERT_RAISE, Action.LIVE_SPEAK)):
        visit.require(Action.BULLETIN_WRITE, (), tree())


def _told(upload: Upload) -> Response:
    return jsonify(id=upload.id, offset=upload.offset, bytes=upload.bytes)


def _refused(error: RefusedAudioError) -> Response:
    return jsonify(message=sound_sentences.REFUSED[error.reason]())
