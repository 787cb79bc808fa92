"""Pages of past airings: the list of places, a place, a bulletin."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Response, render_template, request
from sqlalchemy.orm import Session

from broadcast.bulletins.model import BulletinId
from broadcast.reports.model import Span
from cms.alerts.queries.order_moment import sounding_alerts
from cms.areas.repository import Places
from cms.bulletins.repository.language_versions import LanguageVersions
from cms.platform.clean_text import folded
from cms.platform.web.coast import land_within
from cms.platform.web.request_context import context, session
from cms.public.queries.public import (
    PublicBulletin,
    aired,
    first_planned_on,
    genres_of,
    last_began_on,
    planned_ids,
    public_only,
    published_feedback,
)
from cms.public.views import caching, following, request_context
from cms.public.views.map import dots
from cms.public.views.months import Month
from cms.public.views.request_context import PublicArea, public
from cms.schedule.queries.airings import Airing, Phase, board
from province.areas import Area, AreaId
from province.errors import NotFoundError

BULLETINS_A_PAGE: Final = 20
ANSWERS_MOST: Final = 20
BEGAN_WITHIN: Final = timedelta(hours=6)
"""Upper bound of the length of a bulletin on air."""
AHEAD: Final = timedelta(days=2)
TOLD: Final = timedelta(days=31)
"""Airings of a bulletin are listed from this long before its last one."""
COMING_MOST: Final = 8
_ID: Final = re.compile(r"[0-9a-z-]{1,40}")


@dataclass(frozen=True)
class AiredPage:
    """One page of a month: ``rows`` are airings heard; ``page`` of ``pages``, from 1."""

    month: Month
    rows: Sequence[PublicBulletin]
    page: int
    pages: int
    before: Month | None
    after: Month | None


@public.get("/")
def index() -> Response:
    """List every place of the province, those whose name matches the search first."""
    with session() as found:
        places = Places(found)
        return _list_page(found, places, request_context.place(places, request_context.root(places)))


@public.get("/<area_id>/")
def place(area_id: str) -> Response:
    """Show a commune; of a place above communes, the list of them."""
    with session() as found:
        places = Places(found)
        here = request_context.place(places, area_id)
        if here.is_above_communes:
            return _list_page(found, places, here)
        now = context().now()
        tree, shown = places.tree(), here.areas
        airings = public_only(found, board(found, shown, now - BEGAN_WITHIN, now + AHEAD)) if here.is_public else []
        in_force = request_context.in_force(found, tree, here.area.id)
        sounding = sounding_alerts(found, now, [each.id for each in tree.subtree(here.area.id)])
        on_air = [each for each in airings if each.phase(now) is Phase.ON_AIR]
        coming = _coming(airings)[:COMING_MOST]
        page = render_template(
            "public/place.html",
            here=here,
            chain=[tree.get(each) for each in reversed(tree.chain(here.area.id)[1:])],
            in_force=in_force,
            sounding=sounding,
            on_air=on_air,
            coming=coming,
            genres=genres_of(found, {each.bulletin_id for each in (*on_air, *coming)}),
            past=_past(found, here) if here.is_public else None,
            answered=published_feedback(found, _known(places, here), ANSWERS_MOST) if here.is_public else [],
            today=request_context.today(),
            can_follow=following.is_offered() and here.is_public and here.is_open,
        )
    return caching.kept(page, seconds=caching.ALERT_S if in_force or sounding else caching.PAGE_S)


@public.get("/<area_id>/tin/<bulletin_id>")
def bulletin(area_id: str, bulletin_id: str) -> Response:
    """Show a bulletin's text and sound, and its airings there."""
    with session() as found:
        here, row = seen_bulletin(found, area_id, bulletin_id)
        in_force = request_context.in_force(found, Places(found).tree(), here.area.id)
        versions = _heard_versions(found, here, row)
    html = render_template("public/bulletin.html", here=here, row=row, versions=versions, in_force=in_force)
    return caching.kept(html)


