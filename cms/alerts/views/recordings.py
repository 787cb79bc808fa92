"""Uploads of recordings for languages without a voice, each for one language of an alert's draft."""

from http import HTTPStatus

from flask import render_template, request

from broadcast.speech.languages import LANGUAGES
from cms.alerts.views import page
from cms.bulletins.views import upload_parts
from cms.platform.web import messages, refusals, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from media.errors import RefusedAudioError, UploadGapError, UploadMissingError
from province.errors import NotFoundError, Problem
from province.people import Action


def too_large(alert_id: str, language: str) -> tuple[str, int]:
    """Render the refusal; also used when the server refuses to read the request at all."""
    sentence = messages.problem_sentence(Problem("recording", "TOO_LARGE"))
    return part(alert_id, language, refused=sentence), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pages.post("/alerts/<alert_id>/recordings/<language>")
@refusals.too_large_by(too_large)
def alert_recording(alert_id: str, language: str) -> tuple[str, int]:
    """Render the recording's part of the form, with the hash to save, or with the reason for its refusal."""
    alert = page.see(alert_id)
    request_context.require(Action.ALERT_RAISE, alert.audience.targets.areas, messages.tree())
    if language not in LANGUAGES:
        raise NotFoundError("language", language)
    try:
        taken = upload_parts.taken(is_urgent=True)
    except RefusedAudioError as error:
        sentence, status = upload_parts.refusal_of(error)
        before = request.form.get(f"recording-{language}", "")
        kept = before if request_context.context().content.has(before) else ""
        return part(alert_id, language, sha256=kept, refused=sentence), status
    except (UploadGapError, UploadMissingError):
        sentence = messages.problem_sentence(Problem("recording", "RECORDING_UNKNOWN"))
        return part(alert_id, language, refused=sentence), HTTPStatus.UNPROCESSABLE_ENTITY
    if taken is None:
        return part(alert_id, language, refused=_("Choose a file.")), HTTPStatus.UNPROCESSABLE_ENTITY
    return part(alert_id, language, sha256=taken.stored.sha256), HTTPStatus.OK


def part(alert_id: str, language: str, *, sha256: str = "", refused: str = "") -> str:
    return render_template(
        "alerts/_alert_recording.html", alert_id=alert_id, tag=language, sha256=sha256, refused=refused
    )
