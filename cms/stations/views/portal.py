"""Portal of a station: its running order with a player, the progress of its programmes, and its as-run log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus

from flask import render_template, request, send_file
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import Gone, NotFound
from werkzeug.wrappers import Response

from broadcast.bulletins.targeting import reaches
from broadcast.stations import as_run_log
from broadcast.stations.model import (
    Programme,
    ProgrammeId,
    ProgrammeProgress,
    ProgrammeReceipt,
    Station,
    StationId,
)
from broadcast.stations.rules import MP3, WAV, counting_receipts, is_over, licence_state
from cms.platform.web import formats, messages, request_context
from cms.platform.web.forms import Answer
from cms.platform.web.request_context import call, new_unit, pages
from cms.stations import session_files
from cms.stations.queries import offers_of, programmes_for, receipts_of, streams_of
from cms.stations.repository import Programmes, StationFeeds, Stations
from cms.stations.service import feeds as station_feeds
from cms.stations.service.as_run_import import LineOutcome, LogLineState, LogOutcome, import_log
from cms.stations.service.day import StationBlock, station_day
from cms.stations.service.file_names import file_stem
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action

Told = Mapping[tuple[StationId, ProgrammeId], Sequence[ProgrammeReceipt]]
_FORMS = {"wav": WAV, "mp3": MP3}
_SHOWN_MOST = 60
_LOG_MAX_BYTES = 1024 * 1024
_LINES_SHOWN_MOST = 100
_DAYS_SHOWN = timedelta(days=30)
"""Days before and after today whose running order is shown."""
_WITHDRAWN_SHOWN = timedelta(days=3)


@dataclass(frozen=True)
class StationProgramme:
    """A programme at a station: ``rungs`` are the receipts of each state that it has reached, by time."""

    programme: Programme
    rungs: Mapping[ProgrammeProgress, Sequence[ProgrammeReceipt]]
    is_over: bool

    @property
    def highest(self) -> ProgrammeProgress | None:
        return max(self.rungs, key=list(ProgrammeProgress).index, default=None)


@pages.get("/stations/<station_id>")
def station(station_id: str) -> str:
    return _portal(seen_station(station_id))


@pages.get("/stations/<station_id>/programmes/<programme_id>.<form>")
def programme_file(station_id: str, programme_id: str, form: str) -> Response:
    found, context = seen_station(station_id), request_context.context()
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
            download_name=f"{file_stem(programme.title, programme.id)}.{form}",
        )


@pages.get("/stations/<station_id>/sessions/<session_id>/<on>.wav")
def station_session_file(station_id: str, session_id: str, on: str) -> Response:
    return session_files.session_wav(
        _session(seen_station(station_id), session_id, on), request_context.context().content
    )


@pages.get("/stations/<station_id>/sessions/<session_id>/<on>.mos.xml")
def station_session_order(station_id: str, session_id: str, on: str) -> Response:
    found, context = seen_station(station_id), request_context.context()
    base = context.settings.effective_public_url
    return session_files.session_order(_session(found, session_id, on), found, base=base, now=context.now())


@pages.post("/stations/<station_id>/as-run")
def send_log(station_id: str) -> Answer:
    """Take the as-run log of the station's own software, as a file, and show what became of each of its lines."""
    found = seen_station(station_id)
    request_context.require(Action.PROGRAMME_TAKE, (found.area_id,), messages.tree())
    file = request.files.get("log")
    try:
        outcome = import_log(new_unit(), found.id, as_run_log.read(_text(file)), call=call())
    except InvalidError as error:
        told = [Problem("log", each.code, each.detail) for each in error.problems]
        return _portal(found, problems=told), HTTPStatus.UNPROCESSABLE_ENTITY
    finally:
        if file is not None:
            file.close()
    return _portal(found, outcome=outcome)


