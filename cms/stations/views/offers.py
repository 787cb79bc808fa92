"""Shelf of stations' offers: published by stations, taken by communes, one at a time or by standing order."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.stations.model import OfferId, StandingOrderId, Station, StationId
from cms.bulletins.views import uploads
from cms.platform.web import area_picker, messages, refusals, request_context, sound_refusals
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.stations.forms import STREAM, OfferForm, read_offer
from cms.stations.queries import offers_of, shelf, streams_of, taken_of
from cms.stations.repository import Offers, Stations
from cms.stations.service import offer_uptake
from cms.stations.service import offers as offer_service
from province.areas import AreaId
from province.errors import InvalidError, NotPossibleError, Problem
from province.people import Action

_SHOWN_MOST = 60
_ID_MAX = 40


@pages.get("/stations/<station_id>/offer")
def offer_form(station_id: str) -> str:
    found = _given_for(station_id)
    return _form_page(found, OfferForm(key=request_context.context().new_id()))


def too_large(station_id: str) -> Answer:
    """Answer when the server refuses to read the request at all, so that neither form nor session is known yet."""
    elsewhere = request_context.require_sign_in()
    if elsewhere is not None:
        return elsewhere
    problems = [Problem("recording", "TOO_LARGE")]
    page = _form_page(_given_for(station_id), OfferForm(key=request_context.context().new_id()), problems)
    return page, HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pages.post("/stations/<station_id>/offer")
@refusals.too_large_by(too_large)
def make_offer(station_id: str) -> Answer:
    """Publish an offer with the file in the form, or with one uploaded beforehand in parts."""
    found, context = _given_for(station_id), request_context.context()
    typed = OfferForm.of(request.form)
    try:
        taken = uploads.taken()
        offer_service.offer(
            new_unit(),
            OfferId(typed.key[:_ID_MAX] or context.new_id()),
            station_id=found.id,
            draft=read_offer(typed, *(("", "") if taken is None else (taken.name, taken.stored.sha256))),
            call=call(),
        )
    except InvalidError as error:
        told = [Problem("recording", "MISSING") if each.field == "original_sha256" else each for each in error.problems]
        return _form_page(found, typed, told), sound_refusals.status_of(told)
    if typed.kind == STREAM:
        flash(
            _(
                "The stream was received. It is on the shelf once somebody of the province has approved the relay "
                "source."
            ),
            "good",
        )
    else:
        flash(_("The programme is here. It is on the shelf once its sound is made."), "good")
    return redirect(url_for("web.station", station_id=found.id))


@pages.post("/offers/<offer_id>/withdraw")
def withdraw_offer(offer_id: str) -> Response:
    gone = offer_service.withdraw(new_unit(), OfferId(offer_id), call=call())
    flash(_("It is off the shelf. What communes have taken stays theirs."), "good")
    return redirect(url_for("web.station", station_id=gone.station_id))


@pages.get("/shelf")
def shelf_page(problems: Sequence[Problem] = ()) -> str:
    tree, context = messages.tree_for(Action.BULLETIN_WRITE), request_context.context()
    areas = request_context.areas_where(Action.BULLETIN_WRITE, tree)
    # The smallest areas first: usually a commune takes the offer.
    areas.sort(key=lambda area: (-len(tree.chain(area.id)), area.name))
    with context.uow.reading() as uow:
        offers = shelf(uow.session, context.now(), limit=_SHOWN_MOST)
        taken = taken_of(uow.session, [each.id for each in offers], [area.id for area in areas])
        orders = uow[Offers].orders_in([area.id for area in areas])
        stations = {each.id: each for each in uow[Stations].all()}
        known = offers_of(uow.session, list(stations))
        sources = streams_of(uow.session, offers)
    series = sorted({(f"{each.station_id}:{each.series}", f"{each.series} · {each.station_name}") for each in known})
    return render_template(
        "stations/shelf.html",
        offers=offers,
        taken={each.id: [taken_ for taken_ in taken if taken_.offer_id == each.id] for each in offers},
        sources=sources,
        orders=orders,
        stations=stations,
        series=series,
        areas=area_picker.options(areas),
        problems=messages.by_field(problems),
    )


@pages.post("/shelf/<offer_id>/take")
def take_offer(offer_id: str) -> Answer:
    try:
        with redisplay(shelf_page):
            bulletin = offer_uptake.take(
                new_unit(), OfferId(offer_id), AreaId(request.form.get("area", "")), call=call()
            )
    except NotPossibleError:
        flash(_("This programme is not on the shelf any more."), "bad")
        return redirect(url_for("web.shelf_page"))
    flash(_("A draft is made of the station’s programme. Choose when it airs, then submit it."), "good")
    return redirect(url_for("web.edit_bulletin", bulletin_id=bulletin.id))


@pages.post("/standing-orders")
def order_series() -> Answer:
    form = request.form
    station_id, _mark, series = form.get("series", "").partition(":")
    with redisplay(shelf_page):
        offer_uptake.order(
            new_unit(),
            area_id=AreaId(form.get("area", "")),
            station_id=StationId(station_id),
            series=series,
            call=call(),
        )
    flash(_("Ordered. Each new programme of the series becomes a draft for you to submit."), "good")
    return redirect(url_for("web.shelf_page"))


@pages.post("/standing-orders/<order_id>/cancel")
def cancel_order(order_id: str) -> Response:
    offer_uptake.cancel_order(new_unit(), StandingOrderId(order_id), call=call())
    return confirmed(_("The order of this series is stopped."), "web.shelf_page")


def _form_page(found: Station, typed: OfferForm, problems: Sequence[Problem] = ()) -> str:
    with request_context.context().uow.reading() as uow:
        known = offers_of(uow.session, [found.id])
    return render_template(
        "stations/offer_new.html",
        station=found,
        typed=typed,
        series=sorted({each.series for each in known}),
        problems=messages.by_field(problems),
    )


def _given_for(station_id: str) -> Station:
    """Return the station whose offers the user may publish. Raises NotFoundError, NotAllowedError."""
    with request_context.context().uow.reading() as uow:
        found = uow[Stations].get(StationId(station_id))
    request_context.require(Action.PROGRAMME_OFFER, (found.area_id,), messages.tree())
    return found
