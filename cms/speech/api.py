"""Voices, recorded phrases and taught pronunciations."""

from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from broadcast.speech.languages import LANGUAGES
from broadcast.speech.normalization import VIETNAMESE, read
from broadcast.speech.normalization.doubtful_readings import Doubt
from broadcast.speech.phrase_bank import PhraseId, PhraseRecording
from broadcast.speech.readings import DictionaryEntry, PronunciationId, Saying, SpokenSubstitution
from cms.areas.repository import Places
from cms.bulletins.api.schemas import SayingBody
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, One, answer
from cms.platform.api.strict import Id, Output, Strict, fields_of
from cms.speech.repository import Phrases, Pronunciations
from cms.speech.service import dictionary, phrase_recordings
from province.areas import AreaId
from province.people import Action


class VoiceOut(BaseModel):
    """``voice`` is the engine and its voice; empty: a text in this language has to be recorded."""

    language: str
    voice: str


@routes.get("/voices", summary="Who speaks which language", responses={200: Lines[VoiceOut]})
def list_voices() -> Response:
    with caller.reading(Action.BULLETIN_READ):
        known = caller.context().voices
    lines = [VoiceOut(language=language, voice=known.name(language)) for language in LANGUAGES]
    return answer(Lines[VoiceOut](items=lines))


class PhrasePath(BaseModel):
    phrase_id: str = Field(max_length=80)


class PhraseQuery(BaseModel):
    language: str = Field(default=VIETNAMESE, max_length=20)


class PhraseBody(Strict):
    """``text`` as it is spoken; ``sha256`` as an upload was answered."""

    area_id: Id
    language: str = Field(default=VIETNAMESE, max_length=20)
    text: str = Field(max_length=1000)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


@fields_of(PhraseRecording, hidden=("job_id",))
class PhraseOut(Output):
    """A recorded phrase, levels as recorded.

    ``sha256`` is in use; ``candidate_sha256`` is being listened to; ``refusal`` says why the last one was not taken.
    """


@routes.get("/phrases", summary="Recorded phrases of the areas you may see", responses={200: Lines[PhraseOut]})
def list_phrases(query: PhraseQuery) -> Response:
    with caller.context().uow.reading() as uow:
        found = uow[Phrases].in_areas(caller.readable_areas(uow[Places].tree()), query.language)
    return answer(Lines[PhraseOut].model_validate({"items": found}))


@routes.put("/phrases", summary="Record a phrase; it is used once it was listened to", responses={200: PhraseOut})
def record_phrase(body: PhraseBody) -> Response:
    context = caller.context()
    phrase = phrase_recordings.record_phrase(
        context.uow(),
        area_id=AreaId(body.area_id),
        language=body.language,
        text=body.text,
        sha256=body.sha256 if context.content.has(body.sha256) else "",
        call=caller.call(),
    )
    return answer(PhraseOut.model_validate(phrase))


@routes.delete("/phrases/<phrase_id>", summary="Forget a recorded phrase", responses={204: None})
def forget_phrase(path: PhrasePath) -> Response:
    phrase_recordings.forget_phrase(caller.context().uow(), PhraseId(path.phrase_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


class PronunciationPath(BaseModel):
    pronunciation_id: str = Field(max_length=80)


class SpokenBody(Strict):
    """A text as it would be read in all of ``areas``; ``sayings`` go before the dictionary."""

    text: str = Field(max_length=20_000)
    areas: list[Id] = Field(default=[], max_length=2000)
    sayings: list[SayingBody] = Field(default=[], max_length=100)


class PronunciationBody(Strict):
    """Always say this so, in this area and below."""

    area_id: Id
    written: str = Field(max_length=300)
    spoken: str = Field(max_length=300)
    is_case_sensitive: bool = False


class DoubtOut(Output):
    """The characters from ``start`` to before ``end`` of the text may be read wrongly."""

    start: int
    end: int
    doubt: Doubt = Field(description="What may be wrong about it")


class SpokenOut(Output):
    """``text`` is what was sent, composed (NFC): the places of ``changes`` and of ``doubts`` are in it."""

    text: str
    spoken: str
    changes: list[SpokenSubstitution]
    doubts: list[DoubtOut]


@routes.post("/spoken", summary="How a text is read aloud; nothing is stored", responses={200: SpokenOut})
def try_text(body: SpokenBody) -> Response:
    with caller.reading(Action.BULLETIN_READ) as (uow, _tree):
        known = dictionary.known_sayings(uow, tuple(map(AreaId, body.areas)))
    own = (Saying(each.written, each.spoken, each.is_case_sensitive) for each in body.sayings if each.written.strip())
    return answer(SpokenOut.model_validate(read(body.text, (*own, *known))))


@routes.get(
    "/words",
    summary="The dictionary of the areas you may see, by written form",
    responses={200: Lines[DictionaryEntry]},
)
def list_words() -> Response:
    with caller.context().uow.reading() as uow:
        words = uow[Pronunciations].in_areas(caller.readable_areas(uow[Places].tree()))
    return answer(Lines[DictionaryEntry].model_validate({"items": words}))


@routes.put("/words", summary="Teach a word, in the place of what the area said", responses={200: One[DictionaryEntry]})
def teach_word(body: PronunciationBody) -> Response:
    word = dictionary.teach(
        caller.context().uow(),
        area_id=AreaId(body.area_id),
        saying=Saying(body.written, body.spoken, body.is_case_sensitive),
        call=caller.call(),
    )
    return answer(One[DictionaryEntry](word))


@routes.delete("/words/<pronunciation_id>", summary="Forget a word", responses={204: None})
def forget_word(path: PronunciationPath) -> Response:
    dictionary.forget(caller.context().uow(), PronunciationId(path.pronunciation_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