def _heard_versions(found: Session, here: PublicArea, row: PublicBulletin) -> list[PublicBulletin]:
    """Return what says the same in other languages, as far as it was heard there too."""
    linked = [each.bulletin_id for each in LanguageVersions(found).beside(row.id)]
    return aired(found, linked, here.areas, span(), context().now()) if linked else []


def seen_bulletin(found: Session, area_id: str, bulletin_id: str) -> tuple[PublicArea, PublicBulletin]:
    """Return the place and a bulletin heard there, with its airings. Raises NotFoundError."""
    if not _ID.fullmatch(bulletin_id):
        raise NotFoundError("bulletin", bulletin_id)
    here = request_context.place(Places(found), area_id)
    now, oldest_on = context().now(), span().first_on
    began_on = last_began_on(found, BulletinId(bulletin_id), here.areas, now) if here.is_public else None
    if began_on is None:
        raise NotFoundError("bulletin", bulletin_id)
    rows = aired(found, [BulletinId(bulletin_id)], here.areas, Span(max(oldest_on, began_on - TOLD), began_on), now)
    if not rows:
        raise NotFoundError("bulletin", bulletin_id)
    return here, rows[0]


def span() -> Span:
    """Return the local dates that the public pages cover."""
    on = request_context.today()
    return Span(on - timedelta(days=context().settings.public_days), on)


def heard_in(found: Session, here: PublicArea, month: Month) -> list[PublicBulletin]:
    """Return all bulletins heard there in a month, within the dates that the public pages cover."""
    asked, now = within(month), context().now()
    ids = planned_ids(found, here.areas, asked, now) if here.is_public else []
    return aired(found, ids, here.areas, asked, now)


def asked_month() -> Month:
    """Return the month in the URL; by default the current one."""
    return Month.read(request.args.get("thang", "")) or Month.of(request_context.today())


def _list_page(found: Session, places: Places, here: PublicArea) -> Response:
    sought = request.args.get("tim", "").strip()[:80]
    wanted = folded(sought)
    communes = [area for area in here.communes if wanted in folded(area.name)]
    tree = places.tree()
    groups: dict[str, list[Area]] = {}
    for area in communes:
        above = tree.chain(area.id)[1:2]
        groups.setdefault(tree.get(above[0]).name if above else "", []).append(area)
    page = render_template(
        "public/index.html",
        here=here,
        chain=[tree.get(each) for each in reversed(tree.chain(here.area.id)[1:])],
        groups=sorted(groups.items()),
        is_found=len(communes),
        sought=sought,
        dots=dots(here.communes, {area.id for area in communes}, places.outlines(), land_within),
        in_force=request_context.in_force(found, tree, here.area.id),
    )
    return caching.kept(page)


def _past(found: Session, here: PublicArea) -> AiredPage:
    this, month = Month.of(request_context.today()), asked_month()
    told, now = within(month), context().now()
    ids = planned_ids(found, here.areas, told, now)
    pages = max(1, -(-len(ids) // BULLETINS_A_PAGE))
    asked = request.args.get("trang", "1")
    page = min(int(asked) if asked.isdecimal() and len(asked) < len("1000") else 1, pages) or 1
    mine = ids[(page - 1) * BULLETINS_A_PAGE : page * BULLETINS_A_PAGE]
    rows = aired(found, mine, here.areas, told, now)
    began_on = first_planned_on(found, here.areas)
    oldest = Month.of(max(began_on or request_context.today(), span().first_on))
    return AiredPage(
        month,
        rows,
        page,
        pages,
        month.before if oldest <= month.before else None,
        month.after if month.after <= this else None,
    )


def within(month: Month) -> Span:
    """Return the part of the month that the public pages cover."""
    told = span()
    return Span(max(month.first_on, told.first_on), min(month.last_on, told.last_on))


def _coming(airings: Sequence[Airing]) -> list[Airing]:
    now = context().now()
    return [each for each in airings if each.phase(now) is Phase.NEXT]


def _known(places: Places, here: PublicArea) -> Collection[AreaId]:
    return [area.id for area in places.tree()] if here.areas is None else here.areas
