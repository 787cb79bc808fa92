"""Uploads of recordings, in parts, from any page that takes one."""

from http import HTTPStatus
from io import SEEK_END
from typing import BinaryIO, cast

from flask import Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from cms.bulletins import forms as bulletin_form
from cms.bulletins.forms import BulletinForm
from cms.bulletins.service import recordings
from cms.bulletins.service.recordings import KeptRecording, RecordingSender
from cms.platform.errors import problem_of
from cms.platform.web import messages, refusals, request_context, sound_refusals
from cms.platform.web.languages import _
from cms.platform.web.messages import tree
from cms.platform.web.request_context import pages
from media.errors import RefusedAudioError, UploadGapError, UploadMissingError
from media.model import Upload
from media.uploads import CHUNK_MAX_BYTES, CONTENT_RANGE
from province.errors import InvalidError, Problem
from province.people import Action, Actor
from province.policy import may

NAME_MAX = 200
Answer = Response | tuple[Response, int]


@pages.post("/uploads/parts")
def begin_upload() -> Answer:
    sender, size = _sender(request_context.actor()), request.form.get("bytes", "")
    name, mark = request.form.get("name", "")[-NAME_MAX:], request.form.get("mark", "")[:80]
    told = int(size) if size.isdecimal() and len(size) <= 12 else 0  # noqa: PLR2004 - beyond any disk
    try:
        begun = recordings.begin(request_context.context(), sender, name, told, mark)
    except RefusedAudioError as error:
        return _refused(error), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return _told(begun)


@pages.put("/uploads/parts/<upload_id>")
def send_part(upload_id: str) -> Answer:
    """Take one part. After a gap, the answer gives the offset from which to continue."""
    sender = _sender(request_context.actor())
    named = CONTENT_RANGE.fullmatch(request.headers.get("Content-Range", ""))
    if named is None:
        raise BadRequest
    request.max_content_length = CHUNK_MAX_BYTES
    context = request_context.context()
    try:
        return _told(recordings.write(context, sender, upload_id, int(named[1]), cast("BinaryIO", request.stream)))
    except UploadGapError:
        return _told(context.uploads.find(sender.user_id, upload_id))
    except UploadMissingError as error:
        return jsonify(message=_(problem_of(error).sentence)), HTTPStatus.NOT_FOUND
    except RefusedAudioError as error:
        return _refused(error), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def taken(*, is_strict: bool = False, is_urgent: bool = False) -> KeptRecording | None:
    """Return the recording of this request, whole or by the id of an upload; None if it has none.

    It is checked before it is stored. ``is_strict``: by the rules for a phrase, which is joined to others.
    ``is_urgent``: for an alert or a live address.

    Raises InvalidError, with a problem of the field ``recording``.
    """
    try:
        return _taken(is_strict=is_strict, is_urgent=is_urgent)
    except RefusedAudioError as error:
        problem = sound_refusals.problem_of(error)
    except (UploadGapError, UploadMissingError):
        problem = Problem("recording", "RECORDING_UNKNOWN")
    raise InvalidError([problem])


def _taken(*, is_strict: bool, is_urgent: bool) -> KeptRecording | None:
    context, upload_id = request_context.context(), request.form.get("upload", "")
    sender = RecordingSender(request_context.actor().user_id, is_urgent=is_urgent, is_strict=is_strict)
    if upload_id:
        return recordings.finish(context, sender, upload_id)
    file = request.files.get("recording")
    if file is None or not file.filename:
        return None
    try:
        size = file.seek(0, SEEK_END)
        file.seek(0)
        return recordings.keep(context, sender, file.filename[-NAME_MAX:], cast("BinaryIO", file.stream), size)
    finally:
        file.close()


def refusal_of(error: InvalidError) -> tuple[str, HTTPStatus]:
    """Return the sentences and the status of a refused recording."""
    return " ".join(map(messages.problem_sentence, error.problems)), sound_refusals.status_of(error.problems)


def _sender(actor: Actor) -> RecordingSender:
    """Return the sender: a user who may write a bulletin, raise an alert or speak live anywhere.

    For the latter two it is urgent, if the form says that it is for that.
    """
    may_hurry = any(may(actor, action, None, tree()) for action in (Action.ALERT_RAISE, Action.LIVE_SPEAK))
    if not may_hurry:
        request_context.require(Action.BULLETIN_WRITE, (), tree())
    return RecordingSender(actor.user_id, is_urgent=may_hurry and "urgent" in request.args)


def _told(upload: Upload) -> Response:
    return jsonify(id=upload.id, offset=upload.offset, bytes=upload.bytes)


def _refused(error: RefusedAudioError) -> Response:
    return jsonify(message=sound_refusals.sentence(error.reason))


def too_large() -> tuple[str, int]:
    """Answer a recording that is too large; also used when the server refuses to read the request at all."""
    return part(BulletinForm(), messages.problem_sentence(Problem("recording", "TOO_LARGE"))), 413


@pages.post("/uploads")
@refusals.too_large_by(too_large)
def upload() -> tuple[str, int]:
    """Render the upload part of the editor: with the recording's hash, or with the reason for its refusal."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    # The previous recording stays if the new file is refused.
    typed = BulletinForm.of(request.form)
    try:
        sound = taken()
    except InvalidError as error:
        sentence, status = refusal_of(error)
        return part(typed, sentence), status
    if sound is None:
        return part(typed, _("Choose a file.")), 422
    return part(bulletin_form.with_recording(typed, sound)), 200


def part(typed: BulletinForm, refusal: str = "") -> str:
    return render_template(
        "bulletins/_recording.html", typed=typed, problems={"recording": [refusal] if refusal else []}
    )
