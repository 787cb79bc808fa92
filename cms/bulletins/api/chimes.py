"""Opening and closing sounds of areas."""

from datetime import datetime
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from broadcast.bulletins.chimes import ChimeId, ChimePlace
from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id, Sha256, SoundOut
from cms.bulletins.repository.chimes import Chimes
from cms.bulletins.service import chimes
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from province.areas import AreaId


class ChimePath(BaseModel):
    chime_id: str = Field(max_length=80)


class ChimeBody(Strict):
    """``sha256`` as an upload was answered."""

    area_id: Id
    place: ChimePlace
    sha256: Sha256
    name: str = Field(default="", max_length=300)


class ChimeOut(Output):
    """``sound`` is in use, made from ``original_name``; ``candidate_sha256`` is being made fit.

    ``refusal`` says why the last recording was not taken.
    """

    id: str
    area_id: str
    place: ChimePlace
    changed_at: datetime
    changed_by: str
    changed_by_name: str
    sound: SoundOut
    original_name: str
    candidate_sha256: str
    candidate_name: str
    refusal: str


class ChimeLines(Output):
    items: list[ChimeOut]


@routes.get("/chimes", summary="Opening and closing sounds of the areas you may see", responses={200: ChimeLines})
def list_chimes() -> Response:
    with caller.context().uow.reading() as uow:
        readable = frozenset(caller.readable_areas(uow[Places].tree()))
        found = [each for each in uow[Chimes].all() if each.area_id in readable]
    return answer(ChimeLines.model_validate({"items": found}))


@routes.put("/chimes", summary="Set one; it is used from the next approval on", responses={200: ChimeOut})
def set_chime(body: ChimeBody) -> Response:
    context = caller.context()
    chime = chimes.set_chime(
        context.uow(),
        area_id=AreaId(body.area_id),
        place=body.place,
        sha256=body.sha256 if context.content.has(body.sha256) else "",
        name=body.name,
        call=caller.call(),
    )
    return answer(ChimeOut.model_validate(chime))


@routes.delete("/chimes/<chime_id>", summary="Drop one; what is approved keeps it", responses={204: None})
def drop_chime(path: ChimePath) -> Response:
    context = caller.context()
    chimes.drop_chime(context.uow(), ChimeId(path.chime_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
