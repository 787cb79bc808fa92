"""Board plans: the showings that transmissions promise on an area's boards, and their wire form.

A showing takes no other's place: boards rotate. So nothing is placed here, and nothing is left out.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from broadcast.bulletins.board_appearance import BoardAppearance
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import BoardText, BulletinStatus, Sound
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import OccurrenceId, Transmission
from broadcast.scheduling.area_rules import instant
from broadcast.scheduling.planning.wire import WirePlan, epoch_ms
from broadcast.scheduling.recurrence import next_start_at, occurrences_of
from devices.protocol import messages
from devices.protocol.codec import VERSION, encode
from devices.protocol.messages import BoardItem, BoardPlan
from province.areas import AreaId

_MARK: Final = "-board-"
_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_LINE_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Showing:
    """One text, shown from ``start_at`` until ``end_at``. ``id`` is the same however often the area is planned."""

    id: OccurrenceId
    head: str
    text: str
    start_at: datetime
    end_at: datetime
    prio: int
    look: BoardAppearance = field(default_factory=BoardAppearance)


def is_showing(occurrence_id: str) -> bool:
    """Return whether the id is of a showing on boards, not of an airing."""
    return _MARK in occurrence_id


def showings(transmissions: Iterable[Transmission], first_on: date, days: int, zone: str) -> tuple[Showing, ...]:
    """Return the showings that begin on ``days`` local dates from ``first_on``, by id.

    With ``minutes`` it is shown so long from the beginning of each airing. Without, from its approval or valid-from
    until its validity ends, a showing for each date; where it never ends, on the dates on which it airs, all day.
    """
    found = [each for transmission in transmissions for each in _showings(transmission, first_on, days, zone)]
    return tuple(sorted(found, key=lambda each: each.id))


def shows_after(transmission: Transmission, at: datetime, zone: str) -> bool:
    """Return whether a showing of it ends, or is still to begin, after this instant."""
    board = transmission.board
    if board is None:
        return False
    low, high = transmission.valid_from_at, transmission.valid_until_at
    if not board.minutes and high is not None:
        return high > at
    if board.minutes:
        since_at = at - timedelta(minutes=board.minutes)
    else:
        since_at = instant(at.astimezone(ZoneInfo(zone)).date(), time(0), zone)
    # The instant at which a showing ends is after it.
    return (
        next_start_at(transmission.schedules, max(since_at + _MICROSECOND, transmission.approved_at), low, high)
        is not None
    )


def board_plan(area_id: AreaId, shown: Iterable[Showing]) -> WirePlan:
    """Encode the plan of an area's boards as its devices fetch it.

    Raises:
        devices.protocol.errors.OversizeError: more showings than a plan may hold.
    """
    data = encode(BoardPlan(v=VERSION, area=area_id, items=[_item(each) for each in shown]))
    return WirePlan(data, hashlib.sha256(data).hexdigest())


def wire_look(look: BoardAppearance) -> messages.BoardLook | None:
    """Return the wire form of a look; None for the default look, so that plans without a choice keep their bytes."""
    if look == BoardAppearance():
        return None
    picture = look.picture
    return messages.BoardLook(
        template=look.template,
        colour=look.colour,
        motion=look.motion,
        page_ms=look.page_s * 1000,
        picture=None if picture is None else messages.BoardPicture(sha256=picture.sha256, bytes=picture.bytes),
    )


def _showings(transmission: Transmission, first_on: date, days: int, zone: str) -> Iterator[Showing]:
    if transmission.board is None or transmission.withdrawn_at is not None:
        return
    spans = _after_airings if transmission.board.minutes else _all_along
    for start_at, end_at in spans(transmission, first_on, days, zone):
        if start_at < end_at:
            yield Showing(
                id=OccurrenceId(f"{transmission.id}{_MARK}{int(start_at.timestamp()) // 60}"),
                head=transmission.title[:_LINE_MAX],
                text=transmission.board.text,
                start_at=start_at,
                end_at=end_at,
                prio=transmission.prio,
                look=transmission.board.look,
            )


def _all_along(transmission: Transmission, first_on: date, days: int, zone: str) -> Iterator[tuple[datetime, datetime]]:
    since_at = max(transmission.approved_at, transmission.valid_from_at or transmission.approved_at)
    for day in range(days):
        start_at = instant(first_on + day * _DAY, time(0), zone)
        end_at = instant(first_on + (day + 1) * _DAY, time(0), zone)
        if transmission.valid_until_at is not None:
            yield max(start_at, since_at), min(end_at, transmission.valid_until_at)
        elif occurrences_of(transmission, max(start_at, transmission.approved_at), end_at):
            yield max(start_at, since_at), end_at


def _after_airings(
    transmission: Transmission, first_on: date, days: int, zone: str
) -> Iterator[tuple[datetime, datetime]]:
    assert transmission.board is not None
    length = timedelta(minutes=transmission.board.minutes)
    since_at = max(instant(first_on, time(0), zone), transmission.approved_at)
    starts = [
        o.start_at for o in occurrences_of(transmission, since_at, instant(first_on + days * _DAY, time(0), zone))
    ]
    for number, start_at in enumerate(starts):
        # One that would run into the next goes over into it: the same text does not rotate with itself.
        ends = [start_at + length, *starts[number + 1 : number + 2]]
        if transmission.valid_until_at is not None:
            ends.append(transmission.valid_until_at)
        yield start_at, min(ends)


def _item(showing: Showing) -> BoardItem:
    return BoardItem(
        item=showing.id,
        start_at=epoch_ms(showing.start_at),
        end_at=epoch_ms(showing.end_at),
        prio=showing.prio,
        head=showing.head,
        text=showing.text,
        look=wire_look(showing.look),
    )


class Scheduled(Protocol):
    """A bulletin, or an entry of a list of bulletins."""

    @property
    def status(self) -> BulletinStatus: ...
    @property
    def schedules(self) -> tuple[Schedule, ...]: ...
    @property
    def valid_from_at(self) -> datetime | None: ...
    @property
    def valid_until_at(self) -> datetime | None: ...
    @property
    def sound(self) -> Sound: ...
    @property
    def board(self) -> BoardText | None: ...


def is_only_shown(bulletin: Scheduled, now: datetime) -> bool:
    """Return whether its last airing has ended while it stays on boards and so is still scheduled."""
    if bulletin.status is not BulletinStatus.SCHEDULED or bulletin.board is None:
        return False
    made = bulletin.sound.rendition(DEVICE_RENDITION)
    length = timedelta(milliseconds=0 if made is None else made.duration_ms)
    low, high = bulletin.valid_from_at, bulletin.valid_until_at
    return next_start_at(bulletin.schedules, now - length, low, high) is None