@pages.post("/stations/<station_id>/feed")
def renew_feed(station_id: str) -> Answer:
    """Create a new feed address and show it, on this page only."""
    found, context = seen_station(station_id), request_context.context()
    secret = station_feeds.renew(context.uow, found.id, call=call())
    return _portal(found, f"{context.settings.effective_public_url}/api/v1/stations/feeds/{secret}.xml")


def _portal(
    found: Station, feed: str = "", *, problems: Sequence[Problem] = (), outcome: LogOutcome | None = None
) -> str:
    tree, now, today = messages.tree(), request_context.context().now(), request_context.today()
    on = _asked_day(today)
    with request_context.context().uow.reading() as uow:
        mine = programmes_for(uow.session, found, tree, now)
        told = receipts_of(uow.session, [found.id], [each.id for each in mine])
        blocks = station_day(uow, found, on, mine, now)
        offers = offers_of(uow.session, [found.id], limit=_SHOWN_MOST)
        sources = streams_of(uow.session, offers)
        has_feed = uow[StationFeeds].find(found.id) is not None
    lines = programme_lines(found, mine, told)
    taken = {each.programme.id: each for each in lines}
    withdrawn = [each for each in mine if each.killed_at is not None and each.killed_at > now - _WITHDRAWN_SHOWN]
    return render_template(
        "stations/station.html",
        station=found,
        licence=licence_state(found, today),
        on=on,
        today=today,
        days=[each for each in (on - timedelta(days=1), on + timedelta(days=1)) if abs(each - today) <= _DAYS_SHOWN],
        blocks=blocks,
        is_whole=session_files.is_whole,
        withdrawn=[each for each in withdrawn if taken[each.id].rungs],
        lines=lines[:_SHOWN_MOST],
        taken=taken,
        offers=offers,
        sources=sources,
        feed=feed,
        has_feed=has_feed,
        rungs=list(ProgrammeProgress),
        failure=messages.failure,
        problems=messages.by_field(problems),
        outcome=outcome,
        log_lines=() if outcome is None else _shown_lines(outcome),
        problem_sentence=messages.problem_sentence,
    )


def _asked_day(today: date) -> date:
    """Return the day in the URL, if its running order is shown; by default today."""
    on = formats.typed_day(request.args.get("on", ""))
    return today if on is None or abs(on - today) > _DAYS_SHOWN else on


def _shown_lines(outcome: LogOutcome) -> Sequence[LineOutcome]:
    """Return the lines refused first, as they ask for something to be done."""
    return sorted(outcome.lines, key=lambda each: each.state is not LogLineState.REFUSED)[:_LINES_SHOWN_MOST]


def programme_lines(found: Station, mine: Sequence[Programme], told: Told) -> list[StationProgramme]:
    """Return the newest first; those that are over come last."""
    now = request_context.context().now()
    lines = [
        StationProgramme(each, counting_receipts(each, told.get((found.id, each.id), ())), is_over(each, now))
        for each in mine
    ]
    return sorted(lines, key=lambda line: line.is_over)


def seen_station(station_id: str) -> Station:
    """Return the station. Raises NotFoundError if it does not exist or the user may not see it."""
    tree = messages.tree_for(Action.STATION_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[Stations].get(StationId(station_id))
    if not request_context.can(Action.STATION_READ, found.area_id, tree):
        raise NotFoundError("station", station_id)
    return found


def _session(found: Station, session_id: str, on: str) -> StationBlock:
    """Return a session of the station on a date. Raises NotFoundError."""
    day = formats.typed_day(on)
    if day is None:
        raise NotFoundError("broadcast session", session_id)
    with request_context.context().uow.reading() as uow:
        return session_files.taken_session(uow, found, session_id, day, request_context.context().now())


def _text(file: FileStorage | None) -> str:
    """Read the file as text. Raises InvalidError."""
    if file is None or not file.filename:
        raise InvalidError([Problem("log", "MISSING")])
    try:
        return as_run_log.decoded(file.stream.read(_LOG_MAX_BYTES))
    except UnicodeDecodeError:
        raise InvalidError([Problem("log", "NOT_UTF8")]) from None
