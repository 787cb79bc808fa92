"""Voices by language; a language without one needs recordings."""

from __future__ import annotations

from flask import render_template

from broadcast.model.languages import LANGUAGES
from cms.web import sentences, visit
from cms.web.visit import pages
from province.people import Action


@pages.get("/voices")
def voices() -> str:
    visit.require(Action.BULLETIN_READ, (), sentences.tree())
    known = visit.context().voices
    rows = [(language, known.name(language)) for language in LANGUAGES]
    return render_template("voices.html", rows=rows, can_record=visit.can_anywhere(Action.PHRASE_RECORD))
