"""Voices by language."""

from flask import Response
from pydantic import BaseModel

from broadcast.speech.languages import LANGUAGES
from cms.areas.repository import Places
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from province.people import Action


class VoiceOut(BaseModel):
    """``voice`` is the engine and its voice; empty: a text in this language has to be recorded."""

    language: str
    voice: str


class VoiceLines(BaseModel):
    items: list[VoiceOut]


@routes.get("/voices", summary="Who speaks which language", responses={200: VoiceLines})
def list_voices() -> Response:
    with caller.context().uow.reading() as uow:
        caller.require(Action.BULLETIN_READ, (), uow[Places].tree())
    known = caller.context().voices
    lines = [VoiceOut(language=language, voice=known.name(language)) for language in LANGUAGES]
    return answer(VoiceLines(items=lines))
