"""Stations: the register, the programmes that they take, and their receipts."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import cast

from flask import Response, jsonify, request, send_file
from pydantic import BaseModel, Field
from werkzeug.exceptions import Gone, UnsupportedMediaType

from broadcast.bulletins.model import Rendition, SoundState
from broadcast.bulletins.targeting import reaches
from broadcast.stations import as_run_log
from broadcast.stations.model import Programme, ProgrammeId, ProgrammeReceipt, Station, StationId, StationReport
from broadcast.stations.rules import MP3, WAV, is_over, ladder, licence_state
from cms.areas.repository import Places
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import public_routes, routes
from cms.platform.api.responses import Lines, answer, body_of, bytes_of
from cms.platform.store.uow import UnitOfWork
from cms.stations.api.schemas import (
    AudioPath,
    FileOut,
    LogOut,
    ProgrammeOut,
    ProgrammePath,
    ReceiptOut,
    ReceiptsBody,
    ReceiptsOut,
    RefusedLineOut,
    StationBody,
    StationFeedOut,
    StationOut,
    StationPath,
    StationWithLicenceOut,
)
from cms.stations.queries import programmes_for, receipts_of
from cms.stations.repository import Programmes, Stations
from cms.stations.service import feeds, programmes, register
from cms.stations.service import feeds as station_feeds
from cms.stations.service.as_run_import import LogLineState, import_log
from cms.stations.service.file_names import file_stem
from cms.stations.service.register import StationDraft
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action
from province.policy import may
from province.wall_clock import local_date

_FORMS = {"wav": WAV, "mp3": MP3}
_CSV_MAX_BYTES = 1024 * 1024
_CSV_BODY = body_of("text/csv")


@routes.get("/stations", summary="The stations that you may see", responses={200: Lines[StationWithLicenceOut]})
def list_stations() -> Response:
    with caller.reading(Action.STATION_READ) as (uow, tree):
        seen = [each for each in uow[Stations].all() if may(caller.actor(), Action.STATION_READ, each.area_id, tree)]
    return answer(Lines[StationWithLicenceOut](items=[_shown(each) for each in seen]))


@routes.post("/stations", summary="Register a station", responses={201: StationOut})
def register_station(body: StationBody) -> Response:
    station_id = StationId(caller.context().new_id())
    return idempotency.created(
        "stations",
        lambda uow: register.register(uow, station_id, draft=body.build(StationDraft), call=caller.call()),
        lambda uow: uow[Stations].get(station_id),
        idempotency.saying(StationOut),
    )


@routes.get("/stations/<station_id>", summary="One station", responses={200: StationWithLicenceOut})
def get_station(path: StationPath) -> Response:
    with caller.context().uow.reading() as uow:
        station = seen_station(uow, path.station_id)
    return answer(_shown(station), version=station.version)


@routes.put("/stations/<station_id>", summary="Put it right; needs If-Match", responses={200: StationOut})
def correct_station(path: StationPath, body: StationBody) -> Response:
    with caller.context().uow.reading() as uow:
        found = seen_station(uow, path.station_id)
    draft = body.build(StationDraft)
    return versions.stepped(StationOut, register.correct, found, is_required=True, draft=draft)


@routes.get(
    "/stations/<station_id>/programmes",
    summary="What the station may take, and what it has to remove",
    responses={200: Lines[ProgrammeOut]},
)
def list_programmes(path: StationPath) -> Response:
    """The last changed first, with the ladder of each; killed ones for thirty days. Its ETag changes with any of it."""
    context = caller.context()
    with context.uow.reading() as uow:
        station = seen_station(uow, path.station_id)
        found = programmes_for(uow.session, station, uow[Places].tree(), context.now())
        told = receipts_of(uow.session, [station.id], [each.id for each in found])
    return answer(Lines[ProgrammeOut](items=[_told(each, station, told) for each in found]))


@routes.get("/stations/<station_id>/programmes/<programme_id>", summary="One programme", responses={200: ProgrammeOut})
def get_programme(path: ProgrammePath) -> Response:
    with caller.context().uow.reading() as uow:
        station, programme = _programme(uow, path)
        told = receipts_of(uow.session, [station.id], [programme.id])
    return answer(_told(programme, station, told))


@routes.get(
    "/stations/<station_id>/programmes/<programme_id>/audio.<form>",
    summary="Its WAV (48 kHz, 24 bits, bext and cart) or MP3 (320 kbit/s); ranges, If-Range",
    responses=bytes_of("audio/wav", "audio/mpeg"),
)
def get_programme_audio(path: AudioPath) -> Response:
    with caller.context().uow.reading() as uow:
        _station, programme = _programme(uow, path)
    return _file(programme, _FORMS[path.form])


@routes.post(
    "/stations/<station_id>/receipts",
    summary="How far programmes have come: downloaded, verified, scheduled, aired",
    responses={200: ReceiptsOut},
)
def tell_receipts(path: StationPath, body: ReceiptsBody) -> Response:
    words = [each.build(StationReport, sha256=each.sha256 or "") for each in body.items]
    new = programmes.tell(caller.context().uow(), StationId(path.station_id), words, call=caller.call())
    return answer(ReceiptsOut(new=new))


@routes.post(
    "/stations/<station_id>/as-run",
    summary="The same as CSV, as station software writes its as-run log",
    responses={200: LogOut},
    openapi_extensions=_CSV_BODY,
)
@caller.other_body
def tell_as_run(path: StationPath) -> Response:
    """Columns programme (or cut_id) and at; if wished rung, duration, sha256. Naturally idempotent.

    Each line of the station's programmes is taken or refused by itself; lines of other cuts are counted.
    """
    if request.mimetype != "text/csv":
        raise UnsupportedMediaType("send text/csv")
    request.max_content_length = _CSV_MAX_BYTES
    try:
        text = as_run_log.decoded(request.get_data())
    except UnicodeDecodeError:
        raise InvalidError([Problem("lines", "NOT_UTF8")]) from None
    outcome = import_log(caller.context().uow(), StationId(path.station_id), as_run_log.read(text), call=caller.call())
    return answer(
        LogOut(
            new=outcome.count(LogLineState.NEW),
            known=outcome.count(LogLineState.KNOWN),
            foreign=outcome.foreign,
            refused=[
                RefusedLineOut(line=each.line.number, programme_id=each.line.programme_id, code=problem.code)
                for each in outcome.lines
                for problem in each.problems
            ],
        )
    )


@routes.post(
    "/stations/<station_id>/feed",
    summary="An RSS feed with a new secret address; the one before answers no more",
    responses={201: StationFeedOut},
)
def renew_station_feed(path: StationPath) -> tuple[Response, int]:
    context = caller.context()
    secret = station_feeds.renew(context.uow, StationId(path.station_id), call=caller.call())
    return jsonify(url=f"{feed_address(context.settings.effective_public_url, secret)}.xml"), HTTPStatus.CREATED


@routes.delete("/stations/<station_id>/feed", summary="Its address answers no more", responses={204: None})
def remove_station_feed(path: StationPath) -> Response:
    station_feeds.remove(caller.context().uow, StationId(path.station_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


class StationFeedPath(BaseModel):
    secret: str = Field(max_length=80)


class EnclosurePath(StationFeedPath):
    programme_id: str = Field(max_length=80)


@public_routes.get(
    "/stations/feeds/<secret>.xml",
    summary="A station's programmes as RSS 2.0 with enclosures",
    responses=bytes_of(feeds.MEDIA_TYPE),
)
def station_feed(path: StationFeedPath) -> Response:
    context = caller.context()
    now = context.now()
    with context.uow.reading() as uow:
        station = station_feeds.opened_by(uow, path.secret)
        found = programmes_for(uow.session, station, uow[Places].tree(), now)
    current = [each for each in found if not is_over(each, now)]
    base = context.settings.effective_public_url
    text = feeds.feed(current, station, address=feed_address(base, path.secret), base=base)
    return Response(text, mimetype=feeds.MEDIA_TYPE, headers={"Cache-Control": "private, no-cache"})


@public_routes.get(
    "/stations/feeds/<secret>/<programme_id>.mp3",
    summary="One enclosure; ranges, If-Range",
    responses=bytes_of("audio/mpeg"),
)
def station_feed_audio(path: EnclosurePath) -> Response:
    with caller.context().uow.reading() as uow:
        station = station_feeds.opened_by(uow, path.secret)
        programme = _of_station(uow, station, path.programme_id)
    return _file(programme, MP3)


def feed_address(base: str, secret: str) -> str:
    """Return the address of a station's feed, without the file extension."""
    return f"{base}/api/v1/stations/feeds/{secret}"


