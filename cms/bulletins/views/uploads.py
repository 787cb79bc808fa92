"""Upload of a recording: streamed into the content store, named by its hash, checked when its sound is made."""

from flask import render_template, request

from cms.bulletins import forms as bulletin_form
from cms.bulletins.forms import BulletinForm
from cms.bulletins.views import upload_parts
from cms.platform.web import messages, refusals, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from media.errors import RefusedAudioError, UploadGapError, UploadMissingError
from province.errors import Problem
from province.people import Action


def too_large() -> tuple[str, int]:
    """Answer a recording that is too large; also used when the server refuses to read the request at all."""
    return part(BulletinForm(), messages.problem_sentence(Problem("recording", "TOO_LARGE"))), 413


@pages.post("/uploads")
@refusals.too_large_by(too_large)
def upload() -> tuple[str, int]:
    """Render the upload part of the editor: with the recording's hash, or with the reason for its refusal."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    # The previous recording stays if the new file is refused.
    typed = bulletin_form.typed(request.form)
    try:
        taken = upload_parts.taken()
    except RefusedAudioError as error:
        sentence, status = upload_parts.refusal_of(error)
        return part(typed, sentence), status
    except (UploadGapError, UploadMissingError):
        return part(typed, messages.problem_sentence(Problem("recording", "RECORDING_UNKNOWN"))), 422
    if taken is None:
        return part(typed, _("Choose a file.")), 422
    return part(bulletin_form.with_recording(typed, taken)), 200


def part(typed: BulletinForm, refusal: str = "") -> str:
    return render_template(
        "bulletins/_recording.html", typed=typed, problems={"recording": [refusal] if refusal else []}
    )
