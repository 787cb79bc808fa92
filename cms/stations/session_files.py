"""Files of a session for a station: the whole of it as one WAV, and its running order as a MOS message."""

import io
from contextlib import ExitStack
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from flask import Response, request
from werkzeug.wsgi import wrap_file

from broadcast.bulletins.schedules import SessionId
from broadcast.sessions.rules import is_held
from broadcast.stations.model import Station
from broadcast.stations.rules import WAV
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service.running_orders import day_of
from cms.stations.queries import programmes_for
from cms.stations.service import mos
from cms.stations.service.day import StationBlock, StationItem, session_block
from cms.stations.service.file_names import file_stem
from media.joined_wave import JoinedPart, JoinedWave
from media.ports import ContentStore
from province.errors import NotFoundError

_READ_BYTES: Final = 1 << 16
_MARK_LENGTH: Final = 32


def taken_session(uow: UnitOfWork, station: Station, session_id: str, on: date, now: datetime) -> StationBlock:
    """Return a session of a date as the station takes it; within a unit of work. Raises NotFoundError."""
    session = uow[BroadcastSessions].get(SessionId(session_id))
    tree = uow[Places].tree()
    if session.area_id not in tree.lineage(station.area_id) or not is_held(session, on):
        raise NotFoundError("broadcast session", session_id)
    programmes = programmes_for(uow.session, station, tree, now)
    return session_block(uow, station, day_of(uow, session, on, now), programmes)


def is_whole(block: StationBlock) -> bool:
    """Return whether every item has its file; a stream has none, and is silence in the whole."""
    made = (each.programme is None or each.programme.sound.rendition(WAV) is not None for each in block.items)
    return bool(block.items) and all(made)


def session_wav(block: StationBlock, content: ContentStore) -> Response:
    """Return the session as one WAV, with ranges. Raises NotFoundError: a file is not made, or no WAV can hold all."""
    assert block.day is not None
    session, on = block.day.session, block.day.order.on
    if not is_whole(block):
        raise NotFoundError("programme", session.id)
    with ExitStack() as opened:
        parts = [
            JoinedPart(
                round((each.start_at - block.items[0].start_at).total_seconds() * 1000),
                each.length_ms,
                each.title,
                opened.enter_context(content.local_file(sha)) if (sha := _file_of(each)) else None,
            )
            for each in block.items
        ]
        try:
            file = opened.enter_context(JoinedWave(parts))
        except ValueError as error:
            raise NotFoundError("programme", session.id) from error
        body = wrap_file(request.environ, io.BufferedReader(file, _READ_BYTES), _READ_BYTES)
        response = Response(body, mimetype="audio/wav", direct_passthrough=True)
        response.content_length = file.size
        response.set_etag(mark_of(block))
        response.headers["Cache-Control"] = "private, no-cache"
        name = f"{file_stem(session.name, on.isoformat())}.wav"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        response.make_conditional(request, accept_ranges=True, complete_length=file.size)
        # The files stay open until the last byte has left.
        response.call_on_close(opened.pop_all().close)
    return response


def session_order(block: StationBlock, station: Station, *, base: str, now: datetime) -> Response:
    """Return the running order for a system that has none of it; REPLACE for one that names an earlier one.

    ``If-None-Match`` names it. Of a session in which nothing is heard any more such a system gets DELETE.
    """
    known = request.if_none_match
    mark = mark_of(block)
    response = Response(mimetype=mos.MEDIA_TYPE)
    response.set_etag(mark)
    response.headers["Cache-Control"] = "private, no-cache"
    if mark in known:
        response.status_code = 304
        return response
    message = mos.CREATE if not known else mos.REPLACE if block.items else mos.DELETE
    number = int(now.timestamp())
    response.data = mos.running_order(
        block,
        station,
        message=message,
        number=number,
        address=lambda programme: f"{base}/api/v1/stations/{station.id}/programmes/{programme.id}/audio.wav",
    )
    return response


def mark_of(block: StationBlock) -> str:
    """Return a mark that changes with everything in the session that a station is told of."""
    assert block.day is not None
    session = block.day.session
    parts = [(session.name, session.length_ms, block.day.start_at)]
    items = [
        (each.key, each.start_at, each.title, each.length_ms, each.is_anchored, each.role.value, _file_of(each))
        for each in block.items
    ]
    return sha256(repr((parts, items)).encode()).hexdigest()[:_MARK_LENGTH]


def _file_of(item: StationItem) -> str:
    made = None if item.programme is None else item.programme.sound.rendition(WAV)
    return "" if made is None else made.sha256
