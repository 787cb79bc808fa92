"""Taking a recording: streamed into the content store, named by its hash, checked when its sound is made."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import render_template, request

from broadcast.errors import Problem
from broadcast.model.people import Action
from cms.web import sentences, visit
from cms.web.bulletin_form import BulletinForm
from cms.web.languages import _
from cms.web.visit import pages
from media.errors import RefusedAudioError

_NAME_MAX = 200


@pages.post("/uploads")
def upload() -> tuple[str, int]:
    """The upload part of the editor again: with the recording's hash, or with why it was not taken."""
    visit.require(Action.BULLETIN_WRITE, (), sentences.tree())
    file = request.files.get("recording")
    if file is None or not file.filename:
        return part(BulletinForm(), _("Hãy chọn một tệp.")), 422
    most = visit.context().settings.upload_max_mb * 1024 * 1024
    try:
        stored = visit.context().content.put_stream(cast("BinaryIO", file.stream), most)
    except RefusedAudioError:
        return too_large()
    finally:
        file.close()
    return part(BulletinForm(original_sha256=stored.sha256, original_name=file.filename[-_NAME_MAX:])), 200


def too_large() -> tuple[str, int]:
    """Also the answer where the server refuses to read the request at all."""
    return part(BulletinForm(), sentences.problem_sentence(Problem("recording", "TOO_LARGE"))), 413


def part(typed: BulletinForm, refusal: str = "") -> str:
    settings = visit.context().settings
    return render_template(
        "_recording.html",
        typed=typed,
        problems={"recording": [refusal] if refusal else []},
        upload_max_mb=settings.upload_max_mb,
        upload_max_minutes=settings.upload_max_minutes,
    )
