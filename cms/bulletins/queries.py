"""Queries on bulletins: lists, people who may approve, and stored sounds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Text, cast, or_, select, tuple_
from sqlalchemy.orm import Session

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.orders import DeclarationRight
from broadcast.bulletins.lifecycle import HEARD
from broadcast.bulletins.model import BoardText, BulletinId, BulletinStatus, Sound, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.user_tasks.rules import level_of
from cms.accounts.repository import People
from cms.accounts.tables import SessionRow
from cms.alerts.tables import DeclarationRightRow
from cms.areas.repository import Places
from cms.bulletins.tables.bulletins import BulletinAreaRow, BulletinRow, BulletinSoundRow, PlanItemRow, TransmissionRow
from cms.bulletins.tables.sharing import SentRecordingRow
from cms.platform.clean_text import folded
from cms.platform.store.paging import ResultPage, cursor_at, page_by_time, page_of, place_of
from cms.platform.store.rows import value_of
from cms.platform.store.tables import EventRow
from cms.public.tables import UnlistedBulletinRow
from cms.stations.tables import OfferRow
from province.areas import AreaId, AreaTree
from province.contacts import Contact
from province.people import Action, UserId
from province.policy import may

CONTENT = "content"
CONTENT_COLLECTED = "content.collected"
"""Event of each collection of unused content, about ``CONTENT``."""
_PLAYED = "browser-mp3"


@dataclass(frozen=True, slots=True)
class BulletinLine:
    """Bulletin as a list shows it."""

    id: BulletinId
    title: str
    status: BulletinStatus
    priority: PriorityClass
    topic: str
    genre: str
    language: str
    targets: Targets
    author_id: UserId
    author_name: str
    submitter_id: UserId | None
    changed_at: datetime
    version: int
    schedules: tuple[Schedule, ...]
    valid_from_at: datetime | None
    valid_until_at: datetime | None
    sound: Sound
    board: BoardText | None


@dataclass(frozen=True, slots=True)
class BulletinFilter:
    """Filter of bulletins; empty fields do not filter, but deleted drafts are found by that ``status`` alone.

    ``words`` are searched in title and text, without diacritics. Empty ``area_ids`` and ``author_ids`` find nothing.
    ``airs_within``: a plan has an airing that starts in each of these spans. ``silent_from_at``: none from then on.
    """

    words: str = ""
    status: BulletinStatus | None = None
    priority: PriorityClass | None = None
    topic: str = ""
    genre: str = ""
    area_ids: Collection[AreaId] | None = None
    author_ids: Collection[UserId] | None = None
    airs_within: Sequence[tuple[datetime, datetime]] = ()
    silent_from_at: datetime | None = None
    changed_from_at: datetime | None = None
    changed_until_at: datetime | None = None


def bulletin_list(
    session: Session,
    visible: Collection[AreaId],
    reader: UserId,
    chosen: BulletinFilter = BulletinFilter(),
    *,
    after: str = "",
    limit: int = 50,
) -> ResultPage[BulletinLine]:
    """List the bulletins that address a visible area, and the reader's own; last changed first."""
    query = _lines().where(or_(BulletinRow.author_id == reader, _addresses(visible)), *_conditions(chosen))
    return _page(session, page_by_time(query, BulletinRow.changed_at, BulletinRow.id, after, limit), limit)


def approval_inbox(
    session: Session, reviewable: Collection[AreaId], *, after: str = "", limit: int = 50
) -> ResultPage[BulletinLine]:
    """List submitted bulletins all of whose areas the reader may review; longest waiting first."""
    outside = select(BulletinAreaRow.bulletin_id).where(
        BulletinAreaRow.bulletin_id == BulletinRow.id, BulletinAreaRow.area_id.not_in(reviewable)
    )
    query = (
        _lines()
        .where(BulletinRow.status == BulletinStatus.SUBMITTED, _addresses(reviewable), ~outside.exists())
        .order_by(BulletinRow.changed_at, BulletinRow.id)
    )
    place = place_of(after)
    if place is not None:
        query = query.where(tuple_(BulletinRow.changed_at, BulletinRow.id) > tuple_(*place))
    return _page(session, query, limit)


def _lines() -> Select[*tuple[Any, ...]]:
    return select(*(getattr(BulletinRow, name) for name in BulletinLine.__dataclass_fields__))


def _page(session: Session, query: Select[*tuple[Any, ...]], limit: int) -> ResultPage[BulletinLine]:
    rows = [value_of(BulletinLine, row) for row in session.execute(query.limit(limit + 1))]
    return page_of(rows, limit, lambda row: cursor_at(row.changed_at, row.id))


def _addresses(areas: Collection[AreaId]) -> ColumnElement[bool]:
    addressed = select(BulletinAreaRow.bulletin_id).where(
        BulletinAreaRow.bulletin_id == BulletinRow.id, BulletinAreaRow.area_id.in_(areas)
    )
    return addressed.exists()


def _conditions(chosen: BulletinFilter) -> list[ColumnElement[bool]]:
    words = folded(chosen.words).split()
    found: list[ColumnElement[bool]] = [BulletinRow.folded.contains(word, autoescape=True) for word in words]
    wanted = (
        BulletinRow.status != BulletinStatus.DELETED if chosen.status is None else BulletinRow.status == chosen.status
    )
    found.append(wanted)
    if chosen.priority is not None:
        found.append(BulletinRow.priority == chosen.priority)
    if chosen.topic:
        found.append(BulletinRow.topic == chosen.topic)
    if chosen.genre:
        found.append(BulletinRow.genre == chosen.genre)
    if chosen.area_ids is not None:
        found.append(_addresses(chosen.area_ids))
    if chosen.author_ids is not None:
        found.append(BulletinRow.author_id.in_(chosen.author_ids))
    item = PlanItemRow
    for from_at, until_at in chosen.airs_within:
        airing = select(item.bulletin_id).where(item.start_at >= from_at, item.start_at < until_at, item.placed)
        found.append(BulletinRow.id.in_(airing))
    if chosen.silent_from_at is not None:
        ahead = select(item.bulletin_id).where(
            item.bulletin_id == BulletinRow.id, item.start_at >= chosen.silent_from_at, item.placed
        )
        found.append(~ahead.exists())
    if chosen.changed_from_at is not None:
        found.append(BulletinRow.changed_at >= chosen.changed_from_at)
    if chosen.changed_until_at is not None:
        found.append(BulletinRow.changed_at < chosen.changed_until_at)
    return found


