"""Cues and fades of a recording: set on its waveform or typed; its sound is made again, the recording is unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound

from broadcast.bulletins.model import Bulletin, Cues
from cms.bulletins.service import drafts
from cms.bulletins.service.revisions import redraft
from cms.bulletins.views import bulletin_parts
from cms.bulletins.views.bulletins import readable
from cms.platform.web import forms, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.platform.web.typed_form import TypedForm, entry
from province.errors import ConflictError, FrozenError, Problem, problem_if
from province.people import Action

FIELDS: Final = ("in_ms", "out_ms", "fade_in_ms", "fade_out_ms")
_LETTERS_MAX = 20
# Content types for the browser, which plays the file as it was uploaded.
_PLAYED_AS: Final = frozenset({"wav", "mp3", "m4a", "ogg", "opus", "webm", "flac"})


@dataclass(frozen=True)
class CuesForm(TypedForm):
    """Cues as typed: seconds, or minutes and seconds; an empty end means that of the recording."""

    in_ms: str = entry(most=_LETTERS_MAX)
    out_ms: str = entry(most=_LETTERS_MAX)
    fade_in_ms: str = entry(most=_LETTERS_MAX)
    fade_out_ms: str = entry(most=_LETTERS_MAX)


@pages.get("/bulletins/<bulletin_id>/cues")
def cues(bulletin_id: str) -> Answer:
    found = _cued(bulletin_id)
    return _page(found, _shown(found.cues))


@pages.post("/bulletins/<bulletin_id>/cues")
def save_cues(bulletin_id: str) -> Answer:
    found = _cued(bulletin_id)
    form = CuesForm.of(request.form)
    wanted, problems = read(form)
    if problems:
        return _page(found, form, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with redisplay(_page, found, form):
            saved = request_context.step(drafts.edit, found, draft=replace(redraft(found), cues=wanted))
    except FrozenError:
        return _page(found, form), HTTPStatus.CONFLICT
    except ConflictError:
        return _page(_cued(bulletin_id), form, is_conflict=True), HTTPStatus.CONFLICT
    flash(_("Saved. The sound is being made again; the original stays as it is."), "good")
    return redirect(url_for("web.bulletin", bulletin_id=saved.id))


def read(form: CuesForm) -> tuple[Cues, list[Problem]]:
    """Read the cues, and report every field that is not a length of time."""
    problems: list[Problem] = []
    typed: dict[str, int | None] = {}
    for name in FIELDS:
        text = getattr(form, name)
        typed[name] = forms.milliseconds(text)
        problems += problem_if(text and typed[name] is None, f"cues.{name}", "NOT_SECONDS")
    return Cues(
        in_ms=typed["in_ms"] or 0,
        out_ms=typed["out_ms"],
        fade_in_ms=typed["fade_in_ms"] or 0,
        fade_out_ms=typed["fade_out_ms"] or 0,
    ), problems


def _shown(found: Cues) -> CuesForm:
    return CuesForm(
        in_ms=forms.written(found.in_ms),
        out_ms="" if found.out_ms is None else forms.written(found.out_ms),
        fade_in_ms=forms.written(found.fade_in_ms),
        fade_out_ms=forms.written(found.fade_out_ms),
    )


def _cued(bulletin_id: str) -> Bulletin:
    """Return the bulletin. Raises NotFoundError, NotAllowedError; NotFound if it is spoken, not recorded."""
    found, tree = readable(bulletin_id)
    request_context.require(Action.BULLETIN_WRITE, found.targets.areas, tree)
    if not found.original_sha256:
        raise NotFound
    return found


def _page(found: Bulletin, typed: CuesForm, problems: Sequence[Problem] = (), *, is_conflict: bool = False) -> str:
    beside: Mapping[str, list[str]] = messages.by_field(problems)
    suffix = found.original_name.rpartition(".")[2].lower()
    return render_template(
        "bulletins/cues.html",
        bulletin=found,
        typed=typed,
        problems=beside,
        is_conflict=is_conflict,
        outline=found.sound.rendition("outline") or found.sound.rendition("waveform"),
        length_ms=found.original_ms,
        freeze=bulletin_parts.freeze_of(found),
        played_as=suffix if suffix in _PLAYED_AS else None,
        written=forms.written,
    )
