"""The phrase bank."""

from datetime import datetime
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from broadcast.speech.normalization import VIETNAMESE
from broadcast.speech.phrase_bank import PhraseId
from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from cms.speech.repository.phrases import Phrases
from cms.speech.service import phrase_recordings
from province.areas import AreaId


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


class PhraseOut(Output):
    """A recorded phrase, levels as recorded.

    ``sha256`` is in use; ``candidate_sha256`` is being listened to; ``refusal`` says why the last one was not taken.
    """

    id: str
    area_id: str
    language: str
    text: str
    changed_at: datetime
    changed_by: str
    changed_by_name: str
    sha256: str
    by_name: str
    level_lufs: float | None
    floor_dbfs: float | None
    candidate_sha256: str
    refusal: str


class PhraseLines(Output):
    items: list[PhraseOut]


@routes.get("/phrases", summary="Recorded phrases of the areas you may see", responses={200: PhraseLines})
def list_phrases(query: PhraseQuery) -> Response:
    with caller.context().uow.reading() as uow:
        found = uow[Phrases].in_areas(caller.readable_areas(uow[Places].tree()), query.language)
    return answer(PhraseLines.model_validate({"items": found}))


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
    context = caller.context()
    phrase_recordings.forget_phrase(context.uow(), PhraseId(path.phrase_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