def _file(programme: Programme, kind: str) -> Response:
    """Return a programme's file. Raises NotFoundError while it is not made, Gone once no station may air it."""
    context = caller.context()
    if is_over(programme, context.now()):
        raise Gone("no station may air it any more: remove it")
    made = programme.sound.rendition(kind)
    if made is None:
        raise NotFoundError("programme", programme.id)
    suffix = next(form for form, each in _FORMS.items() if each == kind)
    with context.content.local_file(made.sha256) as path:
        response: Response = send_file(
            path,
            mimetype=made.media_type,
            conditional=True,
            etag=made.sha256,
            download_name=f"{file_stem(programme.title, programme.id)}.{suffix}",
        )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def seen_station(uow: UnitOfWork, station_id: str) -> Station:
    """Return the station. Raises NotAllowedError, and NotFoundError if there is none that the caller may see."""
    tree = uow[Places].tree()
    caller.require(Action.STATION_READ, (), tree)
    station = uow[Stations].get(StationId(station_id))
    return caller.seen(station, Action.STATION_READ, tree, "station", station_id)


def _programme(uow: UnitOfWork, path: ProgrammePath) -> tuple[Station, Programme]:
    station = seen_station(uow, path.station_id)
    return station, _of_station(uow, station, path.programme_id)


