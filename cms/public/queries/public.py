"""Public pages: bulletins that were approved and heard, until they are withdrawn or hidden.

Text and sound of a bulletin are its present ones. An airing approved earlier with another sound is left out, so that
nothing is shown under an old date that was not said then.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.lifecycle import HEARD
from broadcast.bulletins.model import BulletinId, Rendition, Sound
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.feedback.model import Feedback
from broadcast.relays.model import RelayRun
from broadcast.reports.model import Span
from cms.bulletins.tables.bulletins import BulletinRow, PlanItemRow, TransmissionRow
from cms.feedback.tables import FeedbackRow
from cms.fleet.tables import DeviceRow, obeys
from cms.platform.store.rows import among, value_of
from cms.public.tables import UnlistedBulletinRow
from cms.reports.repository.counting import DAY
from cms.reports.repository.reports import bounds_of
from cms.reports.tables import ReportDayRow, ReportFleetRow
from cms.schedule.queries.airings import Airing, airings_under
from cms.schedule.tables import AsRunRow
from devices.model import DeviceKind
from province.areas import AreaId

_HEARD = (DeliveryState.STARTED, DeliveryState.DONE, DeliveryState.CUT)
_PLAYED, _SENT = "browser-mp3", "device-opus"


@dataclass(frozen=True, slots=True)
class SoundedAiring:
    """Airing: on how many loudspeakers it is known to have sounded."""

    start_at: datetime
    end_at: datetime
    devices: int


@dataclass(frozen=True, slots=True)
class AiredRelay:
    """Relayed programme of a bulletin, and the outcome of its latest airing on the mean device, as devices reported.

    A relaying bulletin's own text and sound only stand in for a lost stream, and are not published.
    """

    source_name: str
    length_ms: int
    stream_ms: int
    stand_in_ms: int


@dataclass(frozen=True, slots=True)
class PublicBulletin:
    """Bulletin for the public, and its airings in the span asked for, the latest first.

    ``sound`` is the MP3. Names are those it was published under, never a person's. ``relay``: it relayed a station.
    """

    id: BulletinId
    title: str
    text: str
    topic: str
    origin: str
    pen_name: str
    language: str
    sound: Rendition | None
    airings: Sequence[SoundedAiring]
    relay: AiredRelay | None = None
    genre: str = ""

    @property
    def last_at(self) -> datetime:
        return self.airings[0].start_at

    @property
    def devices(self) -> int:
        """Return the number of loudspeakers of the airing that was heard on the most."""
        return max(each.devices for each in self.airings)


def planned_ids(session: Session, areas: Collection[AreaId] | None, span: Span, now: datetime) -> Sequence[BulletinId]:
    """List bulletins planned to begin there (None: anywhere) in the span and before ``now``, the latest first."""
    since_at, until_at = bounds_of(span.first_on, span.last_on)
    row = PlanItemRow
    where = [row.placed, row.start_at >= since_at, row.start_at < until_at, row.start_at <= now]
    if areas is not None:
        # The primary key begins with area and date.
        where += [row.area_id.in_(areas), row.on.between(span.first_on, span.last_on)]
    began = select(row.bulletin_id, func.max(row.start_at).label("at")).where(*where).group_by(row.bulletin_id)
    last = began.subquery()
    query = (
        select(last.c.bulletin_id)
        .join(BulletinRow, BulletinRow.id == last.c.bulletin_id)
        .where(*_is_public())
        .order_by(last.c.at.desc(), last.c.bulletin_id.desc())
    )
    return session.scalars(query).all()


def aired(
    session: Session,
    ids: Sequence[BulletinId],
    areas: Collection[AreaId] | None,
    span: Span,
    now: datetime,
) -> list[PublicBulletin]:
    """Return those of these, in order, that at least one loudspeaker there is known to have sounded by ``now``."""
    row = BulletinRow
    columns = (
        row.id,
        row.title,
        row.text,
        row.topic,
        row.origin,
        row.pen_name,
        row.language,
        row.sound,
        row.relay,
        row.genre,
    )
    found = {each.id: each for each in session.execute(select(*columns).where(among(row.id, ids), *_is_public()))}
    sounds = {bulletin_id: each.sound for bulletin_id, each in found.items()}
    approved = _approved_so(session, sounds)
    since_at, until_at = bounds_of(span.first_on, span.last_on)
    heard: dict[BulletinId, list[SoundedAiring]] = {}
    latest: dict[BulletinId, OccurrenceId] = {}
    for each in reversed(airings_under(session, approved, areas, since_at, until_at)):
        devices = each.count(*_HEARD)
        if each.start_at <= now and devices:
            heard.setdefault(each.bulletin_id, []).append(SoundedAiring(each.start_at, each.end_at, devices))
            latest.setdefault(each.bulletin_id, each.occurrence_id)
    relays = _relays(session, {each: latest[each] for each in heard if found[each].relay is not None})
    return [_aired(found[each], heard[each], relays.get(each)) for each in ids if each in heard]


def public_only(session: Session, airings: Iterable[Airing]) -> list[Airing]:
    """Keep the airings that are placed anywhere and whose bulletins are public."""
    placed = [each for each in airings if each.placed_areas]
    ids = {each.bulletin_id for each in placed}
    public = set(session.scalars(select(BulletinRow.id).where(among(BulletinRow.id, sorted(ids)), *_is_public())))
    return [each for each in placed if each.bulletin_id in public]


def genres_of(session: Session, ids: Collection[BulletinId]) -> Mapping[BulletinId, str]:
    """Return the kinds of item of these bulletins, where they are stated."""
    row = BulletinRow
    found = session.execute(select(row.id, row.genre).where(among(row.id, ids), row.genre != "")) if ids else ()
    return {bulletin_id: genre for bulletin_id, genre in found}  # noqa: C416 - rows are no pairs to mypy


def first_planned_on(session: Session, areas: Collection[AreaId] | None) -> date | None:
    """Return the first local date with anything planned there."""
    first = select(func.min(PlanItemRow.on))
    return session.scalar(first if areas is None else first.where(PlanItemRow.area_id.in_(areas)))


def last_began_on(
    session: Session, bulletin_id: BulletinId, areas: Collection[AreaId] | None, now: datetime
) -> date | None:
    """Return the last local date on which it was planned to begin there by ``now``."""
    row = PlanItemRow
    where = [row.bulletin_id == bulletin_id, row.placed, row.start_at <= now]
    if areas is not None:
        where.append(row.area_id.in_(areas))
    return session.scalar(select(row.on).where(*where).order_by(row.start_at.desc()).limit(1))


def published_feedback(session: Session, areas: Collection[AreaId], limit: int) -> list[Feedback]:
    """List questions and answers published on the page of these areas, published last first."""
    row = FeedbackRow
    query = (
        select(row)
        .where(among(row.area_id, areas), row.published_at.is_not(None))
        .order_by(row.published_at.desc(), row.id.desc())
        .limit(limit)
    )
    return [value_of(Feedback, each) for each in session.scalars(query)]


def by_code(session: Session, code_hash: str) -> Feedback | None:
    """Find the feedback of this code."""
    row = session.scalar(select(FeedbackRow).where(FeedbackRow.code_hash == code_hash)) if code_hash else None
    return None if row is None else value_of(Feedback, row)


def loudspeakers(session: Session) -> Mapping[AreaId, int]:
    """Count the loudspeakers in service in each very area, without boards and stations."""
    there = (obeys(), DeviceRow.kind == DeviceKind.CLUSTER)
    counted = select(DeviceRow.area_id, func.count()).where(*there).group_by(DeviceRow.area_id)
    return {area_id: devices for area_id, devices in session.execute(counted)}  # noqa: C416 - rows are no pairs to mypy


def loudspeakers_at(session: Session, span: Span) -> tuple[date, Mapping[AreaId, int]] | None:
    """Count loudspeakers on the last day of the span whose figures are final, and return that day too."""
    columns = ReportFleetRow.__table__.c
    closed = select(ReportDayRow.on).where(ReportDayRow.is_closed)
    within = (columns.grain == DAY, columns.on.between(span.first_on, span.last_on), columns.on.in_(closed))
    on = session.scalar(select(func.max(columns.on)).where(*within))
    if on is None:
        return None
    there = (columns.grain == DAY, columns.on == on, columns.kind == DeviceKind.CLUSTER)
    rows = session.execute(select(columns.area_id, columns.devices).where(*there))
    return on, {area_id: devices for area_id, devices in rows}  # noqa: C416 - rows are no pairs to mypy


def _is_public() -> list[ColumnElement[bool]]:
    unlisted = select(UnlistedBulletinRow.bulletin_id)
    return [BulletinRow.status.in_(sorted(HEARD)), BulletinRow.id.not_in(unlisted)]


def _approved_so(session: Session, sounds: Mapping[BulletinId, Sound]) -> list[TransmissionId]:
    """Return the approvals of these very sounds."""
    row = TransmissionRow
    query = select(row.id, row.bulletin_id, row.rendition).where(among(row.bulletin_id, sorted(sounds)))
    return [
        transmission_id
        for transmission_id, bulletin_id, rendition in session.execute(query)
        if (sent := sounds[bulletin_id].rendition(_SENT)) is not None and sent.sha256 == rendition.sha256
    ]


def _relays(session: Session, latest: Mapping[BulletinId, OccurrenceId]) -> Mapping[BulletinId, AiredRelay]:
    """Return each relaying bulletin's source as approved, and the outcome of the occurrence named."""
    if not latest:
        return {}
    row = TransmissionRow
    query = select(row.bulletin_id, row.relay).where(among(row.bulletin_id, sorted(latest)), row.relay.is_not(None))
    approved = {bulletin_id: relay for bulletin_id, relay in session.execute(query.order_by(row.approved_at))}  # noqa: C416 - rows are no pairs to mypy
    told: dict[OccurrenceId, list[RelayRun]] = {}
    runs = select(AsRunRow.occurrence_id, AsRunRow.relayed).where(
        among(AsRunRow.occurrence_id, sorted(latest.values())), AsRunRow.relayed.is_not(None)
    )
    for occurrence_id, relayed in session.execute(runs):
        if relayed is not None:
            told.setdefault(occurrence_id, []).append(relayed)
    return {
        bulletin_id: AiredRelay(
            relay.name,
            relay.length_ms,
            _mean(each.stream_ms for each in told.get(latest[bulletin_id], ())),
            _mean(each.fallback_ms for each in told.get(latest[bulletin_id], ())),
        )
        for bulletin_id, relay in approved.items()
        if relay is not None
    }


def _mean(lengths_ms: Iterable[int]) -> int:
    found = list(lengths_ms)
    return round(sum(found) / len(found)) if found else 0


def _aired(row: Any, heard: Sequence[SoundedAiring], relay: AiredRelay | None) -> PublicBulletin:
    is_own = row.relay is None
    return PublicBulletin(
        row.id,
        row.title,
        row.text if is_own else "",
        row.topic,
        row.origin,
        row.pen_name,
        row.language,
        row.sound.rendition(_PLAYED) if is_own else None,
        tuple(heard),
        relay,
        row.genre,
    )
