"""Selection of bulletins for a list: place, author, day and next airing, on screen and in the API alike."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from broadcast.bulletins.model import BulletinStatus
from cms.accounts.queries import people_named
from cms.bulletins.queries import BulletinFilter
from cms.reports.repository.reports import bounds_of
from province.areas import AreaId, AreaTree
from province.people import UserId
from province.wall_clock import local_date

_WEEK = timedelta(days=7)


class NextAiring(StrEnum):
    """Time until the next airing that is planned: still today, within seven days, or there is none."""

    TODAY = "today"
    WEEK = "week"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class BulletinSelection:
    """Selection; empty fields do not narrow the list.

    ``area_id``: the bulletin is for this place, for one within it or for one that contains it. ``author``: parts of
    the name, or the login. ``airs_on``: local date on which it airs or aired by plan.
    """

    words: str = ""
    status: BulletinStatus | None = None
    topic: str = ""
    genre: str = ""
    area_id: str = ""
    author: str = ""
    author_id: str = ""
    airs_on: date | None = None
    next_airing: NextAiring | None = None


def filter_of(session: Session, chosen: BulletinSelection, tree: AreaTree, now: datetime) -> BulletinFilter:
    """Return the filter of the selection at this moment. An unknown place or author finds nothing."""
    spans = [] if chosen.airs_on is None else [bounds_of(chosen.airs_on)]
    if chosen.next_airing is NextAiring.TODAY:
        spans.append((now, bounds_of(local_date(now))[1]))
    elif chosen.next_airing is NextAiring.WEEK:
        spans.append((now, now + _WEEK))
    authors = people_named(session, chosen.author) if chosen.author else None
    if chosen.author_id:
        authors = [UserId(chosen.author_id)] if authors is None or chosen.author_id in authors else []
    return BulletinFilter(
        words=chosen.words,
        status=chosen.status,
        topic=chosen.topic,
        genre=chosen.genre,
        area_ids=_around(chosen.area_id, tree) if chosen.area_id else None,
        author_ids=authors,
        airs_within=spans,
        silent_from_at=now if chosen.next_airing is NextAiring.NONE else None,
    )


def _around(area_id: str, tree: AreaTree) -> frozenset[AreaId]:
    if area_id not in tree:
        return frozenset()
    within = (area.id for area in tree.subtree(AreaId(area_id)))
    return frozenset(within).union(tree.lineage(AreaId(area_id)))
