"""Register of stations, and each station's portal: programmes for it, their progress, its offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import render_template, request, send_file
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import Gone, NotFound
from werkzeug.wrappers import Response

from broadcast.bulletins.targeting import reaches
from broadcast.stations import as_run_log
from broadcast.stations.model import (
    LicenceState,
    Programme,
    ProgrammeId,
    ProgrammeProgress,
    ProgrammeReceipt,
    Station,
    StationId,
)
from broadcast.stations.rules import MP3, WAV, is_over, ladder, licence_state
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.stations import forms as station_form
from cms.stations.forms import StationForm
from cms.stations.queries import meant_for, offers_of, programmes_for, receipts_of, recent_programmes, streams_of
from cms.stations.repository import Programmes, StationFeeds, Stations
from cms.stations.service import feeds as station_feeds
from cms.stations.service import programmes, register
from devices.model import DeviceKind
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action

Told = Mapping[tuple[StationId, ProgrammeId], Sequence[ProgrammeReceipt]]
_FORMS = {"wav": WAV, "mp3": MP3}
_SHOWN_MOST = 60
_TOLD = frozenset({LicenceState.EXPIRING, LicenceState.EXPIRED})
_LOG_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True)
class StationProgramme:
    """A programme at a station: ``rungs`` are the receipt states it has reached."""

    programme: Programme
    rungs: Mapping[ProgrammeProgress, ProgrammeReceipt]
    is_over: bool

    @property
    def highest(self) -> ProgrammeProgress | None:
        return max(self.rungs, key=list(ProgrammeProgress).index, default=None)


@pages.get("/stations")
def stations() -> str:
    """List each station with its licence, and below it the state of every programme at each."""
    tree, now = messages.tree_for(Action.STATION_READ), request_context.context().now()
    with request_context.context().uow.reading() as uow:
        seen = [each for each in uow[Stations].all() if request_context.can(Action.STATION_READ, each.area_id, tree)]
        recent = recent_programmes(uow.session, now)
        told = receipts_of(uow.session, [each.id for each in seen], [each.id for each in recent])
    lines = {each.id: _lines(each, meant_for(each, recent, tree), told) for each in seen}
    current = {line.programme.id: line.programme for each in lines.values() for line in each if not line.is_over}
    newest = sorted(current.values(), key=lambda each: each.approved_at, reverse=True)[:_SHOWN_MOST]
    return render_template(
        "stations/stations.html",
        stations=[(each, licence_state(each, request_context.today())) for each in seen],
        programmes=newest,
        lines={(station_id, line.programme.id): line for station_id, each in lines.items() for line in each},
        now=now,
    )


@pages.get("/stations/new")
def new_station() -> str:
    request_context.require(Action.STATION_MANAGE, (), messages.tree())
    return _form_page(StationForm(key=request_context.context().new_id()))


@pages.post("/stations/new")
def register_station() -> Answer:
    request_context.require(Action.STATION_MANAGE, (), messages.tree())
    context, form = request_context.context(), StationForm.of(request.form)
    with redisplay(_form_page, form):
        made = register.register(
            new_unit(), StationId(form.key[:40] or context.new_id()), draft=station_form.read(form), call=call()
        )
    return confirmed(_("The station is registered."), "web.station", station_id=made.id)


@pages.get("/stations/<station_id>/edit")
def edit_station(station_id: str) -> str:
    found = _managed(station_id)
    return _form_page(station_form.shown(found), found)


@pages.post("/stations/<station_id>/edit")
def correct_station(station_id: str) -> Answer:
    found, form = _managed(station_id), StationForm.of(request.form)
    with redisplay(_form_page, form, found):
        request_context.step(register.correct, found, draft=station_form.read(form))
    return confirmed(_("Saved."), "web.station", station_id=found.id)


@pages.get("/stations/<station_id>")
def station(station_id: str) -> str:
    return _portal(_seen(station_id))


@pages.get("/stations/<station_id>/programmes/<programme_id>.<form>")
def programme_file(station_id: str, programme_id: str, form: str) -> Response:
    found, context = _seen(station_id), request_context.context()
    with context.uow.reading() as uow:
        programme = uow[Programmes].get(ProgrammeId(programme_id))
    made = programme.sound.rendition(_FORMS.get(form, ""))
    if made is None or not reaches(programme.targets, messages.tree(), found.area_id):
        raise NotFound
    if is_over(programme, context.now()):
        raise Gone
    with context.content.local_file(made.sha256) as path:
        return send_file(
            path,
            mimetype=made.media_type,
            conditional=True,
            etag=made.sha256,
            as_attachment="play" not in request.args,
            download_name=f"{programme.id}.{form}",
        )


@pages.post("/stations/<station_id>/as-run")
def send_log(station_id: str) -> Answer:
    """Take the as-run log of the station's own software, as a file."""
    found = _seen(station_id)
    request_context.require(Action.PROGRAMME_TAKE, (found.area_id,), messages.tree())
    file = request.files.get("log")
    try:
        log = as_run_log.read(_text(file))
        new, foreign = programmes.tell_log(new_unit(), found.id, log, call=call())
    except InvalidError as error:
        told = [Problem("log", each.code, each.detail) for each in error.problems]
        return _portal(found, problems=told), HTTPStatus.UNPROCESSABLE_ENTITY
    finally:
        if file is not None:
            file.close()
    taken = _("Log received: %(new)s new lines.", new=new)
    if foreign:
        taken += " " + _("%(foreign)s other lines are no programme given to the station.", foreign=foreign)
    return confirmed(taken, "web.station", station_id=found.id)