def _of_station(uow: UnitOfWork, station: Station, programme_id: str) -> Programme:
    """Return a programme meant for the station. Raises NotFoundError if it is not."""
    programme = uow[Programmes].get(ProgrammeId(programme_id))
    if not reaches(programme.targets, uow[Places].tree(), station.area_id):
        raise NotFoundError("programme", programme_id)
    return programme


def _shown(station: Station) -> StationWithLicenceOut:
    licence = licence_state(station, local_date(caller.context().now()))
    return StationWithLicenceOut.of(station, licence=licence)


def _told(
    programme: Programme,
    station: Station,
    receipts: Mapping[tuple[StationId, ProgrammeId], Sequence[ProgrammeReceipt]],
) -> ProgrammeOut:
    climbed = ladder(programme, receipts.get((station.id, programme.id), ())).values()
    sound, names = programme.sound, set(ProgrammeOut.model_fields) - {"state", "wav", "mp3", "ladder"}
    own = {name: getattr(sound if hasattr(sound, name) else programme, name) for name in names}
    is_ready = sound.state is SoundState.READY and not is_over(programme, caller.context().now())
    return ProgrammeOut(
        **own,
        state=sound.state,
        wav=_link(programme, station, "wav") if is_ready else None,
        mp3=_link(programme, station, "mp3") if is_ready else None,
        ladder=[ReceiptOut.model_validate(each) for each in climbed],
    )


def _link(programme: Programme, station: Station, form: str) -> FileOut:
    made = cast("Rendition", programme.sound.rendition(_FORMS[form]))
    url = f"/api/v1/stations/{station.id}/programmes/{programme.id}/audio.{form}"
    return FileOut(
        url=url, sha256=made.sha256, bytes=made.bytes, duration_ms=made.duration_ms, media_type=made.media_type
    )
