"""Recordings of what no voice speaks: taken for one language of an alert's draft."""

from __future__ import annotations

from http import HTTPStatus
from typing import BinaryIO, cast

from flask import render_template, request

from broadcast.errors import NotFoundError, Problem
from broadcast.model.languages import LANGUAGES
from broadcast.model.people import Action
from cms.web import alert_seeing, sentences, visit
from cms.web.languages import _
from cms.web.visit import pages
from media.errors import RefusedAudioError


@pages.post("/alerts/<alert_id>/recordings/<language>")
def alert_recording(alert_id: str, language: str) -> tuple[str, int]:
    """The recording's part of the form again: with its hash, for the form to save, or with why it was not taken."""
    alert = alert_seeing.see(alert_id)
    visit.require(Action.ALERT_RAISE, alert.audience.targets.areas, sentences.tree())
    if language not in LANGUAGES:
        raise NotFoundError("language", language)
    file = request.files.get("recording")
    if file is None or not file.filename:
        return part(alert_id, language, refused=_("Hãy chọn một tệp.")), HTTPStatus.UNPROCESSABLE_ENTITY
    most = visit.context().settings.upload_max_mb * 1024 * 1024
    try:
        stored = visit.context().content.put_stream(cast("BinaryIO", file.stream), most)
    except RefusedAudioError:
        return too_large(alert_id, language)
    finally:
        file.close()
    return part(alert_id, language, sha256=stored.sha256), HTTPStatus.OK


def too_large(alert_id: str, language: str) -> tuple[str, int]:
    """Also the answer where the server refuses to read the request at all."""
    sentence = sentences.problem_sentence(Problem("recording", "TOO_LARGE"))
    return part(alert_id, language, refused=sentence), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def part(alert_id: str, language: str, *, sha256: str = "", refused: str = "") -> str:
    return render_template("_alert_recording.html", alert_id=alert_id, tag=language, sha256=sha256, refused=refused)
