"""Spoken text: trial of a text, and the dictionary of pronunciations."""

from datetime import datetime
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from broadcast.speech.normalization import read
from broadcast.speech.normalization.doubtful_readings import Doubt
from broadcast.speech.readings import PronunciationId, Saying
from cms.areas.repository import Places
from cms.bulletins.api.schemas import ChangeOut, Id, SayingBody
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from cms.speech.repository.pronunciations import Pronunciations
from cms.speech.service import dictionary
from province.areas import AreaId
from province.people import Action


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
    changes: list[ChangeOut]
    doubts: list[DoubtOut]


class PronunciationOut(Output):
    """A word of the dictionary: it holds in its area and below, where nothing nearer says otherwise."""

    id: str
    area_id: str
    saying: SayingBody
    changed_at: datetime
    changed_by: str
    changed_by_name: str


class PronunciationLines(Output):
    items: list[PronunciationOut]


@routes.post("/spoken", summary="How a text is read aloud; nothing is stored", responses={200: SpokenOut})
def try_text(body: SpokenBody) -> Response:
    with caller.context().uow.reading() as uow:
        caller.require(Action.BULLETIN_READ, (), uow[Places].tree())
        known = dictionary.known_sayings(uow, tuple(map(AreaId, body.areas)))
    own = (Saying(each.written, each.spoken, each.is_case_sensitive) for each in body.sayings if each.written.strip())
    return answer(SpokenOut.model_validate(read(body.text, (*own, *known))))


@routes.get(
    "/words", summary="The dictionary of the areas you may see, by written form", responses={200: PronunciationLines}
)
def list_words() -> Response:
    with caller.context().uow.reading() as uow:
        words = uow[Pronunciations].in_areas(caller.readable_areas(uow[Places].tree()))
    return answer(PronunciationLines.model_validate({"items": words}))


@routes.put("/words", summary="Teach a word, in the place of what the area said", responses={200: PronunciationOut})
def teach_word(body: PronunciationBody) -> Response:
    context = caller.context()
    word = dictionary.teach(
        context.uow(),
        area_id=AreaId(body.area_id),
        saying=Saying(body.written, body.spoken, body.is_case_sensitive),
        call=caller.call(),
    )
    return answer(PronunciationOut.model_validate(word))


@routes.delete("/words/<pronunciation_id>", summary="Forget a word", responses={204: None})
def forget_word(path: PronunciationPath) -> Response:
    context = caller.context()
    dictionary.forget(context.uow(), PronunciationId(path.pronunciation_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