@dataclass(frozen=True, slots=True)
class Approver:
    """Person who may approve up to ``level`` in every area asked for; ``phones`` where the contacts there name them.

    ``depths``: for each level, the depth of the shallowest area of the rights that it takes; the nearest is deepest.
    """

    user_id: UserId
    name: str
    level: AlertLevel
    is_signed_in: bool
    phones: tuple[Contact, ...] = ()
    depths: Mapping[AlertLevel, int] = field(default_factory=dict)


def approvers(
    session: Session, areas: Collection[AreaId], tree: AreaTree, now: datetime, besides: Collection[UserId | None] = ()
) -> list[Approver]:
    """List people with the role and a declaration right in all of ``areas``, signed in first; without ``besides``."""
    known = [area_id for area_id in areas if area_id in tree]
    if not known:
        return []
    rights: dict[UserId, list[DeclarationRight]] = {}
    for row in session.scalars(select(DeclarationRightRow)):
        rights.setdefault(row.user_id, []).append(value_of(DeclarationRight, row))
    here = _signed_in(session, now)
    places = Places(session, tree)
    contacts = [person for area_id in known for person in places.contacts(area_id).people]
    found = []
    for user in People(session).get_many(rights).values():
        depths = _depths(rights[user.id], known, tree)
        if not depths or user.id in besides or user.disabled_at is not None:
            continue
        if all(may(user.actor, Action.ALERT_APPROVE, area_id, tree) for area_id in known):
            phones = tuple(dict.fromkeys(each for each in contacts if each.name.casefold() == user.name.casefold()))
            found.append(Approver(user.id, user.name, max(depths), user.id in here, phones, depths))
    return sorted(found, key=lambda each: (not each.is_signed_in, -each.level, each.name, each.user_id))


def _depths(rights: list[DeclarationRight], areas: list[AreaId], tree: AreaTree) -> Mapping[AlertLevel, int]:
    """Return the levels that these rights reach in all of the areas, each with how near they are."""
    held = ((level, [each.area_id for each in rights if each.level >= level]) for level in AlertLevel)
    return {level: depth for level, granted in held if (depth := level_of(granted, areas, tree)) is not None}


def _signed_in(session: Session, now: datetime) -> frozenset[UserId]:
    signed_in = select(SessionRow.user_id).where(
        SessionRow.revoked_at.is_(None), SessionRow.expires_at > now, SessionRow.second_factor_at.is_not(None)
    )
    return frozenset(session.scalars(signed_in))


@dataclass(frozen=True, slots=True)
class SoundUse:
    """Content of bulletins.

    ``is_public``: it belongs to a bulletin on the public pages, approved or heard, and any browser may play it.
    ``is_on_air``: devices play it by an approval that was not withdrawn. ``bulletin_ids``: bulletins it is or was of.
    """

    bulletin_ids: Sequence[BulletinId]
    is_public: bool
    is_on_air: bool


def sound_use(session: Session, sha256: str) -> SoundUse | None:
    """Return the use of the content; None: it was never a bulletin's."""
    row, unlisted = BulletinRow, select(UnlistedBulletinRow.bulletin_id)
    query = (
        select(row.id, row.status, row.sound, row.id.in_(unlisted))
        .join(BulletinSoundRow, BulletinSoundRow.bulletin_id == row.id)
        .where(BulletinSoundRow.sha256 == sha256)
    )
    found = session.execute(query).all()
    if not found:
        return None
    ids = [bulletin_id for bulletin_id, *_rest in found]
    is_public = any(
        status in HEARD and not is_unlisted and (made := sound.rendition(_PLAYED)) is not None and made.sha256 == sha256
        for _id, status, sound, is_unlisted in found
    )
    sent = select(TransmissionRow.rendition).where(
        TransmissionRow.bulletin_id.in_(ids), TransmissionRow.withdrawn_at.is_(None)
    )
    is_on_air = any(each.sha256 == sha256 for each in session.scalars(sent))
    return SoundUse(ids, is_public, is_on_air)


def is_offered(session: Session, sha256: str) -> bool:
    """Return whether a station's offer has the content too: every signed-in user sees the shelf."""
    named = cast(OfferRow.sound, Text).contains(sha256) | (OfferRow.original_sha256 == sha256)
    return session.scalar(select(OfferRow.id).where(named).limit(1)) is not None


def freed_bytes(session: Session) -> int:
    """Return the bytes of content that was deleted because nothing named it."""
    of = (EventRow.subject_id == CONTENT, EventRow.name == CONTENT_COLLECTED)
    return sum(msgspec.json.decode(each)["freed_bytes"] for each in session.scalars(select(EventRow.detail).where(*of)))


def is_unused_recording(session: Session, sha256: str) -> bool:
    """Return whether the content was sent in and nothing is known to use it yet."""
    row = SentRecordingRow
    return session.scalar(select(row.id).where(row.is_waiting, row.sha256 == sha256).limit(1)) is not None
