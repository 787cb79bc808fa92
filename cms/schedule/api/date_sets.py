"""Sets of dates on which schedule rules may keep silent."""

from datetime import date, datetime
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from broadcast.scheduling.closed_days import BUILT_IN, YEARS_AHEAD, DateSetId, dates_of
from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from cms.schedule.repository.date_sets import DateSets
from cms.schedule.service import date_sets
from province.areas import AreaId


class DateSetPath(BaseModel):
    set_id: str = Field(max_length=80)


class DateSetBody(Strict):
    """It takes the place of the area's set of that name."""

    area_id: Id
    name: str = Field(max_length=200)
    dates: list[date] = Field(max_length=1000)


class DateSetOut(Output):
    id: str
    area_id: str
    name: str
    dates: list[date]
    changed_at: datetime
    changed_by: str
    changed_by_name: str


class BuiltInOut(BaseModel):
    """A set of Việt Nam, for the years that rules saved now look at."""

    id: str
    dates: list[date]


class DateSetLines(BaseModel):
    built_in: list[BuiltInOut]
    items: list[DateSetOut]


@routes.get("/date-sets", summary="Việt Nam's sets, and those of the areas you may see", responses={200: DateSetLines})
def list_date_sets() -> Response:
    context = caller.context()
    years = range(context.now().year, context.now().year + YEARS_AHEAD)
    with context.uow.reading() as uow:
        own = uow[DateSets].in_areas(caller.readable_areas(uow[Places].tree()))
    built_in = [BuiltInOut(id=name, dates=sorted(dates_of(name, {}, years))) for name in BUILT_IN]
    return answer(DateSetLines(built_in=built_in, items=[DateSetOut.model_validate(each) for each in own]))


@routes.put("/date-sets", summary="Name a set of dates of an area", responses={200: DateSetOut})
def put_date_set(body: DateSetBody) -> Response:
    context = caller.context()
    made = date_sets.put(
        context.uow(), area_id=AreaId(body.area_id), name=body.name, dates=body.dates, call=caller.call()
    )
    return answer(DateSetOut.model_validate(made))


@routes.delete("/date-sets/<set_id>", summary="Forget a set; rules keep the dates they have", responses={204: None})
def remove_date_set(path: DateSetPath) -> Response:
    context = caller.context()
    date_sets.remove(context.uow(), DateSetId(path.set_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
