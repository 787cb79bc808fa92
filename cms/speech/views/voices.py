"""Voices by language; a language without one needs recordings."""

from flask import render_template

from broadcast.speech.languages import LANGUAGES
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import pages
from province.people import Action


@pages.get("/voices")
def voices() -> str:
    request_context.require(Action.BULLETIN_READ, (), messages.tree())
    known = request_context.context().voices
    rows = [(language, known.name(language)) for language in LANGUAGES]
    return render_template(
        "speech/voices.html", rows=rows, can_record=request_context.can_anywhere(Action.PHRASE_RECORD)
    )
