"""Phrase bank: an announcer records one phrase after the other; a worker checks each and reports refusals."""

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.alerts.wanted_phrases import wanted_phrases
from broadcast.speech.normalization import VIETNAMESE
from broadcast.speech.phrase_bank import PhraseId, PhraseRecording, key_of
from cms.bulletins.views import templates, uploads
from cms.platform.web import area_picker, messages, refusals, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.speech.repository import Phrases
from cms.speech.service import phrase_recordings
from province.areas import AreaId, AreaTree
from province.errors import InvalidError, NotAllowedError, Problem
from province.people import Action

NAMES_MAX = 150

# The phrases are the same for every request.
_wanted = lru_cache(maxsize=256)(wanted_phrases)


@dataclass(frozen=True)
class PhraseLine:
    """A phrase and its recording in the area; ``state``: good, checking, refused, missing."""

    text: str
    recording: PhraseRecording | None = None
    failure: str = ""

    @property
    def state(self) -> str:
        if self.recording is None:
            return "missing"
        if self.recording.candidate_sha256:
            return "checking"
        if self.recording.refusal:
            return "refused"
        return "good"

    @property
    def is_recorded(self) -> bool:
        """Return whether it may be used. A recording that is being checked does not count: it may be refused."""
        return self.recording is not None and bool(self.recording.sha256)

    @property
    def is_left(self) -> bool:
        return self.state in ("missing", "refused") and not self.is_recorded


@pages.get("/phrases")
def phrases() -> str:
    messages.tree_for(Action.PHRASE_RECORD)
    areas = area_picker.options(area_picker.outermost_first(Action.PHRASE_RECORD))
    area_id = _area(areas)
    part = request.args.get("part", "")
    template = "speech/_phrase_list.html" if part == "list" else "speech/phrases.html"
    told = {} if part == "list" else templates.shares_of_voice(area_id)
    return render_template(template, areas=areas, **told, **_parts(area_id, request.args.get("text", "")))


def too_large() -> tuple[str, int]:
    """Answer a recording that is too large; also used when the server refuses to read the request at all."""
    sentence = messages.problem_sentence(Problem("recording", "TOO_LARGE"))
    return _refused(sentence, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@pages.post("/phrases/recordings")
@refusals.too_large_by(too_large)
def record_phrase() -> tuple[str, int]:
    """Render the card with the next phrase, and the list; or the same phrase with the reason for a refusal."""
    area_id, text = AreaId(request.args.get("area", "")), request.args.get("text", "")
    request_context.require(Action.PHRASE_RECORD, (), messages.tree())
    try:
        taken = uploads.taken(is_strict=True)
        if taken is None:
            return _refused(_("Choose a file."))
        phrase_recordings.record_phrase(
            new_unit(), area_id=area_id, language=VIETNAMESE, text=text, sha256=taken.stored.sha256, call=call()
        )
    except InvalidError as error:
        return _refused(*uploads.refusal_of(error))
    return render_template("speech/_phrase_recorded.html", **_parts(area_id, after=text)), HTTPStatus.OK


@pages.post("/phrases/<phrase_id>/forget")
def forget_phrase(phrase_id: str) -> Response:
    phrase = phrase_recordings.forget_phrase(new_unit(), PhraseId(phrase_id), call=call())
    flash(_("The recording of “%(text)s” is forgotten.", text=phrase.text), "good")
    return redirect(url_for("web.phrases", area=phrase.area_id))


def _refused(refusal: str, status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY) -> tuple[str, int]:
    """Render the card with the same phrase, and the reason."""
    asked = {"area_id": request.args.get("area", ""), "text": request.args.get("text", ""), "skip": ""}
    return render_template("speech/_phrase_card.html", **asked, refusal=refusal), status


def _parts(area_id: AreaId, text: str = "", *, after: str = "") -> dict[str, object]:
    """Return the variables of card and list: ``text`` comes next, else the first missing one from ``after`` on."""
    tree = messages.tree()
    if not request_context.can(Action.PHRASE_RECORD, area_id, tree):
        raise NotAllowedError(Action.PHRASE_RECORD, "AREA", (area_id,))
    lines = _lines(area_id, tree)
    left = [line.text for line in lines if line.is_left]
    here = next((at for at, line in enumerate(lines) if line.text == after), -1)
    following = [line.text for line in lines[here + 1 :] if line.is_left]
    wanted = " ".join(text.split())[: phrase_recordings.PHRASE_MAX] or next(iter((*following, *left)), "")
    at = left.index(wanted) if wanted in left else -1
    return {
        "area_id": area_id,
        "lines": lines,
        "recorded": sum(line.is_recorded for line in lines),
        "refused": [line for line in lines if line.state == "refused"],
        "text": wanted,
        "skip": left[(at + 1) % len(left)] if len(left) > 1 else "",
        "refusal": "",
        "is_checking": any(line.state == "checking" for line in lines),
    }


def _lines(area_id: AreaId, tree: AreaTree) -> list[PhraseLine]:
    today = request_context.today()
    names = tuple(area.name for area in tree.subtree(area_id) if area.is_in_force(today))[:NAMES_MAX]
    with request_context.context().uow.reading() as uow:
        known = {key_of(each.text): each for each in uow[Phrases].in_areas([area_id], VIETNAMESE)}
    lines = [_line(text, known.pop(key_of(text), None)) for text in _wanted(names)]
    return [*(_line(own.text, own) for own in known.values()), *lines]


def _line(text: str, recording: PhraseRecording | None) -> PhraseLine:
    failure = messages.failure(recording.refusal) if recording and recording.refusal else ""
    return PhraseLine(text, recording, failure)


def _area(areas: list[tuple[AreaId, str]]) -> AreaId:
    return AreaId(request.args.get("area", "") or request_context.first(areas, Action.PHRASE_RECORD)[0])