@pages.post("/stations/<station_id>/feed")
def renew_feed(station_id: str) -> Answer:
    """Create a new feed address and show it, on this page only."""
    found, context = _seen(station_id), request_context.context()
    secret = station_feeds.renew(context.uow, found.id, call=call())
    return _portal(found, f"{context.settings.effective_public_url}/api/v1/stations/feeds/{secret}.xml")


def ending_licences(uow: UnitOfWork) -> list[tuple[Station, LicenceState]]:
    """Return licences that expire soon or have expired, for users who keep the register or serve a station.

    Within a unit of work.
    """
    if not (request_context.can_anywhere(Action.STATION_MANAGE) or request_context.can_anywhere(Action.PROGRAMME_TAKE)):
        return []
    tree, today = messages.tree(uow), request_context.today()
    seen = [each for each in uow[Stations].all() if request_context.can(Action.STATION_READ, each.area_id, tree)]
    states = [(each, licence_state(each, today)) for each in seen]
    return [(each, state) for each, state in states if state in _TOLD]


def _portal(found: Station, feed: str = "", *, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    with request_context.context().uow.reading() as uow:
        mine = programmes_for(uow.session, found, tree, request_context.context().now())
        told = receipts_of(uow.session, [found.id], [each.id for each in mine])
        offers = offers_of(uow.session, [found.id], limit=_SHOWN_MOST)
        sources = streams_of(uow.session, offers)
        has_feed = uow[StationFeeds].find(found.id) is not None
    return render_template(
        "stations/station.html",
        station=found,
        licence=licence_state(found, request_context.today()),
        lines=_lines(found, mine, told)[:_SHOWN_MOST],
        offers=offers,
        sources=sources,
        feed=feed,
        has_feed=has_feed,
        rungs=list(ProgrammeProgress),
        failure=messages.failure,
        problems=messages.by_field(problems),
    )


def _form_page(form: StationForm, found: Station | None = None, problems: Sequence[Problem] = ()) -> str:
    areas = request_context.areas_where(Action.STATION_MANAGE, messages.tree())
    with request_context.context().uow.reading() as uow:
        receivers = [each for each in uow[Devices].of_kind(DeviceKind.STATION) if each.retired_at is None]
    return render_template(
        "stations/station_edit.html",
        typed=form,
        found=found,
        action=request.path,
        areas=[("", _("Choose an area")), *area_picker.options(areas)],
        receivers=[("", _("None yet")), *((each.id, f"{each.name} ({each.id})") for each in receivers)],
        problems=messages.by_field(problems),
    )


def _lines(found: Station, mine: Sequence[Programme], told: Told) -> list[StationProgramme]:
    """Return the newest first; those that are over come last."""
    now = request_context.context().now()
    lines = [
        StationProgramme(each, ladder(each, told.get((found.id, each.id), ())), is_over(each, now)) for each in mine
    ]
    return sorted(lines, key=lambda line: line.is_over)


def _seen(station_id: str) -> Station:
    """Return the station. Raises NotFoundError if it does not exist or the user may not see it."""
    tree = messages.tree_for(Action.STATION_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[Stations].get(StationId(station_id))
    if not request_context.can(Action.STATION_READ, found.area_id, tree):
        raise NotFoundError("station", station_id)
    return found


def _managed(station_id: str) -> Station:
    found = _seen(station_id)
    request_context.require(Action.STATION_MANAGE, (found.area_id,), messages.tree())
    return found


def _text(file: FileStorage | None) -> str:
    """Read the file as text. Raises InvalidError."""
    if file is None or not file.filename:
        raise InvalidError([Problem("log", "MISSING")])
    try:
        return as_run_log.decoded(file.stream.read(_LOG_MAX_BYTES))
    except UnicodeDecodeError:
        raise InvalidError([Problem("log", "NOT_UTF8")]) from None
