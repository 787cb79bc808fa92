"""Shelf: stations' offers, communes' drafts made from them, and standing orders."""

from datetime import date
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from broadcast.bulletins.model import SoundState
from broadcast.relays.model import StreamForm
from broadcast.stations.model import Offer, OfferId, StandingOrder, StandingOrderId, StationId
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import AreaBody, Id, Output, Sha256, Strict, fields_of
from cms.relays.api import LicenceBody, RelayBody
from cms.stations.api.schemas import StationPath
from cms.stations.queries import offers_of, shelf
from cms.stations.repository import Offers, Stations
from cms.stations.service import offer_uptake, offers
from cms.stations.service.offers import OfferDraft
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action

_PREVIEW = "browser-mp3"


class StreamBody(Strict):
    """A programme as it goes out. ``urls`` hold the same and are tried in turn; licence minutes 0: as one likes."""

    form: StreamForm
    urls: list[str] = Field(max_length=20)
    length_ms: int = Field(ge=0, le=86_400_000)
    licence: LicenceBody = LicenceBody()


class OfferBody(Strict):
    """With a ``stream`` that is what is offered, once it is approved; the recording stands in for it."""

    series: str = Field(max_length=120)
    title: str = Field(max_length=200)
    text: str = Field(default="", max_length=20_000)
    topic: str = Field(default="", max_length=80)
    original_sha256: Sha256 = Field(description="As /audio answered")
    original_name: str = Field(default="", max_length=200)
    until_on: date | None = None
    stream: StreamBody | None = None


@fields_of(Offer, hidden=("original_sha256", "original_name", "offered_by", "sound", "version"))
class OfferOut(Output):
    state: SoundState
    error: str
    duration_ms: int | None
    preview_sha256: str | None = Field(description="An MP3 in the content")
    relay: RelayBody | None = Field(description="Of a stream: its source, on the list of relay sources, and its length")


class ShelfQuery(BaseModel):
    series: str = Field(default="", max_length=120)


class OfferPath(BaseModel):
    offer_id: str = Field(max_length=80)


class TakenOut(BaseModel):
    """The commune's draft: schedule, submit and have it approved as any other."""

    bulletin_id: str


class OrderBody(Strict):
    area_id: Id
    station_id: Id
    series: str = Field(max_length=120)


@fields_of(StandingOrder, hidden=("ordered_by",))
class OrderOut(Output): ...


class OrderPath(BaseModel):
    order_id: str = Field(max_length=80)


@routes.get("/shelf", summary="What communes may take now", responses={200: Lines[OfferOut]})
def get_shelf(query: ShelfQuery) -> Response:
    with caller.reading(Action.BULLETIN_WRITE) as (uow, _tree):
        found = shelf(uow.session, caller.context().now(), series=query.series)
    return answer(Lines[OfferOut](items=[_shown(each) for each in found]))


@routes.post("/shelf/<offer_id>/take", summary="Make a commune's draft of it, once", responses={200: TakenOut})
def take_offer(path: OfferPath, body: AreaBody) -> Response:
    context = caller.context()
    bulletin = offer_uptake.take(context.uow(), OfferId(path.offer_id), AreaId(body.area_id), call=caller.call())
    return answer(TakenOut(bulletin_id=bulletin.id))


@routes.get("/stations/<station_id>/offers", summary="What a station ever offered", responses={200: Lines[OfferOut]})
def list_offers(path: StationPath) -> Response:
    with caller.reading(Action.STATION_READ) as (uow, tree):
        station = uow[Stations].get(StationId(path.station_id))
        caller.seen(station, Action.STATION_READ, tree, "station", path.station_id)
        found = offers_of(uow.session, [station.id])
    return answer(Lines[OfferOut](items=[_shown(each) for each in found]))


@routes.post("/stations/<station_id>/offers", summary="Offer a programme to communes", responses={201: OfferOut})
def make_offer(path: StationPath, body: OfferBody) -> Response:
    """It is on the shelf once its sound is made."""
    context = caller.context()
    if not context.content.has(body.original_sha256):
        raise InvalidError([Problem("original_sha256", "RECORDING_UNKNOWN")])
    offer_id = OfferId(context.new_id())
    return idempotency.once_said(
        HTTPStatus.CREATED,
        lambda uow: offers.offer(
            uow, offer_id, station_id=StationId(path.station_id), draft=body.build(OfferDraft), call=caller.call()
        ),
        lambda uow: uow[Offers].get(offer_id),
        lambda made: SubjectAnswer(_shown(made).model_dump_json(), f'"{made.version}"'),
    )


@routes.delete("/shelf/<offer_id>", summary="Take it off the shelf", responses={204: None})
def withdraw_offer(path: OfferPath) -> Response:
    offers.withdraw(caller.context().uow(), OfferId(path.offer_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


@routes.get("/standing-orders", summary="Standing orders where you write", responses={200: Lines[OrderOut]})
def list_standing_orders() -> Response:
    with caller.reading(Action.BULLETIN_WRITE) as (uow, tree):
        found = uow[Offers].orders_in(caller.areas_where(Action.BULLETIN_WRITE, tree))
    return answer(Lines[OrderOut].model_validate({"items": found}))


@routes.post(
    "/standing-orders",
    summary="Each new programme of a series becomes a draft of the area",
    responses={200: OrderOut},
)
def order_series(body: OrderBody) -> Response:
    """Naturally idempotent: one for each area, station and series."""
    made = offer_uptake.order(
        caller.context().uow(),
        area_id=AreaId(body.area_id),
        station_id=StationId(body.station_id),
        series=body.series,
        call=caller.call(),
    )
    return answer(OrderOut.model_validate(made))


@routes.delete("/standing-orders/<order_id>", summary="No new drafts come of it", responses={204: None})
def cancel_standing_order(path: OrderPath) -> Response:
    offer_uptake.cancel_order(caller.context().uow(), StandingOrderId(path.order_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


def _shown(offer: Offer) -> OfferOut:
    preview = offer.sound.rendition(_PREVIEW)
    return OfferOut.of(
        offer,
        state=offer.sound.state,
        error=offer.sound.error,
        duration_ms=None if preview is None else preview.duration_ms,
        preview_sha256=None if preview is None else preview.sha256,
    )
