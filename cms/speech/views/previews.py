"""Hearing a sentence of the bulletin that is being written, before anything of it is saved."""

from io import BytesIO

from flask import Response, render_template, request, send_file
from werkzeug.exceptions import NotFound

from broadcast.speech.sentence_bounds import sentences
from cms.bulletins.forms import BulletinForm
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import call, new_unit, pages
from cms.speech.model import SpeechPreview
from cms.speech.repository import SpeechPreviews
from cms.speech.service import previews
from cms.speech.views import spoken
from province.errors import InvalidError
from province.people import Action

ALL = "all"
_DIGITS_MAX = 4


@pages.post("/bulletins/hear")
def hear_sentence() -> tuple[str, int]:
    """Order one sentence of the text as typed, or all of it, and render its player or its progress."""
    messages.tree_for(Action.BULLETIN_WRITE)
    form, wanted = BulletinForm.of(request.form), request.form.get("sentence", "")
    text, areas = spoken.said_text(form)
    if wanted != ALL:
        found = sentences(text)
        number = int(wanted) if wanted.isdecimal() and len(wanted) <= _DIGITS_MAX else len(found)
        text = text[found[number].start : found[number].end] if number < len(found) else ""
    try:
        preview = previews.order(new_unit(), language=form.language, text=text, areas=areas, call=call())
    except InvalidError as error:
        refusal = " ".join(map(messages.problem_sentence, error.problems))
        return render_template("speech/_heard.html", refusal=refusal), 422
    return _part(preview), 200


@pages.get("/bulletins/heard/<preview_id>")
def heard_sentence(preview_id: str) -> str:
    """Render the player, or the progress, which the page polls."""
    return _part(_preview(preview_id))


@pages.get("/bulletins/heard/<preview_id>/clip")
def heard_clip(preview_id: str) -> Response:
    clip = _preview(preview_id).clip
    if clip is None:
        raise NotFound
    response = send_file(BytesIO(clip), mimetype="audio/mpeg", conditional=True, etag=preview_id)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _preview(preview_id: str) -> SpeechPreview:
    """Return the preview of the user's own. Raises NotFoundError, NotFound."""
    messages.tree_for(Action.BULLETIN_WRITE)
    with request_context.context().uow.reading() as uow:
        found = uow[SpeechPreviews].get(preview_id)
    if found.ordered_by != request_context.actor().user_id:
        raise NotFound
    return found


def _part(preview: SpeechPreview) -> str:
    is_late = preview.is_open and request_context.context().now() - preview.ordered_at > previews.OPEN_LASTS
    failure = messages.failure(preview.error) if preview.error else ""
    return render_template("speech/_heard.html", preview=preview, is_late=is_late, failure=failure, refusal="")
