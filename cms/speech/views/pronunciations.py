"""Pronunciation dictionary of the province: sayings by area."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.speech.dictionary import key_of
from broadcast.speech.readings import PronunciationId, Saying
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.speech.repository.pronunciations import Pronunciations
from cms.speech.service import dictionary
from cms.speech.views import spoken
from province.areas import AreaId
from province.errors import Problem
from province.people import Action
from province.policy import visible_areas

ROWS = 300


@pages.get("/words")
def words() -> str:
    return _page()


@pages.post("/words")
def teach_word() -> Answer:
    form = request.form
    saying = Saying(form.get("written", ""), form.get("spoken", ""), bool(form.get("is_case_sensitive")))
    area_id = AreaId(form.get("area", ""))
    with redisplay(_page, saying, area_id, not_yours="area"):
        word = spoken.teach(saying, area_id)
    told = {"written": word.saying.written, "spoken": word.saying.spoken}
    flash(_("Remembered: “%(written)s” is said “%(spoken)s”.", **told), "good")
    return redirect(url_for("web.words"))


@pages.post("/words/<pronunciation_id>/forget")
def forget_word(pronunciation_id: str) -> Response:
    context = request_context.context()
    word = dictionary.forget(context.uow(), PronunciationId(pronunciation_id), call=request_context.call())
    flash(_("Forgotten: how “%(written)s” is said.", written=word.saying.written), "good")
    return redirect(url_for("web.words"))


def _page(saying: Saying | None = None, area_id: AreaId | None = None, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    request_context.require(Action.BULLETIN_READ, (), tree)
    wanted = key_of(request.args.get("q", ""))
    with request_context.context().uow.reading() as uow:
        found = uow[Pronunciations].in_areas(visible_areas(request_context.actor(), Action.BULLETIN_READ, tree))
    shown = [word for word in found if wanted in key_of(f"{word.saying.written} {word.saying.spoken}")]
    return render_template(
        "speech/words.html",
        rows=shown[:ROWS],
        left_out=len(shown) - len(shown[:ROWS]),
        mine={word.id for word in shown[:ROWS] if request_context.can(Action.WORD_TEACH, word.area_id, tree)},
        area_names=messages.area_names,
        teach_areas=area_picker.options(area_picker.outermost_first(Action.WORD_TEACH)),
        q=request.args.get("q", ""),
        typed=saying or Saying("", ""),
        area_id=area_id,
        problems=messages.by_field(problems),
    )
