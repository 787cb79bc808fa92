"""Days of stations: running orders by session, each session as one WAV and as a MOS message."""

from datetime import date, datetime

from flask import Response
from pydantic import BaseModel, Field

from broadcast.sessions.model import ItemRole
from cms.areas.repository import Places
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer, bytes_of
from cms.stations import session_files
from cms.stations.api.schemas import StationPath
from cms.stations.api.stations import seen_station
from cms.stations.queries import programmes_for
from cms.stations.service import mos
from cms.stations.service.day import StationBlock, StationItem, station_day


class StationDayPath(StationPath):
    on: date


class StationSessionPath(StationPath):
    session_id: str = Field(max_length=80)
    on: date


class StationItemOut(BaseModel):
    """``programme_id`` null: a stream, which the station relays by itself."""

    key: str
    start_at: datetime
    title: str
    length_ms: int
    bulletin_id: str
    programme_id: str | None
    role: ItemRole
    is_anchored: bool


class StationBlockOut(BaseModel):
    """Items of one broadcast session, or (``session_id`` null) items that air by themselves.

    Until ``lock_at`` the order may change. ``is_whole``: every item has its file, and the session can be fetched whole.
    """

    session_id: str | None
    name: str
    start_at: datetime
    lock_at: datetime | None
    is_locked: bool
    is_whole: bool
    items: list[StationItemOut]


@routes.get(
    "/stations/<station_id>/days/<on>",
    summary="The station's running order of a date, by session",
    responses={200: Lines[StationBlockOut]},
)
def get_station_day(path: StationDayPath) -> Response:
    """Items that air in the station's area, with the programmes to take for them; its ETag changes with any of it."""
    now = caller.context().now()
    with caller.context().uow.reading() as uow:
        station = seen_station(uow, path.station_id)
        programmes = programmes_for(uow.session, station, uow[Places].tree(), now)
        blocks = station_day(uow, station, path.on, programmes, now)
    return answer(Lines[StationBlockOut](items=[_shown(each) for each in blocks]))


@routes.get(
    "/stations/<station_id>/sessions/<session_id>/<on>/audio.wav",
    summary="A session as one WAV with a cue point for each item; ranges, If-Range",
    responses=bytes_of("audio/wav"),
)
def get_station_session_audio(path: StationSessionPath) -> Response:
    """Each item at its place, with silence between them and where a stream is relayed. 404 until all files are made."""
    with caller.context().uow.reading() as uow:
        station = seen_station(uow, path.station_id)
        block = session_files.taken_session(uow, station, path.session_id, path.on, caller.context().now())
    return session_files.session_wav(block, caller.context().content)


@routes.get(
    "/stations/<station_id>/sessions/<session_id>/<on>/running-order.mos.xml",
    summary="A session's running order as a MOS message",
    responses=bytes_of(mos.MEDIA_TYPE),
)
def get_station_session_order(path: StationSessionPath) -> Response:
    """``roCreate``; with If-None-Match of an earlier one ``roReplace``, or ``roDelete`` where nothing is left of it."""
    context = caller.context()
    with context.uow.reading() as uow:
        station = seen_station(uow, path.station_id)
        block = session_files.taken_session(uow, station, path.session_id, path.on, context.now())
    base = context.settings.effective_public_url
    return session_files.session_order(block, station, base=base, now=context.now())


def _shown(block: StationBlock) -> StationBlockOut:
    day = block.day
    return StationBlockOut(
        session_id=None if day is None else day.session.id,
        name="" if day is None else day.session.name,
        start_at=block.start_at,
        lock_at=None if day is None else day.lock_at,
        is_locked=day is None or day.is_locked,
        is_whole=session_files.is_whole(block),
        items=[_item(each) for each in block.items],
    )


def _item(item: StationItem) -> StationItemOut:
    own = {name: getattr(item, name) for name in StationItemOut.model_fields if name != "programme_id"}
    return StationItemOut(**own, programme_id=None if item.programme is None else item.programme.id)
