"""Taking a recording: streamed into the content store, named by its hash, checked when its sound is made."""

from __future__ import annotations

from flask import render_template

from broadcast.errors import Problem
from broadcast.model.people import Action
from cms.web import sentences, upload_parts, visit
from cms.web.bulletin_form import BulletinForm
from cms.web.languages import _
from cms.web.visit import pages
from media.errors import RefusedAudioError, UploadGapError, UploadMissingError


@pages.post("/uploads")
def upload() -> tuple[str, int]:
    """The upload part of the editor again: with the recording's hash, or with why it was not taken."""
    visit.require(Action.BULLETIN_WRITE, (), sentences.tree())
    try:
        name, stored = upload_parts.taken()
    except RefusedAudioError:
        return too_large()
    except (UploadGapError, UploadMissingError):
        return part(BulletinForm(), sentences.problem_sentence(Problem("recording", "RECORDING_UNKNOWN"))), 422
    if stored is None:
        return part(BulletinForm(), _("Hãy chọn một tệp.")), 422
    return part(BulletinForm(original_sha256=stored.sha256, original_name=name)), 200


def too_large() -> tuple[str, int]:
    """Also the answer where the server refuses to read the request at all."""
    return part(BulletinForm(), sentences.problem_sentence(Problem("recording", "TOO_LARGE"))), 413


def part(typed: BulletinForm, refusal: str = "") -> str:
    return render_template("_recording.html", typed=typed, problems={"recording": [refusal] if refusal else []})
