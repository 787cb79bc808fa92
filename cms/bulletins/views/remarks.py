"""Remarks on passages of the text: written by the reviewer who returns a bulletin, settled by its editors."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from broadcast.bulletins.remarks import NoteId
from cms.bulletins.service import remarks
from cms.bulletins.service.remarks import NOTES_MAX, NoteDraft
from cms.bulletins.views import notes
from cms.bulletins.views.bulletins import readable
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from province.errors import Problem


@dataclass(frozen=True)
class NoteRow:
    """One row of the form, as typed."""

    quote: str = ""
    near: str = ""
    text: str = ""
    quote_problems: tuple[str, ...] = ()
    text_problems: tuple[str, ...] = ()


def typed(form: MultiDict[str, str]) -> list[NoteDraft]:
    """Return the rows in which something was typed."""
    rows = zip(form.getlist("note_quote"), form.getlist("note_near"), form.getlist("note_text"), strict=False)
    found = [
        NoteDraft(text.strip(), quote.replace("\r\n", "\n").strip(), int(near) if near.isdecimal() else 0)
        for quote, near, text in rows
    ]
    return [each for each in found if each.text or each.quote][: NOTES_MAX + 1]


def rows(drafts: list[NoteDraft], problems: list[Problem], *, more: bool) -> list[NoteRow]:
    """Return the typed rows with their problems, and an empty row at the end if asked for or if there is none."""
    beside = messages.by_field(problems)
    shown = [
        NoteRow(
            draft.quote,
            str(draft.near),
            draft.text,
            tuple(beside[f"notes.{number}.quote"]),
            tuple(beside[f"notes.{number}.text"]),
        )
        for number, draft in enumerate(drafts)
    ]
    return [*shown, *([NoteRow()] if more or not shown else [])]


@pages.post("/bulletins/<bulletin_id>/notes/<note_id>")
def settle_note(bulletin_id: str, note_id: str) -> str | Response:
    """Settle the remark, or reopen it."""
    context = request_context.context()
    remarks.settle(
        context.uow(),
        readable(bulletin_id)[0].id,
        NoteId(note_id),
        is_done=request.form.get("act") != "reopen",
        call=request_context.call(),
    )
    if request_context.is_fragment():
        found, _tree = readable(bulletin_id)
        in_form = request.form.get("in_form", "")
        return render_template("bulletins/_notes.html", in_form=in_form, **notes.parts_of(found, can_settle=True))
    flash(_("Noted."), "good")
    return redirect(url_for("web.bulletin", bulletin_id=bulletin_id))
